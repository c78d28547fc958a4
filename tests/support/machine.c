/*
 * The words of machine.h.
 */
#include "tests/support/test.h"

#include "tests/support/machine.h"

const char *fx_words(const nbt_effects *fx)
{
    static const char *const words[] = {
        [NBT_FX_SEND] = "send",
        [NBT_FX_DEMAND] = "demand",
        [NBT_FX_WON] = "won",
        [NBT_FX_LOST] = "lost",
        [NBT_FX_ANSWERED] = "answered",
        [NBT_FX_CONFLICT] = "conflict",
        [NBT_FX_ENDED] = "ended",
        [NBT_FX_CHALLENGE] = "challenge",
        [NBT_FX_OVERWRITE] = "overwrite",
        [NBT_FX_MORE] = "more",
        [NBT_FX_DENIED] = "denied",
        [NBT_FX_SILENT] = "silent",
    };
    static char text[100];
    text[0] = '\0';
    for (size_t i = 0; i < fx->n; i++) {
        strcat(text, i ? " " : "");
        strcat(text, words[fx->e[i]]);
    }
    return text;
}
