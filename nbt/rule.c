/*
 * Rules for session requests: found and parsed. What comes of one, the computer does.
 */
#include "nbt/rule.h"

#include <string.h>

#include "nbt/codes.h"
#include "nbt/word.h"

const nbt_rule *nbt_rule_find(const nbt_rule *rules, size_t n, const uint8_t called[NBT_NAME_LEN],
                              const uint8_t calling[NBT_NAME_LEN])
{
    for (size_t i = 0; i < n; i++) {
        const nbt_rule *r = &rules[i];
        if ((r->any_called || memcmp(r->called, called, NBT_NAME_LEN) == 0) &&
            (r->any_calling || memcmp(r->calling, calling, NBT_NAME_LEN) == 0))
            return r;
    }
    return NULL;
}

/* A name, or * for any. */
static bool parse_name(nbt_word w, uint8_t b[NBT_NAME_LEN], bool *any)
{
    nbt_name name;
    *any = nbt_word_eq(w, "*");
    if (*any)
        return true;
    if (!nbt_name_parse(&name, w.p, w.n) || name.form != NBT_NAME_NETBIOS || name.scope.len > 0)
        return false;
    memcpy(b, name.b, NBT_NAME_LEN);
    return true;
}

static bool parse_names(nbt_word w, nbt_rule *r)
{
    nbt_word called = nbt_word_next(w.p, w.p + w.n);
    w.p += called.n;
    w.n -= called.n;
    r->any_calling = true;
    return parse_name(called, r->called, &r->any_called) &&
           (w.n == 0 || (nbt_word_eat(&w, " from ") && parse_name(w, r->calling, &r->any_calling)));
}

static bool parse_target(nbt_word w, nbt_ep *to)
{
    uint32_t port = NBT_PORT_SSN;
    if (!nbt_word_eat_ip(&w, &to->ip) ||
        (nbt_word_eat(&w, ":") && !nbt_word_eat_digits(&w, 10, UINT16_MAX, &port)))
        return false;
    to->port = (uint16_t)port;
    return w.n == 0;
}

static bool parse_answer(nbt_word w, nbt_rule *r)
{
    static const struct {
        const char *word;
        nbt_rule_does does;
    } words[] = { { "listen", NBT_RULE_LISTEN },
                  { "silent", NBT_RULE_SILENT },
                  { "reset", NBT_RULE_RESET },
                  { "garbage", NBT_RULE_GARBAGE } };
    uint32_t code;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!nbt_word_eq(w, words[i].word))
            continue;
        r->does = words[i].does;
        return true;
    }
    if (nbt_word_eat(&w, "retarget:")) {
        r->does = NBT_RULE_RETARGET;
        return parse_target(w, &r->to);
    }
    const nbt_code *known = nbt_code_parse(NBT_CODESET_SSN_CODE, w.p, w.n);
    r->does = NBT_RULE_CODE;
    if (known)
        r->code = (uint8_t)known->value;
    else if (!nbt_word_eat_hex(&w, UINT8_MAX, &code) || w.n > 0)
        return false;
    else
        r->code = (uint8_t)code;
    return true;
}

bool nbt_rule_parse(nbt_rule *rule, const char *text, size_t len)
{
    nbt_rule r = { 0 };
    size_t names = len;
    while (names > 0 && text[names - 1] != '=')
        names--;
    if (names < 2 || !parse_names((nbt_word){ text, names - 1 }, &r) ||
        !parse_answer((nbt_word){ text + names, len - names }, &r))
        return false;
    *rule = r;
    return true;
}
