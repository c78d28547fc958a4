/*
 * The profiles of nbt/profile.def as a table. Nothing here decides anything.
 */
#include "nbt/profile.h"

#include "nbt/ncb.h"

#include <string.h>

static const nbt_profile profiles[] = {
#define NBT_PROFILE(...) { __VA_ARGS__ },
#include "nbt/profile.def"
#undef NBT_PROFILE
};

enum { PROFILES = sizeof profiles / sizeof profiles[0] };

const nbt_profile *nbt_profile_find(const char *name, size_t len)
{
    for (size_t i = 0; i < PROFILES; i++)
        if (strlen(profiles[i].name) == len && memcmp(profiles[i].name, name, len) == 0)
            return &profiles[i];
    return NULL;
}

const nbt_profile *nbt_profile_at(size_t i)
{
    return i < PROFILES ? &profiles[i] : NULL;
}
