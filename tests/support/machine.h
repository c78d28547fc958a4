/*
 * For the tests of the small name-service machines: their effects as words, so that a table row can
 * say what must come out.
 */
#ifndef TESTS_SUPPORT_MACHINE_H
#define TESTS_SUPPORT_MACHINE_H

#include "nbt/machine.h"

/* "send", "demand won", ... in order, "" for none; static text until the next call. */
const char *fx_words(const nbt_effects *fx);

#endif
