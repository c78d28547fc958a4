#include "tests/support/openmetrics.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAMILIES_MAX = 64, NAME_MAX_LEN = 128, SAMPLES_MAX = 512, LINE_MAX_LEN = 1024 };

typedef struct family {
    char name[NAME_MAX_LEN];
    bool counter, help, samples;
} family;

typedef struct check {
    family families[FAMILIES_MAX];
    size_t n;
    char samples[SAMPLES_MAX][LINE_MAX_LEN]; /* names with labels */
    size_t nsamples;
} check;

static size_t name_length(const char *s)
{
    size_t n = 0;
    if (!isalpha((unsigned char)s[0]) && s[0] != '_' && s[0] != ':')
        return 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '_' || s[n] == ':')
        n++;
    return n;
}

static const char *take_type(check *c, const char *s)
{
    size_t n = name_length(s);
    if (n == 0 || n >= NAME_MAX_LEN || s[n] != ' ')
        return "TYPE without a name";
    if (c->n == FAMILIES_MAX)
        return "more families than this looks at";
    for (size_t i = 0; i < c->n; i++) {
        if (strlen(c->families[i].name) == n && strncmp(c->families[i].name, s, n) == 0)
            return "a family twice";
    }
    family *f = &c->families[c->n++];
    *f = (family){ .counter = strcmp(s + n + 1, "counter") == 0 };
    memcpy(f->name, s, n);
    if (n > 6 && strcmp(f->name + n - 6, "_total") == 0)
        return "a family's name has the suffix of its samples";
    return f->counter || strcmp(s + n + 1, "gauge") == 0 ? NULL : "a type that is none";
}

static const char *escapes(const char *s)
{
    for (; *s; s++) {
        if (*s == '\\' && strchr("\\\"n", *++s) == NULL)
            return "an escape that is none";
        if (*s == '\0')
            return "an escape that ends";
    }
    return NULL;
}

static const char *take_help(check *c, const char *s)
{
    family *f = c->n > 0 ? &c->families[c->n - 1] : NULL;
    size_t n = name_length(s);
    if (!f || strlen(f->name) != n || strncmp(f->name, s, n) != 0 || s[n] != ' ')
        return "HELP that does not follow its TYPE";
    if (f->help || f->samples)
        return "HELP twice, or behind samples";
    f->help = true;
    return escapes(s + n + 1);
}

/* {a="b",c="d"}; gives what follows, NULL if it is wrong. */
static const char *skip_labels(const char *s)
{
    if (*s != '{')
        return s;
    do {
        size_t n = name_length(++s);
        if (n == 0 || s[n] != '=' || s[n + 1] != '"')
            return NULL;
        for (s += n + 2; *s && *s != '"'; s++) {
            if (*s == '\\' && (!*++s || !strchr("\\\"n", *s)))
                return NULL;
        }
        if (*s++ != '"')
            return NULL;
    } while (*s == ',');
    return *s == '}' ? s + 1 : NULL;
}

static const char *take_sample(check *c, const char *s)
{
    family *f = c->n > 0 ? &c->families[c->n - 1] : NULL;
    size_t n = name_length(s), length = f ? strlen(f->name) : 0;
    char *end;
    if (!f || !f->help || n < length || strncmp(f->name, s, length) != 0)
        return "a sample that is not of the family before it";
    if (f->counter ? n != length + 6 || strncmp(s + length, "_total", 6) != 0 : n != length)
        return "a sample whose suffix is not its type's";
    const char *value = skip_labels(s + n);
    if (!value || *value != ' ')
        return "labels that are none";
    size_t key = (size_t)(value - s);
    for (size_t i = 0; i < c->nsamples; i++) {
        if (strlen(c->samples[i]) == key && strncmp(c->samples[i], s, key) == 0)
            return "a sample twice";
    }
    if (c->nsamples == SAMPLES_MAX || key >= LINE_MAX_LEN)
        return "more than this looks at";
    memcpy(c->samples[c->nsamples++], s, key);
    f->samples = true;
    double number = strtod(value + 1, &end);
    if (end == value + 1 || *end != '\0' || isspace((unsigned char)value[1]))
        return "a number that is none, or a time stamp";
    return f->counter && number < 0 ? "a counter below 0" : NULL;
}

static const char *take_line(check *c, const char *s)
{
    if (strncmp(s, "# TYPE ", 7) == 0)
        return take_type(c, s + 7);
    if (strncmp(s, "# HELP ", 7) == 0)
        return take_help(c, s + 7);
    return s[0] == '#' || s[0] == '\0' ? "a remark, or an empty line" : take_sample(c, s);
}

static const char *look(check *c, const char *text, size_t n, size_t *line)
{
    bool ended = false;
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t length = end ? (size_t)(end - (text + at)) : 0;
        char one[LINE_MAX_LEN];
        ++*line;
        if (!end || length >= sizeof one || memchr(text + at, '\0', length))
            return "a line without an end, too long, or with a NUL";
        if (ended)
            return "something behind # EOF";
        memcpy(one, text + at, length);
        one[length] = '\0';
        ended = strcmp(one, "# EOF") == 0;
        const char *wrong = ended ? NULL : take_line(c, one);
        if (wrong)
            return wrong;
        at += length + 1;
    }
    return ended ? NULL : "no # EOF";
}

const char *openmetrics_wrong(const char *text, size_t n, size_t *line)
{
    check *c = calloc(1, sizeof *c);
    *line = 0;
    const char *wrong = c ? look(c, text, n, line) : "no memory";
    free(c);
    return wrong;
}
