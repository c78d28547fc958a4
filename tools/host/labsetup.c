/*
 * The options of laboratories, one by one. Nothing is opened here.
 */
#include "tools/host/labsetup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nbt/word.h"

void host_labsetup_init(host_labsetup *l)
{
    memset(l, 0, sizeof *l);
}

void host_labsetup_fini(host_labsetup *l)
{
    free(l->rules);
    free(l->services);
    memset(l, 0, sizeof *l);
}

/* One more item of an array; NULL without memory. */
static void *grow(void *array, size_t n, size_t item, host_err *err)
{
    void *p = realloc(array, (n + 1) * item);
    if (!p)
        host_err_set(err, HOST_SYSTEM, "no memory for the options");
    return p;
}

static bool add_rule(host_labsetup *l, const nbt_rule *rule, host_err *err)
{
    nbt_rule *p = grow(l->rules, l->nrules, sizeof *p, err);
    if (!p)
        return false;
    l->rules = p;
    l->rules[l->nrules++] = *rule;
    return true;
}

bool host_labsetup_answer(host_labsetup *l, const char *text, host_err *err)
{
    nbt_rule rule;
    if (nbt_rule_parse(&rule, text, strlen(text)))
        return add_rule(l, &rule, err);
    host_err_set(err, HOST_USAGE,
                 "the answer \"%s\" is malformed; --answer takes NAME=ANSWER or \"NAME from "
                 "CALLER=ANSWER\", names as FRED<20> or *, and as the answer a code as 0x82, "
                 "retarget:ADDRESS:PORT, silent, reset, garbage or listen",
                 text);
    return false;
}

static void kinds_err(const char *text, host_err *err)
{
    char known[128];
    size_t n = 0;
    known[0] = '\0';
    for (unsigned i = 0; i < NBT_DUMMY_KINDS && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "",
                              nbt_dummy_word((nbt_dummy_kind)i));
    host_err_set(err, HOST_USAGE,
                 "the service \"%s\" is malformed; --service takes NAME=KIND, the name as FRED<20> "
                 "and one of %s",
                 text, known);
}

bool host_labsetup_service(host_labsetup *l, const char *text, host_err *err)
{
    const char *equals = strrchr(text, '=');
    nbt_dummy_kind kind;
    nbt_name name;
    if (!equals || !nbt_name_parse(&name, text, (size_t)(equals - text)) ||
        name.form != NBT_NAME_NETBIOS || name.scope.len > 0 || name.b[0] == '*' ||
        !nbt_dummy_parse(equals + 1, strlen(equals + 1), &kind)) {
        kinds_err(text, err);
        return false;
    }
    nbt_dummy *p = grow(l->services, l->nservices, sizeof *p, err);
    if (!p)
        return false;
    l->services = p;
    nbt_dummy_init(&l->services[l->nservices++], kind, 0, name.b);
    return true;
}

static bool number(const char *text, uint32_t least, uint32_t most, uint32_t *n)
{
    nbt_word w = { text, strlen(text) };
    return nbt_word_eat_digits(&w, 10, most, n) && w.n == 0 && *n >= least;
}

bool host_labsetup_sessions(host_labsetup *l, const char *text, host_err *err)
{
    uint32_t n;
    if (!number(text, 1, UINT16_MAX, &n)) {
        host_err_set(err, HOST_USAGE, "--sessions takes a number from 1 to %d, not \"%s\"",
                     UINT16_MAX, text);
        return false;
    }
    l->sessions = (uint16_t)n;
    return true;
}

bool host_labsetup_keep_alive(host_labsetup *l, const char *text, host_err *err)
{
    enum { DAY = 86400 };
    uint32_t n;
    if (!number(text, 0, DAY, &n)) {
        host_err_set(err, HOST_USAGE,
                     "--keep-alive takes seconds, 1 to %d, or 0 for never, not \"%s\"", DAY, text);
        return false;
    }
    l->keep_alive_said = true;
    l->keep_alive = n ? NBT_S(n) : NBT_NEVER;
    return true;
}

/* The computer's own name with a service's suffix is that service's. */
static void yield_own_names(const host_labsetup *l, host_setup *s)
{
    for (unsigned i = 0; i < HOST_SERVICE_COUNT; i++) {
        nbt_name own;
        if (!nbt_name_make(&own, s->name, strlen(s->name), host_service_suffix((host_service)i)))
            continue;
        for (size_t k = 0; k < l->nservices; k++)
            if (memcmp(l->services[k].name, own.b, NBT_NAME_LEN) == 0)
                s->services &= ~(1u << i);
    }
}

bool host_labsetup_finish(host_labsetup *l, host_setup *s, host_err *err)
{
    nbt_rule rule;
    for (size_t i = 0; i < l->nservices; i++)
        if (nbt_dummy_rule(&l->services[i], &rule) && !add_rule(l, &rule, err))
            return false;
    yield_own_names(l, s);
    if (l->keep_alive_said) {
        l->profile = *s->profile;
        l->profile.ssn_keep_alive = l->keep_alive;
        s->profile = &l->profile;
    }
    return true;
}
