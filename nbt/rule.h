/*
 * What a computer says to session requests whatever its programs do: rules that whoever sets up a
 * laboratory gives it, by called and calling name. The first that fits is obeyed. Never a decision
 * of the protocol: without rules a computer does what RFC 1002 5.2.1.2 wants.
 *
 * The text form, which nbtd's --answer takes:
 *
 *     CALLED[ from CALLING]=ANSWER
 *
 * with names as FRED<20> or * for any, and as the ANSWER one of
 *
 *     0x82, or a code's word     NEGATIVE SESSION RESPONSE with that code
 *     retarget:ADDRESS[:PORT]    SESSION RETARGET RESPONSE; port 139 if none is said
 *     silent, reset, garbage     no answer; a TCP reset; octets that are no packet
 *     listen                     as if there were no rules
 */
#ifndef NBT_RULE_H
#define NBT_RULE_H

#include "nbt/base.h"
#include "nbt/name.h"

typedef enum nbt_rule_does {
    NBT_RULE_LISTEN,
    NBT_RULE_CODE,
    NBT_RULE_RETARGET,
    NBT_RULE_SILENT,
    NBT_RULE_RESET,
    NBT_RULE_GARBAGE,
} nbt_rule_does;

typedef struct nbt_rule {
    bool any_called, any_calling;
    uint8_t called[NBT_NAME_LEN], calling[NBT_NAME_LEN];
    nbt_rule_does does;
    uint8_t code; /* CODE */
    nbt_ep to;    /* RETARGET */
} nbt_rule;

/* The first that is about these names, NULL if none is. */
const nbt_rule *nbt_rule_find(const nbt_rule *rules, size_t n, const uint8_t called[NBT_NAME_LEN],
                              const uint8_t calling[NBT_NAME_LEN]);

/* False if the text is none; `*rule` is then untouched. */
bool nbt_rule_parse(nbt_rule *rule, const char *text, size_t len);

#endif
