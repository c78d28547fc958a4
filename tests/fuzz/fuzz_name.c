/*
 * Names from anywhere, as packets and as text: decoded, encoded, decoded again; printed and parsed.
 *
 * Of an input, the first octet says how strictly to read (its three low bits) and what comes before
 * the name, for pointers to lead to (the rest, in octets); all others are packet, and are text.
 */
#include <assert.h>
#include <string.h>

#include "nbt/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_text(const nbt_name *name)
{
    char text[NBT_NAME_STR_MAX];
    nbt_name again;
    size_t n = nbt_name_print(name, text, sizeof text);
    assert(n < sizeof text && strlen(text) == n);
    assert(strcspn(text, " \t\r\n\"") == n);
    assert(nbt_name_parse(&again, text, n));
    assert(nbt_name_eq(name, &again));
}

static void check_packet(const uint8_t *p, size_t len, unsigned rules, size_t before)
{
    nbt_rd r;
    nbt_name name, again;
    nbt_rd_init(&r, p, len);
    nbt_rd_take(&r, before < len ? before : len, "before the name");
    size_t from = r.at;
    nbt_name_rd(&r, &name, rules, "NAME");
    if (r.err) {
        assert(r.err_at <= len && r.at == from);
        return;
    }
    assert(r.at > from && r.at <= len);
    check_text(&name);

    uint8_t wire[NBT_NAME_WIRE_MAX];
    nbt_wr w;
    nbt_wr_init(&w, wire, sizeof wire);
    nbt_name_wr(&w, &name, "NAME");
    assert((w.err == NBT_OK) == (nbt_name_size(&name) <= NBT_NAME_WIRE_MAX));
    if (w.err)
        return;
    nbt_rd_init(&r, wire, w.at);
    nbt_name_rd(&r, &again, rules, "NAME");
    assert(!r.err && r.at == w.at);
    assert(nbt_name_eq(&name, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    check_packet(bytes + 1, len - 1, bytes[0] & 7U, bytes[0] >> 3);

    const char *text = (const char *)bytes + 1;
    nbt_name name;
    nbt_scope scope;
    if (nbt_name_parse(&name, text, len - 1))
        check_text(&name);
    if (nbt_scope_parse(&scope, text, len - 1)) {
        nbt_name_wildcard(&name);
        name.scope.len = scope.len;
        memcpy(name.scope.b, scope.b, scope.len);
        check_text(&name);
    }
    return 0;
}
