/*
 * One case: its scenario played, what became of its viewers, and the proof of that from the
 * capture.
 */
#include "rc/names.h"
#include "tools/host/iface.h"
#include "tools/lab/cases.h"
#include "tools/lab/lab.h"
#include "tools/lab/play.h"
#include "tools/lab/proof.h"
#include "tools/scene/build.h"
#include "tools/scene/print.h"
#include "tools/scene/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS_MAX = 16 };

/* A viewer that was started; or a computer that was refused its own name, where nobody views. */
typedef struct attempt {
    uint16_t host, program;              /* SCENE_NOBODY: of the computer */
    int64_t began, ended;                /* microseconds since 1970; ended 0: it came to nothing */
    json_t *connected, *refused, *error; /* what it reported */
    char *said;                          /* what it said on standard error; NULL: nothing */
    lab_refusal refusal;
    json_t *result; /* borrowed */
} attempt;

typedef struct casework {
    const lab_case *c;
    lab_claim claim;
    const scene *s;
    attempt attempt[ATTEMPTS_MAX];
    size_t n;
    attempt own;
    bool *told; /* by expectation: it was said already that it did not hold */
    json_t *result;
} casework;

/* -- the result -------------------------------------------------------------------------------- */

static void append_text(casework *w, const char *list, const char *fmt, va_list ap)
{
    char text[1024];
    vsnprintf(text, sizeof text, fmt, ap);
    json_array_append_new(json_object_get(w->result, list), json_string(text));
}

/* A sentence that makes the case disagree, and one that does not. */
__attribute__((format(printf, 2, 3))) static void deviate(casework *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    append_text(w, "deviations", fmt, ap);
    va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void note(casework *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    append_text(w, "notes", fmt, ap);
    va_end(ap);
}

/* -- what is reported meanwhile ---------------------------------------------------------------- */

static bool is_event(const json_t *event, const char *word)
{
    return strcmp(lab_text(event, "event"), word) == 0;
}

static void keep(json_t **to, json_t *event)
{
    json_decref(*to);
    *to = json_incref(event);
}

/* The last attempt of a program. */
static attempt *attempt_of(casework *w, uint16_t program)
{
    for (size_t i = w->n; i > 0; i--)
        if (w->attempt[i - 1].program == program)
            return &w->attempt[i - 1];
    return NULL;
}

static void on_started(void *ctx, uint16_t host, uint16_t program)
{
    casework *w = ctx;
    if (program == SCENE_NOBODY || w->s->program[program].kind != SCENE_VIEWER ||
        w->n == ATTEMPTS_MAX)
        return;
    w->attempt[w->n++] = (attempt){ .host = host, .program = program, .began = lab_clock() };
}

static void viewer_said(attempt *a, json_t *event)
{
    if (!a || a->ended)
        return;
    if (is_event(event, "connected")) {
        keep(&a->connected, event);
        a->ended = lab_clock();
    } else if (is_event(event, "claim-refused")) {
        keep(&a->refused, event);
    } else if (is_event(event, "error")) {
        keep(&a->error, event);
    }
}

/* The first of its own names that it did not get. */
static void own_name(casework *w, uint16_t host, json_t *event)
{
    if (w->own.refused || json_is_true(json_object_get(event, "obtained")))
        return;
    w->own = (attempt){ .host = host, .program = SCENE_NOBODY };
    keep(&w->own.refused, event);
    w->own.ended = lab_clock();
}

static void computer_said(casework *w, uint16_t host, json_t *event)
{
    const char *name = w->s->host[host].name;
    if (is_event(event, "own-name")) {
        own_name(w, host, event);
    } else if (is_event(event, "settled")) {
        json_int_t refused = json_integer_value(json_object_get(event, "refused"));
        if (refused > 0)
            note(w, "of the own names of %s, %lld were refused", name, (long long)refused);
    } else if (strcmp(lab_text(event, "what"), "name") == 0 &&
               strcmp(lab_text(event, "to"), "conflict") == 0) {
        note(w, "a name of %s was marked as in conflict", name);
    }
}

static void on_said(void *ctx, uint16_t host, uint16_t program, json_t *event)
{
    casework *w = ctx;
    if (program == SCENE_NOBODY)
        computer_said(w, host, event);
    else if (w->s->program[program].kind == SCENE_VIEWER)
        viewer_said(attempt_of(w, program), event);
}

static void on_ended(void *ctx, uint16_t host, uint16_t program, const char *said)
{
    casework *w = ctx;
    attempt *a = program == SCENE_NOBODY ? &w->own : attempt_of(w, program);
    if (!a || (program == SCENE_NOBODY && host != a->host))
        return;
    free(a->said);
    a->said = strdup(said);
    if (!a->ended)
        a->ended = lab_clock();
}

/* -- attempts ---------------------------------------------------------------------------------- */

/* The letter for what became of it: cases.def. */
static char outcome_of(const attempt *a)
{
    if (a->connected)
        return strcmp(lab_text(a->connected, "transport"), "netbios") == 0 ? 'N' : 'T';
    switch (json_integer_value(json_object_get(a->refused, "retcode"))) {
    case NBT_NRC_DUPNAME:
        return 'D';
    case NBT_NRC_INUSE:
        return 'I';
    case NBT_NRC_NAMCONF:
        return 'C';
    }
    return strcmp(lab_text(a->error, "end"), rc_end_str(RC_END_LIMIT)) == 0 ? 'L' : '?';
}

static const char *over(char outcome)
{
    return outcome == 'N' ? "NetBIOS" : outcome == 'T' ? "TCP" : NULL;
}

static void put_client(json_t *to, const scene_program *p)
{
    json_object_set_new(to, "client", json_string(p->viewer.client));
    json_object_set_new(to, "protocols", json_string(rc_transports_str(p->viewer.protocols)));
}

static void put_attempt(casework *w, attempt *a, size_t number)
{
    char outcome = outcome_of(a);
    json_t *to = a->result = json_object();
    json_object_set_new(to, "viewer", json_integer((json_int_t)number));
    json_object_set_new(to, "host", json_string(w->s->host[a->host].name));
    if (a->program != SCENE_NOBODY)
        put_client(to, &w->s->program[a->program]);
    json_object_set_new(to, "ok", json_boolean(over(outcome) != NULL));
    json_object_set_new(to, "over", over(outcome) ? json_string(over(outcome)) : json_null());
    json_object_set_new(to, "outcome", json_stringn(&outcome, 1));
    if (a->refused && !over(outcome)) {
        const char *ncb = lab_text(a->refused, "ncb");
        json_object_set_new(to, "ncb", json_string(*ncb ? ncb : "ADD NAME"));
        json_object_set(to, "retcode", json_object_get(a->refused, "retcode"));
        json_object_set_new(to, "nrc", json_string(lab_text(a->refused, "nrc")));
    }
    if (!over(outcome))
        json_object_set_new(to, "said", json_string(a->said ? a->said : ""));
    json_array_append_new(json_object_get(w->result, "attempts"), to);
}

static void put_attempts(casework *w)
{
    for (size_t i = 0; i < w->n; i++)
        put_attempt(w, &w->attempt[i], i + 1);
    if (w->n == 0 && w->own.refused)
        put_attempt(w, &w->own, 0);
}

/* -- the proof --------------------------------------------------------------------------------- */

static void put_evidence(json_t *to, uint64_t frame, uint32_t by, unsigned rcode)
{
    char ip[HOST_IP_STR_MAX];
    json_object_set_new(to, "frame", json_integer((json_int_t)frame));
    json_object_set_new(to, "by", json_string(host_ip_str(by, ip)));
    json_object_set_new(to, "rcode", json_integer((json_int_t)rcode));
}

static void put_proven(casework *w, const lab_proof *p)
{
    char ip[HOST_IP_STR_MAX];
    json_t *proof = json_array();
    for (size_t i = 0; i < p->n; i++) {
        const lab_proven *x = &p->proven[i];
        json_t *one = json_object();
        put_evidence(one, x->frame, x->from.ip, x->rcode);
        json_object_set_new(one, "to", json_string(host_ip_str(x->to.ip, ip)));
        json_object_set_new(one, "what", json_string(x->what));
        json_array_append_new(proof, one);
    }
    json_object_set_new(w->result, "proof", proof);
}

static void expected_by(const casework *w, uint32_t i, char *text, size_t cap)
{
    scene_put o;
    scene_put_init(&o, text, cap);
    scene_put_expect(&o, w->s, &w->s->expect[i]);
}

/* What the scenario expects of messages, in the capture. */
static void judge_capture(casework *w, const lab_proof *p)
{
    char text[512];
    for (uint32_t i = 0; i < w->s->nexpects; i++) {
        if (!lab_proof_can(w->s, i) || lab_proof_held(p, w->s, i))
            continue;
        expected_by(w, i, text, sizeof text);
        w->told[i] = true;
        if (w->s->expect[i].never)
            deviate(w, "frame %llu is against \"%s\"", (unsigned long long)p->first[i], text);
        else
            deviate(w, "the capture has not what is expected: \"%s\" (%llu such frames)", text,
                    (unsigned long long)p->seen[i]);
    }
}

/* Refused here, no packet may name the name while it tried; refused by another, a frame did it. */
static void judge_refusal(casework *w, const attempt *a)
{
    char outcome = outcome_of(a);
    const lab_refusal *f = &a->refusal;
    long long number = json_integer_value(json_object_get(a->result, "viewer"));
    if (over(outcome))
        return;
    if (outcome == 'I') {
        if (f->frame)
            put_evidence(a->result, f->frame, f->by, f->rcode);
        else
            deviate(w, "the capture has no NEGATIVE NAME REGISTRATION RESPONSE for viewer %lld",
                    number);
        return;
    }
    json_object_set_new(a->result, "packets", json_integer((json_int_t)f->packets));
    if (f->packets > 0)
        deviate(
            w, "%llu packets about the name were on the wire while viewer %lld was refused locally",
            (unsigned long long)f->packets, number);
}

/* The name that it claims, and when. */
static lab_refusal refusal_of(const casework *w, const attempt *a)
{
    lab_refusal f = { .began = a->began, .ended = a->ended ? a->ended : INT64_MAX };
    nbt_name name;
    const char *own = lab_text(json_object_get(a->refused, "name"), "full");
    if (a->program != SCENE_NOBODY)
        (void)rc_name_make(f.name, scene_build_viewer(w->s, &w->s->program[a->program]).console,
                           RC_SUFFIX_CONSOLE);
    else if (nbt_name_parse(&name, own, strlen(own)))
        memcpy(f.name, name.b, NBT_NAME_LEN);
    return f;
}

static void prove(casework *w, const lab_played *played)
{
    lab_refusal refusal[ATTEMPTS_MAX];
    attempt *of[ATTEMPTS_MAX];
    lab_proof p;
    host_err err;
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++)
        of[n++] = &w->attempt[i];
    if (n == 0 && w->own.result)
        of[n++] = &w->own;
    for (size_t i = 0; i < n; i++)
        refusal[i] = refusal_of(w, of[i]);
    const char *capture = json_string_value(json_object_get(w->result, "capture"));
    if (lab_proof_read(&p, w->s, capture, played->frames, refusal, n, &err)) {
        json_object_set_new(w->result, "frames", json_integer((json_int_t)p.frames));
        if (p.unreadable > 0)
            deviate(w, "%llu datagrams of port 137 are no name service packets",
                    (unsigned long long)p.unreadable);
        put_proven(w, &p);
        judge_capture(w, &p);
        for (size_t i = 0; i < n; i++) {
            of[i]->refusal = refusal[i];
            judge_refusal(w, of[i]);
        }
    } else {
        deviate(w, "the capture could not be read back: %s", err.text);
    }
    lab_proof_free(&p);
}

/* -- the run ----------------------------------------------------------------------------------- */

/* What the scenario wants besides, and did not get. */
static void judge_play(casework *w, const lab_played *played)
{
    char text[512];
    scene_put o;
    if (played->missed) {
        scene_put_init(&o, text, sizeof text);
        scene_put_step(&o, w->s, &w->s->step[played->missed_step]);
        deviate(w, "this did not come: \"%s\"", text);
    }
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++)
        if (played->broken[i])
            deviate(w, "%s", scene_word(SCENE_SET_INVARIANT, i));
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++)
        if (played->fault[i])
            deviate(w, "%s", simbook_fault_text((simbook_fault)i));
    for (uint32_t i = 0; i < w->s->nexpects; i++) {
        if (played->expected[i] || w->told[i])
            continue;
        expected_by(w, i, text, sizeof text);
        deviate(w, "this was not so: \"%s\"", text);
    }
    if (!played->held && played->told.n > 0)
        json_object_set_new(w->result, "told", json_stringn(played->told.s, played->told.n));
}

static void play_it(casework *w, const lab_options *opt)
{
    lab_play_cfg cfg = { .scene = w->s,
                         .path = w->s->name,
                         .programs = opt->programs,
                         .capture = json_string_value(json_object_get(w->result, "capture")),
                         .seed = 1,
                         .folder = "/run",
                         .in_order = true,
                         .watch = { w, on_started, on_said, on_ended } };
    lab_played played;
    host_err err;
    if (lab_play(&cfg, &played, &err)) {
        put_attempts(w);
        prove(w, &played);
        judge_play(w, &played);
    } else {
        put_attempts(w);
        deviate(w, "it could not be carried out: %s", err.text);
    }
    free(played.expected);
    cap_buf_fini(&played.told);
}

static void compare(casework *w)
{
    const char *expect = w->c->expect[w->claim], *other = w->c->expect[1 - w->claim];
    char got[ATTEMPTS_MAX + 1] = "";
    size_t sessions = 0, i;
    json_t *a;
    json_array_foreach (json_object_get(w->result, "attempts"), i, a) {
        sessions += json_is_true(json_object_get(a, "ok"));
        got[i] = *lab_text(a, "outcome");
    }
    json_object_set_new(w->result, "obtained", json_integer((json_int_t)sessions));
    json_object_set_new(w->result, "expected", json_string(expect));
    if (strcmp(got, expect) != 0)
        deviate(w, "the attempts came out as %s, expected %s", got, expect);
    /* A case whose outcome is not the same under the other model says so. */
    if (strcmp(other, expect) != 0)
        json_object_set_new(
            w->result, "depends",
            json_sprintf("depends on how the name is claimed: %s gives %s, %s gives %s",
                         lab_claim_word(w->claim), expect, lab_claim_word(1 - w->claim), other));
    const json_t *deviations = json_object_get(w->result, "deviations");
    json_object_set_new(w->result, "agrees", json_boolean(json_array_size(deviations) == 0));
}

/* That of its first computer. */
static const char *profile_of(const scene *s)
{
    for (uint32_t i = 0; i < s->nhosts; i++)
        if (s->host[i].kind == SCENE_COMPUTER)
            return s->host[i].profile->name;
    return "";
}

static json_t *new_result(const casework *w, const lab_options *opt)
{
    json_t *result = json_object();
    json_object_set_new(result, "case", json_string(w->c->name));
    json_object_set_new(result, "claim", json_string(lab_claim_word(w->claim)));
    json_object_set_new(result, "profile", json_string(profile_of(w->s)));
    json_object_set_new(result, "asked", json_string(w->c->asked));
    json_object_set_new(result, "article", json_string(w->c->article));
    json_object_set_new(result, "capture",
                        json_sprintf("%s/%s%s.pcap", opt->out, w->c->name,
                                     w->claim == LAB_CLAIM_HELD ? "-held" : ""));
    json_object_set_new(result, "attempts", json_array());
    json_object_set_new(result, "deviations", json_array());
    json_object_set_new(result, "notes", json_array());
    return result;
}

static void forget(attempt *a)
{
    json_decref(a->connected);
    json_decref(a->refused);
    json_decref(a->error);
    free(a->said);
}

json_t *lab_case_run(const lab_case *c, lab_claim claim, const scene *s, const lab_options *opt)
{
    casework w = {
        .c = c, .claim = claim, .s = s, .told = calloc(s->nexpects + 1, sizeof *w.told)
    };
    int64_t began = lab_clock();
    w.result = new_result(&w, opt);
    if (w.told)
        play_it(&w, opt);
    else
        deviate(&w, "no memory");
    compare(&w);
    for (size_t i = 0; i < w.n; i++)
        forget(&w.attempt[i]);
    forget(&w.own);
    free(w.told);
    json_object_set_new(w.result, "seconds", json_real((double)(lab_clock() - began) / 1e6));
    return w.result;
}
