/* What is written is JSON, read back with jansson, one object a line. */
#include "tools/host/json.h"

#include <jansson.h>

#include "tests/support/test.h"

/* Writes one event with `fill` and reads its line. */
static json_t *event(void (*fill)(host_json *))
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    host_json j;
    json_error_t err;
    host_json_begin(&j, f, "thing");
    fill(&j);
    host_json_end(&j);
    fclose(f);
    assert_true(len > 0 && text[len - 1] == '\n');
    assert_ptr_equal(strchr(text, '\n'), text + len - 1);
    json_t *read = json_loads(text, JSON_REJECT_DUPLICATES, &err);
    if (!read)
        fail_msg("%s in %s", err.text, text);
    free(text);
    return read;
}

static const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    assert_non_null(s);
    return s;
}

static void fill_values(host_json *j)
{
    host_json_str(j, "quote", "say \"\\\n\x01\x7F");
    host_json_str(j, "good", "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80");
    host_json_str(j, "bad",
                  "\xFF"
                  "a\xC3"
                  "b\xE0\x80\x80"
                  "c\xED\xA0\x80");
    host_json_int(j, "low", INT64_MIN);
    host_json_bool(j, "yes", true);
    host_json_open(j, "list", '[');
    host_json_int(j, NULL, 1);
    host_json_open(j, NULL, '{');
    host_json_close(j, '}');
    host_json_int(j, NULL, 2);
    host_json_close(j, ']');
    host_json_bool(j, "no", false);
}

static void values_come_back(void **state)
{
    (void)state;
    json_t *o = event(fill_values);
    assert_string_equal(str(o, "event"), "thing");
    assert_true(json_real_value(json_object_get(o, "time")) > 1.6e9);
    assert_string_equal(str(o, "quote"), "say \"\\\n\x01\x7F");
    assert_string_equal(str(o, "good"), "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80");
    assert_string_equal(str(o, "bad"), "\xEF\xBF\xBD"
                                       "a\xEF\xBF\xBD"
                                       "b\xEF\xBF\xBD\xEF\xBF\xBD"
                                       "\xEF\xBF\xBD"
                                       "c\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_true(json_integer_value(json_object_get(o, "low")) == INT64_MIN);
    assert_true(json_is_true(json_object_get(o, "yes")));
    assert_true(json_is_false(json_object_get(o, "no")));
    assert_int_equal(json_array_size(json_object_get(o, "list")), 3);
    json_decref(o);
}

static void fill_names(host_json *j)
{
    static const uint8_t plain[16] = "FRED           \x41";
    static const uint8_t odd[16] = { 1,   2,   '_', '_', 'M', '"', 0xFF, ' ',
                                     'x', ' ', ' ', ' ', ' ', ' ', ' ',  0x01 };
    static const uint8_t none[16] = "               \x20"; /* an empty name is one */
    host_json_name(j, "plain", plain);
    host_json_name(j, "odd", odd);
    host_json_name(j, "blank", none);
    host_json_ep(j, "whole", (nbt_ep){ 0x0A000001, 137 });
    host_json_ep(j, "address", (nbt_ep){ 0x0A000001, 0 });
    host_json_ep(j, "none", (nbt_ep){ 0, 0 });
}

static void names_and_addresses(void **state)
{
    (void)state;
    json_t *o = event(fill_names);
    const json_t *plain = json_object_get(o, "plain"), *odd = json_object_get(o, "odd");
    assert_string_equal(str(plain, "text"), "FRED");
    assert_string_equal(str(plain, "suffix"), "41");
    assert_string_equal(str(plain, "full"), "FRED<41>");
    assert_string_equal(str(odd, "suffix"), "01");
    assert_non_null(strstr(str(odd, "text"), "\\x01\\x02__M\\x22\\xFF"));
    assert_string_equal(str(json_object_get(o, "blank"), "text"), "");
    assert_string_equal(str(json_object_get(o, "blank"), "full"), "<20>");
    assert_string_equal(str(o, "whole"), "10.0.0.1:137");
    assert_string_equal(str(o, "address"), "10.0.0.1");
    assert_true(json_is_null(json_object_get(o, "none")));
    json_decref(o);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", values_come_back),
    NBT_TEST("", names_and_addresses),
};

NBT_MAIN("json", tests)
