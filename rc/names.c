/*
 * The NetBIOS names of remote control. Nothing here asks whether a name is free.
 */
#include "rc/names.h"

#include <assert.h>
#include <string.h>

bool rc_name_make(uint8_t name[NBT_NAME_LEN], const char *machine, uint8_t suffix)
{
    nbt_name made;
    if (!nbt_name_make(&made, machine, strlen(machine), suffix))
        return false;
    memcpy(name, made.b, NBT_NAME_LEN);
    return true;
}

void rc_name_number(uint8_t name[NBT_NAME_LEN], unsigned n)
{
    assert(n <= 9);
    name[NBT_NAME_TEXT_MAX - 1] = (uint8_t)('0' + n);
}

void rc_name_machine(const uint8_t name[NBT_NAME_LEN], char machine[NBT_NAME_LEN])
{
    size_t n = NBT_NAME_TEXT_MAX;
    while (n > 0 && name[n - 1] == ' ')
        n--;
    memcpy(machine, name, n);
    machine[n] = '\0';
}

void rc_name_upper(uint8_t name[NBT_NAME_LEN])
{
    for (size_t i = 0; i < NBT_NAME_TEXT_MAX; i++)
        if (name[i] >= 'a' && name[i] <= 'z')
            name[i] = (uint8_t)(name[i] - 'a' + 'A');
}
