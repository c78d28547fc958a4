/*
 * The vocabulary of the text form: every word and kind, and the words of a line under their keys.
 * It looks at keys alone, never at values.
 */
#include "nbt/text_impl.h"

const nbt_text_key_row nbt_text_keys[NBT_KEY_COUNT] = {
#define NBT_TEXT_KEY(sym, word, in, value) { " " word, sizeof(word) - 1, in, value },
#include "nbt/text.def"
#undef NBT_TEXT_KEY
};

static const char *const malformed_words[] = {
    [NBT_SERVICE_NAME] = "malformed-name-packet",
    [NBT_SERVICE_DATAGRAM] = "malformed-datagram-packet",
    [NBT_SERVICE_SESSION] = "malformed-session-packet",
};

const char *nbt_text_malformed_word(nbt_service service)
{
    return malformed_words[service];
}

bool nbt_text_find_kind(nbt_word w, nbt_text_what *k)
{
    for (nbt_service s = NBT_SERVICE_NAME; s <= NBT_SERVICE_SESSION; s++) {
        if (nbt_word_eq(w, nbt_text_malformed_word(s))) {
            *k = (nbt_text_what){ s, NBT_IN_MALFORMED, NBT_NS_OTHER, 0 };
            return true;
        }
    }
    for (nbt_ns_kind ns = 0; ns < NBT_NS_KINDS; ns++) {
        if (nbt_word_eq(w, nbt_ns_kind_word(ns))) {
            *k = (nbt_text_what){ NBT_SERVICE_NAME, ns == NBT_NS_WACK ? NBT_IN_WACK : NBT_IN_NS, ns,
                                  0 };
            return true;
        }
    }
    const nbt_code *dgm = nbt_code_parse(NBT_CODESET_DGM_TYPE, w.p, w.n);
    const nbt_code *ssn = nbt_code_parse(NBT_CODESET_SSN_TYPE, w.p, w.n);
    if (dgm)
        *k = (nbt_text_what){ NBT_SERVICE_DATAGRAM, nbt_text_dgm_words((uint8_t)dgm->value),
                              NBT_NS_OTHER, (uint8_t)dgm->value };
    else if (ssn)
        *k = (nbt_text_what){ NBT_SERVICE_SESSION, nbt_text_ssn_words((uint8_t)ssn->value),
                              NBT_NS_OTHER, (uint8_t)ssn->value };
    return dgm || ssn;
}

const char *nbt_text_all_kinds(void)
{
    return "one of "
#define NBT_NS_KIND(sym, word, text, section) word ", "
#include "nbt/kinds.def"
#undef NBT_NS_KIND
#define NBT_DGM_TYPE(sym, value, word, text, source) word ", "
#define NBT_SSN_TYPE(sym, value, word, text, source) word ", "
#include "nbt/codes.def"
#undef NBT_DGM_TYPE
#undef NBT_SSN_TYPE
           "malformed-name-packet, malformed-datagram-packet, malformed-session-packet";
}

/* The word of this kind of message that begins most like what somebody wrote. */
static const char *nearest(nbt_word w, unsigned words)
{
    const char *best = "another word of this kind of message";
    size_t most = 0;
    for (nbt_text_key k = 0; k < NBT_KEY_COUNT; k++) {
        size_t same = 0;
        while (same < w.n && same < nbt_text_keys[k].len && w.p[same] == nbt_text_key_word(k)[same])
            same++;
        if ((nbt_text_keys[k].in & words) && same > most) {
            best = nbt_text_key_word(k);
            most = same;
        }
    }
    return best;
}

/* Files one word under its key. */
void nbt_text_file_word(nbt_text_line *l, nbt_word w)
{
    const char *equals = memchr(w.p, '=', w.n);
    size_t n = equals ? (size_t)(equals + 1 - w.p) : w.n;
    nbt_text_key k = 0;
    while (k < NBT_KEY_COUNT &&
           (nbt_text_keys[k].len != n || memcmp(nbt_text_key_word(k), w.p, n) != 0))
        k++;
    if (k == NBT_KEY_COUNT)
        nbt_text_fail(l, w.p, "an unknown word", nearest(w, l->words));
    else if (!(nbt_text_keys[k].in & l->words))
        nbt_text_fail(l, w.p, "this kind of message has no such word", nearest(w, l->words));
    else if (nbt_text_has(l, k))
        nbt_text_fail(l, w.p, "this was said before", "every word once");
    else
        l->w[k] = (nbt_word){ w.p + n, w.n - n };
}

/* Files all words behind KIND. A malformed packet has no NAME. */
void nbt_text_file_words(nbt_text_line *l, const char *at)
{
    const char *end = l->text + l->len;
    bool name_next = l->words != NBT_IN_MALFORMED;
    while (at < end && !l->bad) {
        nbt_word w = nbt_word_next(at + 1, end);
        if (w.n == 0)
            nbt_text_fail(l, w.p, "an empty word", "words with one space between them");
        else if (name_next)
            l->w[NBT_KEY_NAME] = w;
        else
            nbt_text_file_word(l, w);
        name_next = false;
        at = w.p + w.n;
    }
    if (name_next)
        nbt_text_fail(l, end, "a word is missing", "the NAME, or -");
}
