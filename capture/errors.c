/*
 * Tables of codes, looked through one after the other.
 */
#include "capture/errors.h"
#include "nbt/codes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { INDENT = 4, WIDTH = 96, CODE_MAX = 64 };

/* The sets of numbers: those of nbt/codes.def first, then those of errors.def. */
typedef enum set {
    SET_RCODE,
    SET_NRC,
    SET_SSN_CODE,
    SET_DGM_CODE,
    SET_WIN32,
    SET_RAS,
    SET_STATUS,
    SET_EVENT,
    SETS,
    SET_ANY = SETS,
} set;

/* What stands before a number of a set: words of users, and a heading. */
static const struct {
    const char *words[4];
    const char *heading;
    nbt_codeset codes; /* of the first four */
} sets[SETS] = {
    [SET_RCODE] = { { "rcode" }, "result (RCODE) of a name packet", NBT_CODESET_RCODE },
    [SET_NRC] = { { "nrc", "ncb", "retcode" },
                  "return code of the NetBIOS interface",
                  NBT_CODESET_NRC },
    [SET_SSN_CODE] = { { "session", "ssn" },
                       "error code of a NEGATIVE SESSION RESPONSE",
                       NBT_CODESET_SSN_CODE },
    [SET_DGM_CODE] = { { "datagram", "dgm" },
                       "error code of a DATAGRAM ERROR",
                       NBT_CODESET_DGM_CODE },
    [SET_WIN32] = { { "error", "win32", "net", "system" }, "error of Windows", NBT_CODESET_RCODE },
    [SET_RAS] = { { "ras" }, "error of Windows' remote access", NBT_CODESET_RCODE },
    [SET_STATUS] = { { "status", "ntstatus" }, "status of Windows' kernel", NBT_CODESET_RCODE },
    [SET_EVENT] = { { "event" }, "event of Windows", NBT_CODESET_RCODE },
};

static const struct {
    set set;
    uint32_t number;
    const char *name, *meaning, *cause, *look, *source;
} errors[] = {
#define CAP_ERROR(set, number, name, meaning, cause, look, source)                                 \
    { SET_##set, number, name, meaning, cause, look, source },
#include "capture/errors.def"
#undef CAP_ERROR
};

static const struct {
    set set;
    uint16_t number;
    const char *cause, *look;
} hints[] = {
#define CAP_HINT(set, sym, cause, look) { SET_##set, NBT_##set##_##sym, cause, look },
#include "capture/errors.def"
#undef CAP_HINT
};

static const struct {
    uint16_t rcode, session, nrc, error, event;
    const char *says;
} chains[] = {
#define CAP_CHAIN(rcode, session, nrc, error, event, says)                                         \
    { rcode, session, nrc, error, event, says },
#include "capture/errors.def"
#undef CAP_CHAIN
};

enum {
    ERRORS = sizeof errors / sizeof errors[0],
    HINTS = sizeof hints / sizeof hints[0],
    CHAINS = sizeof chains / sizeof chains[0],
};

/* ---- What is asked for --------------------------------------------------------------------- */

typedef struct question {
    set set; /* SET_ANY: whatever it means */
    bool is_number;
    uint32_t number;
    char word[CODE_MAX]; /* if it is none */
} question;

static set set_of(const char *word, size_t len)
{
    for (int s = 0; s < SETS; s++) {
        for (int i = 0; i < 4 && sets[s].words[i]; i++) {
            if (strlen(sets[s].words[i]) == len && strncasecmp(sets[s].words[i], word, len) == 0)
                return (set)s;
        }
    }
    return SET_ANY;
}

bool cap_error_is_set(const char *word)
{
    return set_of(word, strlen(word)) != SET_ANY;
}

/* All of it in digits of a base, but for an h behind hex ones. */
static bool parse_number(const char *s, int base, uint32_t *number)
{
    char *end;
    if (!isxdigit((unsigned char)*s))
        return false;
    unsigned long long v = strtoull(s, &end, base);
    if (base == 16 && (*end == 'h' || *end == 'H'))
        end++;
    if (*end || v > UINT32_MAX)
        return false;
    *number = (uint32_t)v;
    return true;
}

/* Takes the word of a set before the code, if there is one; false for what can be no code. */
static bool parse(question *q, const char *code)
{
    static const char spaces[] = " \t\r\n";
    code += strspn(code, spaces);
    size_t n = strcspn(code, spaces);
    q->set = set_of(code, n);
    if (q->set != SET_ANY && code[n])
        code += n + strspn(code + n, spaces);
    else
        q->set = SET_ANY;
    n = strcspn(code, spaces);
    if (n == 0 || n >= sizeof q->word || code[n + strspn(code + n, spaces)])
        return false;
    memcpy(q->word, code, n);
    q->word[n] = '\0';
    return true;
}

/*
 * What Windows makes of its numbers for programs: 0x8007 before an error is a HRESULT, 0xC000
 * before the number of an event says how bad it is.
 */
static void strip(question *q)
{
    if (q->number >> 16 == 0x8007 && (q->set == SET_ANY || q->set == SET_WIN32)) {
        q->set = SET_WIN32;
        q->number &= 0xFFFF;
    }
    if (q->number >> 16 == 0xC000 && (q->number & 0xFFFF) >= 0x1000 &&
        (q->set == SET_ANY || q->set == SET_EVENT)) {
        q->set = SET_EVENT;
        q->number &= 0xFFFF;
    }
}

/* ---- Answers ------------------------------------------------------------------------------- */

static void paragraph(cap_buf *out, const char *label, const char *text)
{
    char line[2048];
    int n = snprintf(line, sizeof line, "%s%s", label, text);
    if (text[0] && n > 0)
        cap_buf_wrap(out, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1, INDENT,
                     WIDTH);
}

static const char *code_word(set s, unsigned number)
{
    return nbt_code_word(sets[s].codes, number);
}

/* Of a chain, which names this number, the whole of it on one line. */
static void chain(cap_buf *out, size_t i)
{
    const char *arrow = "";
    cap_buf_fmt(out, "%*schain: ", INDENT, "");
    if (chains[i].rcode) {
        cap_buf_fmt(out, "RCODE %u %s", chains[i].rcode, code_word(SET_RCODE, chains[i].rcode));
        arrow = " -> ";
    }
    if (chains[i].session) {
        cap_buf_fmt(out, "session 0x%02X %s", chains[i].session,
                    code_word(SET_SSN_CODE, chains[i].session));
        arrow = " -> ";
    }
    cap_buf_fmt(out, "%s%s 0x%02X", arrow, code_word(SET_NRC, chains[i].nrc), chains[i].nrc);
    if (chains[i].error)
        cap_buf_fmt(out, " -> error %u", chains[i].error);
    if (chains[i].event)
        cap_buf_fmt(out, " -> event %u", chains[i].event);
    cap_buf_fmt(out, " -> %s\n", chains[i].says);
}

static void all_chains(cap_buf *out, set s, uint32_t number)
{
    for (size_t i = 0; i < CHAINS; i++) {
        bool is_in = (s == SET_RCODE && number && number == chains[i].rcode) ||
                     (s == SET_SSN_CODE && number == chains[i].session) ||
                     (s == SET_NRC && number && number == chains[i].nrc) ||
                     ((s == SET_WIN32 || s == SET_RAS) && number == chains[i].error) ||
                     (s == SET_EVENT && number == chains[i].event);
        if (is_in)
            chain(out, i);
    }
}

/* What every code has: its number, its name, and which of its meanings this is. */
static void heading(cap_buf *out, set s, uint32_t number, const char *name)
{
    if (out->n > 0)
        cap_buf_str(out, "\n");
    if (s <= SET_DGM_CODE)
        cap_buf_fmt(out, "0x%02X (%u)", number, number);
    else if (s == SET_STATUS)
        cap_buf_fmt(out, "0x%08X", number);
    else
        cap_buf_fmt(out, "%u", number);
    cap_buf_fmt(out, "%s%s: %s\n", name[0] ? " " : "", name, sets[s].heading);
}

static void explain_code(cap_buf *out, set s, const nbt_code *c)
{
    char meaning[512];
    heading(out, s, c->value, c->word);
    snprintf(meaning, sizeof meaning, "%s (%s)", c->text, c->source);
    paragraph(out, "", meaning);
    for (size_t i = 0; i < HINTS; i++) {
        if (hints[i].set == s && hints[i].number == c->value) {
            paragraph(out, "caused by: ", hints[i].cause);
            paragraph(out, "look at: ", hints[i].look);
        }
    }
    all_chains(out, s, c->value);
}

static void explain_error(cap_buf *out, size_t i)
{
    char meaning[512];
    heading(out, errors[i].set, errors[i].number, errors[i].name);
    snprintf(meaning, sizeof meaning, "%s (%s)", errors[i].meaning, errors[i].source);
    paragraph(out, "", meaning);
    paragraph(out, "caused by: ", errors[i].cause);
    paragraph(out, "look at: ", errors[i].look);
    all_chains(out, errors[i].set, errors[i].number);
}

/* By its name; of NRC_INUSE, its last part is enough. */
static bool is_called(const char *name, const char *word)
{
    const char *part = strncmp(name, "NRC_", 4) == 0 ? name + 4 : name;
    return strcasecmp(name, word) == 0 || strcasecmp(part, word) == 0;
}

static bool fits_code(const question *q, const nbt_code *c)
{
    return q->is_number ? c->value == q->number : is_called(c->word, q->word);
}

static bool fits_error(const question *q, size_t i)
{
    if (q->is_number)
        return errors[i].number == q->number;
    return errors[i].set != SET_EVENT && errors[i].name[0] && is_called(errors[i].name, q->word);
}

static void explain_codes(const question *q, cap_buf *out)
{
    for (set s = SET_RCODE; s <= SET_DGM_CODE; s++) {
        if (q->set != SET_ANY && q->set != s)
            continue;
        for (unsigned v = 0; v <= 0xFF; v++) {
            const nbt_code *c = nbt_code_find(sets[s].codes, v);
            if (c && fits_code(q, c))
                explain_code(out, s, c);
        }
    }
}

static void explain_errors(const question *q, cap_buf *out)
{
    for (size_t i = 0; i < ERRORS; i++) {
        bool wanted = q->set == SET_ANY || q->set == errors[i].set ||
                      (q->set == SET_WIN32 && errors[i].set == SET_RAS);
        if (wanted && fits_error(q, i))
            explain_error(out, i);
    }
}

/* What is written in hex is first a code, and what is decimal an error. */
static bool explain(const question *q, bool hex, cap_buf *out)
{
    size_t before = out->n;
    if (hex)
        explain_codes(q, out);
    explain_errors(q, out);
    if (!hex)
        explain_codes(q, out);
    return out->n > before;
}

bool cap_error_explain(const char *code, cap_buf *out)
{
    question q = { .set = SET_ANY };
    if (!parse(&q, code))
        return false;
    bool hex = q.word[0] == '0' && (q.word[1] == 'x' || q.word[1] == 'X');
    if (!hex && parse_number(q.word, 10, &q.number)) {
        q.is_number = true;
        if (explain(&q, false, out))
            return true;
    }
    if (parse_number(hex ? q.word + 2 : q.word, 16, &q.number)) {
        q.is_number = true;
        strip(&q);
        if (explain(&q, true, out))
            return true;
    }
    q.is_number = false;
    return explain(&q, true, out);
}
