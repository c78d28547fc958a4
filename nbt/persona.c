/*
 * The personas of nbt/persona.def as a table, and the order that they give to a node status.
 */
#include "nbt/persona.h"

#include <string.h>

static const nbt_persona personas[] = {
#define NBT_PERSONA(...) { __VA_ARGS__ },
#include "nbt/persona.def"
#undef NBT_PERSONA
};

enum { PERSONAS = sizeof personas / sizeof personas[0] };

const nbt_persona *nbt_persona_find(const char *word, size_t len)
{
    for (size_t i = 0; i < PERSONAS; i++)
        if (strlen(personas[i].word) == len && memcmp(personas[i].word, word, len) == 0)
            return &personas[i];
    return NULL;
}

const nbt_persona *nbt_persona_at(size_t i)
{
    return i < PERSONAS ? &personas[i] : NULL;
}

bool nbt_persona_is_group(const nbt_persona_name *name)
{
    switch ((nbt_whose)name->whose) {
    case NBT_WHOSE_GROUP:
        return name->suffix != 0x1B && name->suffix != 0x1D;
    case NBT_WHOSE_BROWSERS:
        return true;
    case NBT_WHOSE_NOBODY:
    case NBT_WHOSE_MACHINE:
    case NBT_WHOSE_USER:
        break;
    }
    return false;
}

bool nbt_persona_has_user(const nbt_persona *persona)
{
    for (const nbt_persona_name *n = persona->claims; n->whose; n++)
        if (n->whose == NBT_WHOSE_USER)
            return true;
    return false;
}

const char *nbt_whose_str(nbt_whose whose)
{
    switch (whose) {
    case NBT_WHOSE_NOBODY:
        break;
    case NBT_WHOSE_MACHINE:
        return "MACHINE";
    case NBT_WHOSE_GROUP:
        return "GROUP";
    case NBT_WHOSE_USER:
        return "USER";
    case NBT_WHOSE_BROWSERS:
        return "__MSBROWSE__";
    }
    return "";
}

/* The first by number that is meant and was not listed yet. Whose name it is cannot be seen of it:
 * with <03>, the computer's was claimed before its user's. */
static const nbt_entry *find(const nbt_ltable *names, const nbt_persona_name *n,
                             const bool listed[NBT_NAMES_MAX + 1])
{
    const nbt_entry *e = nbt_ltable_next(names, NULL);
    while (e && (listed[e->num] || e->name[NBT_NAME_LEN - 1] != n->suffix ||
                 e->group != nbt_persona_is_group(n)))
        e = nbt_ltable_next(names, e);
    return e;
}

size_t nbt_persona_list(const nbt_persona *persona, const nbt_ltable *names,
                        const nbt_entry *list[NBT_NAMES_MAX])
{
    bool listed[NBT_NAMES_MAX + 1] = { false };
    size_t n = 0;
    for (const nbt_persona_name *p = persona ? persona->status : NULL; p && p->whose; p++) {
        const nbt_entry *e = find(names, p, listed);
        if (!e)
            continue;
        listed[e->num] = true;
        list[n++] = e;
    }
    for (const nbt_entry *e = nbt_ltable_next(names, NULL); e; e = nbt_ltable_next(names, e))
        if (!listed[e->num])
            list[n++] = e;
    return n;
}
