/*
 * The order in which a computer claims its own names.
 */
#include "nbt/own.h"

#include <assert.h>
#include <string.h>

static void make(uint8_t b[NBT_NAME_LEN], const char *text, size_t len)
{
    nbt_name name;
    bool made = nbt_name_make(&name, text, len, 0);
    assert(made);
    (void)made;
    memcpy(b, name.b, NBT_NAME_LEN);
}

void nbt_own_init(nbt_own *own, const char *text, size_t len, uint8_t nlanas)
{
    assert(nlanas > 0);
    *own = (nbt_own){ .nlanas = nlanas };
    make(own->name, text, len);
}

void nbt_own_serve(nbt_own *own, uint8_t suffix)
{
    assert(own->nclaims < NBT_OWN_MAX);
    own->claims[own->nclaims++] =
        (nbt_persona_name){ .suffix = suffix, .whose = NBT_WHOSE_MACHINE };
}

static bool serves(const nbt_own *own, uint8_t suffix)
{
    for (uint8_t i = 0; i < own->nclaims; i++)
        if (own->claims[i].suffix == suffix)
            return true;
    return false;
}

/* Whether such a name of a persona is claimed here. */
static bool wanted(const nbt_own *own, const nbt_persona_name *n)
{
    if (n->user && !own->user[0])
        return false;
    switch ((nbt_whose)n->whose) {
    case NBT_WHOSE_MACHINE:
        return serves(own, n->suffix);
    case NBT_WHOSE_GROUP:
        return own->group[0];
    case NBT_WHOSE_USER:
    case NBT_WHOSE_BROWSERS:
        return true;
    case NBT_WHOSE_NOBODY:
        break;
    }
    return false;
}

void nbt_own_be(nbt_own *own, const nbt_persona *persona, const char *group, const char *user)
{
    nbt_persona_name claims[NBT_OWN_MAX];
    uint8_t n = 0;
    if (group)
        make(own->group, group, strlen(group));
    if (user)
        make(own->user, user, strlen(user));
    for (const nbt_persona_name *p = persona->claims; p->whose; p++)
        if (wanted(own, p))
            claims[n++] = *p;
    memcpy(own->claims, claims, n * sizeof *claims);
    own->nclaims = n;
}

static void name_of(const nbt_own *own, const nbt_persona_name *n, uint8_t b[NBT_NAME_LEN])
{
    static const uint8_t browsers[NBT_NAME_LEN] = "\x01\x02__MSBROWSE__\x02";
    const uint8_t *whose = own->name;
    if (n->whose == NBT_WHOSE_GROUP)
        whose = own->group;
    else if (n->whose == NBT_WHOSE_USER)
        whose = own->user;
    else if (n->whose == NBT_WHOSE_BROWSERS)
        whose = browsers;
    memcpy(b, whose, NBT_NAME_LEN);
    b[NBT_NAME_LEN - 1] = n->suffix;
}

bool nbt_own_next(nbt_own *own, uint32_t *tag, nbt_ncb *ncb)
{
    if (own->next == own->nclaims && own->waiting == 0 && own->lana + 1 < own->nlanas) {
        own->lana++;
        own->next = 0;
    }
    if (own->next == own->nclaims)
        return false;
    const nbt_persona_name *n = &own->claims[own->next];
    if (n->waits && own->waiting > 0)
        return false;
    *tag = 1u + own->lana * (uint32_t)NBT_OWN_MAX + own->next;
    *ncb =
        (nbt_ncb){ .command = nbt_persona_is_group(n) ? NBT_NCB_ADD_GROUP_NAME : NBT_NCB_ADD_NAME,
                   .lana = own->lana };
    name_of(own, n, ncb->name);
    own->next++;
    own->waiting++;
    return true;
}

bool nbt_own_done(nbt_own *own, const nbt_ncb *ncb)
{
    unsigned verb = nbt_ncb_verb(ncb);
    if ((verb != NBT_NCB_ADD_NAME && verb != NBT_NCB_ADD_GROUP_NAME) || own->waiting == 0)
        return false;
    own->waiting--;
    if (ncb->retcode == NBT_NRC_GOODRET)
        own->obtained++;
    else
        own->refused++;
    return true;
}

bool nbt_own_settled(const nbt_own *own)
{
    return own->waiting == 0 && own->next == own->nclaims &&
           (own->nclaims == 0 || own->lana + 1 == own->nlanas);
}
