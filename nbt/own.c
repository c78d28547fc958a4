/*
 * The order in which a computer claims its own names.
 */
#include "nbt/own.h"

#include <assert.h>
#include <string.h>

void nbt_own_init(nbt_own *own, const char *text, size_t len, uint8_t nlanas)
{
    nbt_name name;
    bool made = nbt_name_make(&name, text, len, 0);
    assert(made && nlanas > 0);
    (void)made;
    *own = (nbt_own){ .nlanas = nlanas };
    memcpy(own->name, name.b, NBT_NAME_LEN);
}

void nbt_own_serve(nbt_own *own, uint8_t suffix)
{
    assert(own->nsuffixes < NBT_OWN_MAX);
    own->suffix[own->nsuffixes++] = suffix;
}

bool nbt_own_next(nbt_own *own, uint32_t *tag, nbt_ncb *ncb)
{
    if (own->next == own->nsuffixes && own->waiting == 0 && own->lana + 1 < own->nlanas) {
        own->lana++;
        own->next = 0;
    }
    if (own->next == own->nsuffixes)
        return false;
    *tag = 1u + own->lana * (uint32_t)NBT_OWN_MAX + own->next;
    *ncb = (nbt_ncb){ .command = NBT_NCB_ADD_NAME, .lana = own->lana };
    memcpy(ncb->name, own->name, NBT_NAME_LEN);
    ncb->name[NBT_NAME_LEN - 1] = own->suffix[own->next];
    own->next++;
    own->waiting++;
    return true;
}

bool nbt_own_done(nbt_own *own, const nbt_ncb *ncb)
{
    if (nbt_ncb_verb(ncb) != NBT_NCB_ADD_NAME || own->waiting == 0)
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
    return own->waiting == 0 && own->next == own->nsuffixes &&
           (own->nsuffixes == 0 || own->lana + 1 == own->nlanas);
}
