/*
 * What can be seen, and what is expected of it: message patterns, sights, the lines `expect` and
 * `never`.
 */
#include "tools/scene/parse_impl.h"
#include "rc/text.h"
#include "tools/scene/put.h"

#include "nbt/text.h"

#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool starts(scene_tok t, const char *with)
{
    nbt_word w = scene_tok_word(t);
    return nbt_word_eat(&w, with);
}

/* Whether what an expectation says of time and share begins here; no message has such a word. */
static bool at_tail(const scene_rd *r)
{
    nbt_word w = scene_tok_word(r->tok);
    return scene_rd_end(r) || nbt_word_eq(w, "within") || nbt_word_eq(w, "between") ||
           nbt_word_eq(w, "since") || starts(r->tok, "share=") || starts(r->tok, "because=");
}

/* -- message patterns -------------------------------------------------------------------------- */

static bool is_number(scene_tok t, bool point)
{
    for (size_t i = 0; i < t.n; i++) {
        if (!(t.p[i] >= '0' && t.p[i] <= '9') && !(point && t.p[i] == '.' && i > 0))
            return false;
    }
    return t.n > 0;
}

bool scene_parse_dumped(scene_rd *r, bool *there, nbt_ep *from, nbt_ep *to)
{
    scene_rd ahead = *r;
    *there = false;
    if (is_number(ahead.tok, false))
        scene_rd_next(&ahead);
    if (is_number(ahead.tok, true))
        scene_rd_next(&ahead);
    scene_tok first = ahead.tok;
    scene_rd_next(&ahead);
    if (!nbt_word_eq(scene_tok_word(ahead.tok), ">"))
        return first.p == r->tok.p || !is_number(r->tok, true) ||
               scene_rd_fail(r, first, "nbtdump's lines have FROM > TO behind the time",
                             "an address such as 10.0.0.1:137, and >");
    *r = ahead;
    scene_rd_next(r);
    *there = true;
    *from = *to = (nbt_ep){ 0, 0 };
    if (!scene_rd_ep(r, first, from) || !scene_rd_ep(r, r->tok, to))
        return false;
    scene_rd_next(r);
    return true;
}

/* Whether an address is that of everybody on a network. */
static bool is_everybody(const scene *s, uint32_t ip)
{
    for (uint32_t i = 0; i < s->nnetworks; i++) {
        if (ip == (s->network[i].subnet | ~s->network[i].mask))
            return true;
    }
    return ip == UINT32_MAX;
}

static bool set_from(scene_rd *r, void *what, scene_tok t)
{
    scene_pattern *p = what;
    if (is_number(t, true))
        return scene_rd_ip(r, t, &p->from_ip);
    return scene_rd_ref(r, t, SCENE_REF_HOST, &p->from);
}

static bool set_to(scene_rd *r, void *what, scene_tok t)
{
    scene_pattern *p = what;
    if (nbt_word_eq(scene_tok_word(t), "broadcast"))
        p->to = SCENE_EVERYBODY;
    else if (!is_number(t, true))
        return scene_rd_ref(r, t, SCENE_REF_HOST, &p->to);
    else if (!scene_rd_ip(r, t, &p->to_ip))
        return false;
    return true;
}

static bool read_ends(scene_rd *r, scene_pattern *p)
{
    static const scene_key keys[] = { { "from=", set_from }, { "to=", set_to } };
    bool dumped;
    nbt_ep from, to;
    if (!scene_parse_dumped(r, &dumped, &from, &to))
        return false;
    if (!dumped)
        return scene_rd_some_keys(r, keys, LENGTH_OF(keys), p);
    p->from_ip = from.ip;
    if (is_everybody(r->s, to.ip))
        p->to = SCENE_EVERYBODY;
    else
        p->to_ip = to.ip;
    return true;
}

/* Of remote control it is said in the words of rc/text.h, of all else in those of nbt/text.h; * may
 * be either. */
static bool may_say(const char *kind, size_t kind_len, scene_tok word, nbt_text_err *err)
{
    bool any = kind_len == 1 && kind[0] == '*';
    bool rc = starts((scene_tok){ kind, kind_len, 0 }, "rc-") ||
              starts((scene_tok){ kind, kind_len, 0 }, "malformed-rc-");
    if (rc)
        return rc_text_may_say(kind, kind_len, word.p, word.n, err);
    nbt_text_err other;
    return nbt_text_may_say(kind, kind_len, word.p, word.n, err) ||
           (any && rc_text_may_say(kind, kind_len, word.p, word.n, &other));
}

/* Keeps a word of a pattern if lines of its kind can have it. */
static bool keep_word(scene_rd *r, const char *kind, scene_tok t, const char **word)
{
    nbt_text_err err;
    if (!may_say(kind, strlen(kind), t, &err))
        return scene_rd_fail(r, t, err.why, err.expected);
    *word = scene_text(r->s, t.p, t.n);
    r->failed = r->failed || !*word;
    return *word;
}

static bool read_kind(scene_rd *r, scene_pattern *p)
{
    nbt_text_err err;
    if (scene_rd_end(r) || at_tail(r))
        return scene_rd_fail(r, r->tok, "here stands what kind of message it is",
                             "a kind of message, or *");
    if (!may_say(r->tok.p, r->tok.n, (scene_tok){ NULL, 0, 0 }, &err))
        return scene_rd_fail(r, r->tok, err.why, err.expected);
    p->kind = scene_text(r->s, r->tok.p, r->tok.n);
    r->failed = r->failed || !p->kind;
    scene_rd_next(r);
    return p->kind;
}

static bool read_about(scene_rd *r, scene_pattern *p)
{
    nbt_name name;
    scene_tok t = r->tok;
    bool any = nbt_word_eq(scene_tok_word(t), "*") || nbt_word_eq(scene_tok_word(t), "-");
    if (at_tail(r) || starts((scene_tok){ p->kind, strlen(p->kind), 0 }, "malformed-"))
        return true;
    if (!any && !nbt_name_parse(&name, t.p, t.n))
        return scene_rd_fail(r, t, "here stands whom the message is about",
                             "a name such as FRED<20>, or * for any");
    p->name = scene_text(r->s, t.p, t.n);
    r->failed = r->failed || !p->name;
    scene_rd_next(r);
    return p->name;
}

bool scene_parse_pattern(scene_rd *r, scene_pattern *p)
{
    scene_pattern_init(p);
    if (!read_ends(r, p) || !read_kind(r, p) || !read_about(r, p))
        return false;
    uint32_t n = 0;
    for (scene_rd ahead = *r; !at_tail(&ahead); scene_rd_next(&ahead))
        n++;
    p->word = n > 0 ? scene_room(r->s, n * sizeof *p->word) : NULL;
    if (n > 0 && !p->word) {
        r->failed = true;
        return false;
    }
    for (; p->nwords < n; scene_rd_next(r)) {
        if (!keep_word(r, p->kind, r->tok, &p->word[p->nwords]))
            return false;
        p->nwords++;
    }
    return true;
}

/* -- other sights ------------------------------------------------------------------------------ */

/* A return code; false if the next word is none, without a report. */
static bool take_nrc(scene_rd *r, int16_t *retcode)
{
    const nbt_code *c = nbt_code_parse(NBT_CODESET_NRC, r->tok.p, r->tok.n);
    if (!c)
        return false;
    *retcode = (int16_t)c->value;
    scene_rd_next(r);
    return true;
}

static bool read_name(scene_rd *r, scene_sight *sight)
{
    if (!scene_rd_name(r, r->tok, &sight->name))
        return false;
    sight->named = true;
    scene_rd_next(r);
    return true;
}

static bool read_done(scene_rd *r, scene_sight *sight)
{
    unsigned verb;
    if (!scene_rd_ref(r, r->tok, SCENE_REF_PROGRAM, &sight->program))
        return false;
    scene_rd_next(r);
    if (at_tail(r) || take_nrc(r, &sight->retcode))
        return true;
    if (!scene_rd_word(r, r->tok, SCENE_SET_VERB, &verb))
        return false;
    sight->verb = (uint8_t)verb;
    scene_rd_next(r);
    if (at_tail(r) || take_nrc(r, &sight->retcode))
        return true;
    if (starts(r->tok, "NRC_"))
        return scene_rd_fail(r, r->tok, "there is no such return code",
                             "one such as NRC_GOODRET, NRC_INUSE, NRC_DUPNAME");
    if (!read_name(r, sight) || at_tail(r) || take_nrc(r, &sight->retcode))
        return !r->failed && sight->named;
    return scene_rd_fail(r, r->tok, "there is no such return code",
                         "one such as NRC_GOODRET, NRC_INUSE, NRC_DUPNAME");
}

static bool read_log(scene_rd *r, scene_sight *sight)
{
    uint32_t code;
    if (!scene_rd_ref(r, r->tok, SCENE_REF_PROGRAM, &sight->program))
        return false;
    scene_rd_next(r);
    sight->count = -1;
    if (at_tail(r))
        return true;
    if (!scene_rd_number(r, r->tok, RC_LOG_REBOOT, RC_LOG_NOT_PERMITTED, &code))
        return false;
    sight->count = (int32_t)code;
    scene_rd_next(r);
    return true;
}

static bool set_on(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_ref(r, t, SCENE_REF_HOST, &((scene_sight *)what)->host);
}

static bool set_count(scene_rd *r, void *what, scene_tok t)
{
    uint32_t n;
    if (!scene_rd_number(r, t, 0, 1000000, &n))
        return false;
    ((scene_sight *)what)->count = (int32_t)n;
    return true;
}

static bool set_owner(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_ip(r, t, &((scene_sight *)what)->owner);
}

static const scene_key on_key[] = { { "on=", set_on } };
static const scene_key count_key[] = { { "count=", set_count } };
static const scene_key owner_key[] = { { "owner=", set_owner } };

/* One key that may not be missing. */
static bool read_key(scene_rd *r, const scene_key *key, scene_sight *sight)
{
    if (!starts(r->tok, key->word)) {
        scene_tok none = { r->tok.p, at_tail(r) ? 0 : r->tok.n, r->tok.column };
        return scene_rd_fail(r, none, none.n ? "this cannot stand here" : "something is missing",
                             key->word);
    }
    return scene_rd_some_keys(r, key, 1, sight);
}

static bool read_name_state(scene_rd *r, scene_sight *sight)
{
    unsigned state;
    if (!read_name(r, sight) || !read_key(r, on_key, sight) ||
        !scene_rd_word(r, r->tok, SCENE_SET_NAME_STATE, &state))
        return false;
    sight->state = state;
    scene_rd_next(r);
    return true;
}

static bool read_record(scene_rd *r, scene_sight *sight)
{
    unsigned state;
    if (!read_name(r, sight) || !read_key(r, on_key, sight))
        return false;
    if (!at_tail(r) && !starts(r->tok, "owner=")) {
        if (!scene_rd_word(r, r->tok, SCENE_SET_RECORD, &state))
            return false;
        sight->record = (int8_t)state;
        scene_rd_next(r);
    }
    return scene_rd_some_keys(r, owner_key, 1, sight);
}

static bool set_via(scene_rd *r, void *what, scene_tok t)
{
    unsigned set = rc_transports_parse(t.p, t.n);
    for (rc_transport via = RC_NETBIOS; via <= RC_UDP; via++) {
        if (set == 1u << via) {
            ((scene_sight *)what)->via = (int8_t)via;
            return true;
        }
    }
    return scene_rd_fail(r, t, "it is no transport", "one of netbios, tcp, udp");
}

static const rc_end ends[] = {
#define X(sym, word, reason) RC_END_##sym,
    RC_ENDS(X)
#undef X
};

#define X(sym, word, reason) ", " word
static const char all_ends[] = RC_ENDS(X);
#undef X

static bool read_end(scene_rd *r, scene_sight *sight)
{
    char expected[SCENE_COULD_MAX];
    scene_put o;
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        if (scene_rd_take(r, rc_end_str(ends[i]))) {
            sight->end = (int8_t)ends[i];
            return true;
        }
    }
    scene_put_init(&o, expected, sizeof expected);
    scene_put_str(&o, "one of ");
    scene_put_str(&o, all_ends + 2);
    return scene_rd_fail(r, r->tok, "no program ends so", expected);
}

static bool take_text(scene_rd *r, char **text)
{
    if (!scene_rd_need(r, "a text in quotes") || !scene_rd_text(r, r->tok, text))
        return false;
    if (!**text)
        return scene_rd_fail(r, r->tok, "every screen shows that", "a text that is not empty");
    scene_rd_next(r);
    return true;
}

/* V1 connected via=netbios. */
static bool read_phase(scene_rd *r, scene_sight *sight)
{
    static const scene_key via_key[] = { { "via=", set_via } };
    unsigned phase;
    if (!scene_rd_word(r, r->tok, SCENE_SET_PHASE, &phase))
        return false;
    sight->phase = phase;
    scene_rd_next(r);
    if (sight->phase == SCENE_PHASE_SHOWS)
        return take_text(r, &sight->text);
    if (at_tail(r))
        return true;
    switch (sight->phase) {
    case SCENE_PHASE_CONNECTED:
        return read_key(r, via_key, sight);
    case SCENE_PHASE_REFUSED:
        return take_nrc(r, &sight->retcode) ||
               scene_rd_fail(r, r->tok, "there is no such return code",
                             "one such as NRC_INUSE, NRC_DUPNAME");
    case SCENE_PHASE_ENDED:
        return read_end(r, sight);
    case SCENE_PHASE_READY:
    case SCENE_PHASE_SHOWS:
    case SCENE_PHASE_DEAF:
        break;
    }
    return true;
}

static bool no_sight(scene_rd *r)
{
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    scene_put_str(&o, "one of ");
    scene_put_str(&o, scene_word_all(SCENE_SET_SEE));
    for (uint32_t i = 0; i < r->s->nprograms; i++) {
        if (r->s->program[i].kind == SCENE_AGENT || r->s->program[i].kind == SCENE_VIEWER) {
            scene_put_str(&o, ", ");
            scene_put_str(&o, r->s->program[i].name);
        }
    }
    return scene_rd_fail(r, r->tok, "here stands what is to be seen", expected);
}

bool scene_parse_sight(scene_rd *r, scene_sight *sight)
{
    unsigned see;
    uint16_t program;
    scene_sight_init(sight, SCENE_SEE_PROGRAM);
    if (scene_rd_find(r, SCENE_REF_PROGRAM, r->tok.p, r->tok.n, &program)) {
        sight->program = program;
        scene_rd_next(r);
        return read_phase(r, sight);
    }
    if (!scene_word_find(SCENE_SET_SEE, r->tok.p, r->tok.n, &see))
        return no_sight(r);
    sight->see = see;
    scene_rd_next(r);
    switch (sight->see) {
    case SCENE_SEE_MESSAGE:
        return scene_parse_pattern(r, &sight->msg);
    case SCENE_SEE_DONE:
        return read_done(r, sight);
    case SCENE_SEE_LOG:
        return read_log(r, sight);
    case SCENE_SEE_NAME:
        return read_name_state(r, sight);
    case SCENE_SEE_OWNERS:
        return read_name(r, sight) && read_key(r, count_key, sight);
    case SCENE_SEE_RECORD:
        return read_record(r, sight);
    case SCENE_SEE_SESSIONS:
        return read_key(r, on_key, sight) && read_key(r, count_key, sight);
    case SCENE_SEE_READY:
        if (!scene_rd_ref(r, r->tok, SCENE_REF_HOST, &sight->host))
            return false;
        scene_rd_next(r);
        return true;
    case SCENE_SEE_PROGRAM:
        break;
    }
    return false;
}

/* -- expectations ------------------------------------------------------------------------------ */

static bool set_expect_count(scene_rd *r, void *what, scene_tok t)
{
    scene_expect *e = what;
    uint32_t n;
    if (!scene_rd_number(r, t, 0, 1000000, &n))
        return false;
    e->never = n == 0;
    e->count = n > 0 ? (int32_t)n : -1;
    return true;
}

static bool set_after(scene_rd *r, void *what, scene_tok list)
{
    scene_expect *e = what;
    scene_tok item;
    while (scene_tok_item(&list, &item)) {
        if (e->nafter == SCENE_AFTER_MAX)
            return scene_rd_fail(r, item, "there are too many", "8 at most");
        if (!scene_rd_ref(r, item, SCENE_REF_EXPECT, &e->after[e->nafter]))
            return false;
        e->nafter++;
    }
    return true;
}

static bool set_finally(scene_rd *r, void *what, scene_tok t)
{
    (void)r;
    (void)t;
    ((scene_expect *)what)->finally = true;
    return true;
}

/* Behind a step, a window's times count from its end if they have a plus. */
static bool read_moment(scene_rd *r, scene_expect *e, bool first, nbt_time *t)
{
    if (!scene_rd_need(r, "a time, such as 2s, or +2s behind the step above"))
        return false;
    bool plus = r->tok.p[0] == '+';
    bool since = plus && r->s->nsteps > 0;
    if (!first && since != e->since_step)
        return scene_rd_fail(r, r->tok, "both times have a plus, or none has", "");
    e->since_step = since;
    if (!scene_rd_time(r, plus ? scene_tok_from(r->tok, 1) : r->tok, t))
        return false;
    scene_rd_next(r);
    return true;
}

static bool read_window(scene_rd *r, scene_expect *e)
{
    if (scene_rd_take(r, "within")) {
        e->since_step = r->s->nsteps > 0;
        if (!scene_rd_need(r, "a time such as 1s") || !scene_rd_time(r, r->tok, &e->until))
            return false;
        scene_rd_next(r);
    } else if (scene_rd_take(r, "between")) {
        if (!read_moment(r, e, true, &e->from) || !read_moment(r, e, false, &e->until))
            return false;
    } else if (scene_rd_take(r, "since")) {
        if (!read_moment(r, e, true, &e->from))
            return false;
    }
    e->step = e->since_step ? r->s->nsteps - 1 : 0;
    return true;
}

static bool set_share(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_share(r, t, &((scene_expect *)what)->share);
}

static bool set_because(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_text(r, t, &((scene_expect *)what)->because);
}

static bool read_expect(scene_rd *r, const scene_key *keys, size_t n, bool never)
{
    static const scene_key tail[] = { { "share=", set_share }, { "because=", set_because } };
    uint32_t i;
    if (!scene_entry_here(r, SCENE_REF_EXPECT, &i))
        return false;
    scene_expect *e = &r->s->expect[i];
    e->never = never;
    if (e->label[0])
        scene_rd_next(r);
    e->pos = (scene_pos){ r->line, r->tok.column };
    return scene_rd_some_keys(r, keys, n, e) && scene_parse_sight(r, &e->sight) &&
           read_window(r, e) && scene_rd_keys(r, tail, LENGTH_OF(tail), e, NULL);
}

bool scene_parse_expect(scene_rd *r)
{
    static const scene_key keys[] = {
        { "count=", set_expect_count },
        { "after=", set_after },
        { "finally", set_finally },
    };
    return read_expect(r, keys, LENGTH_OF(keys), false);
}

bool scene_parse_never(scene_rd *r)
{
    static const scene_key keys[] = { { "after=", set_after } };
    return read_expect(r, keys, LENGTH_OF(keys), true);
}
