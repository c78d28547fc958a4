/*
 * A JSON writer of the few forms that events have. It never reads and never prints half a line.
 */
#include "tools/host/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/host/iface.h"

/* How many octets the UTF-8 character at `s` has: 0 if it is none (RFC 3629 section 4). */
static size_t utf8_len(const unsigned char *s)
{
    size_t n = s[0] < 0x80   ? 1
               : s[0] < 0xC2 ? 0
               : s[0] < 0xE0 ? 2
               : s[0] < 0xF0 ? 3
               : s[0] < 0xF5 ? 4
                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool beyond = (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F);
    return overlong || beyond ? 0 : n;
}

static void put_string(FILE *f, const char *text)
{
    putc('"', f);
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        size_t n = utf8_len(s);
        if (n == 0)
            fputs("\\ufffd", f);
        else if (*s == '"' || *s == '\\')
            fprintf(f, "\\%c", *s);
        else if (*s < 0x20)
            fprintf(f, "\\u%04x", *s);
        else
            fwrite(s, 1, n, f);
        s += n ? n : 1;
    }
    putc('"', f);
}

static void put_key(host_json *j, const char *key)
{
    if (!j->first)
        putc(',', j->line);
    j->first = false;
    if (key) {
        put_string(j->line, key);
        putc(':', j->line);
    }
}

void host_json_begin(host_json *j, FILE *to, const char *event)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *j = (host_json){ .to = to };
    j->line = open_memstream(&j->text, &j->len);
    if (!j->line)
        abort(); /* an event that is silently missing misleads whoever counts them */
    fprintf(j->line, "{\"time\":%lld.%06ld", (long long)now.tv_sec, now.tv_nsec / 1000);
    host_json_str(j, "event", event);
}

void host_json_end(host_json *j)
{
    fputs("}\n", j->line);
    fclose(j->line);
    fwrite(j->text, 1, j->len, j->to);
    fflush(j->to);
    free(j->text);
}

void host_json_str(host_json *j, const char *key, const char *text)
{
    put_key(j, key);
    put_string(j->line, text);
}

void host_json_int(host_json *j, const char *key, int64_t value)
{
    put_key(j, key);
    fprintf(j->line, "%lld", (long long)value);
}

void host_json_bool(host_json *j, const char *key, bool value)
{
    put_key(j, key);
    fputs(value ? "true" : "false", j->line);
}

void host_json_name(host_json *j, const char *key, const uint8_t name[NBT_NAME_LEN])
{
    char full[NBT_NAME_STR_MAX], text[NBT_NAME_STR_MAX], suffix[3];
    size_t n = nbt_name16_print(name, full, sizeof full);
    assert(n >= 4); /* "<20>" ends it */
    snprintf(suffix, sizeof suffix, "%02X", name[NBT_NAME_LEN - 1]);
    memcpy(text, full, n - 4);
    text[n - 4] = '\0';
    host_json_open(j, key, '{');
    host_json_str(j, "text", text);
    host_json_str(j, "suffix", suffix);
    host_json_str(j, "full", full);
    host_json_close(j, '}');
}

void host_json_ep(host_json *j, const char *key, nbt_ep ep)
{
    char ip[HOST_IP_STR_MAX];
    put_key(j, key);
    if (ep.ip == 0 && ep.port == 0)
        fputs("null", j->line);
    else if (ep.port == 0)
        fprintf(j->line, "\"%s\"", host_ip_str(ep.ip, ip));
    else
        fprintf(j->line, "\"%s:%u\"", host_ip_str(ep.ip, ip), ep.port);
}

void host_json_open(host_json *j, const char *key, char bracket)
{
    put_key(j, key);
    putc(bracket, j->line);
    j->first = true;
}

void host_json_close(host_json *j, char bracket)
{
    putc(bracket, j->line);
    j->first = false;
}
