/*
 * Steps and faults: the lines `at`, `await` and `fault`.
 */
#include "tools/scene/parse_impl.h"
#include "tools/scene/put.h"

#include "nbt/text.h"

#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* -- control blocks ---------------------------------------------------------------------------- */

/* What a control block sends: a text, or octets. */
static bool read_sent(scene_rd *r, scene_step *step)
{
    nbt_word hex = { r->tok.p, r->tok.n };
    nbt_wr w;
    nbt_bytes octets;
    if (!nbt_word_eat(&hex, "data=")) {
        bool good = scene_rd_text(r, r->tok, &step->text);
        step->ncb.length = good ? (uint32_t)strlen(step->text) : 0;
        return good;
    }
    step->bytes = scene_room(r->s, hex.n + 1);
    if (!step->bytes) {
        r->failed = true;
        return false;
    }
    nbt_wr_init(&w, step->bytes, hex.n);
    if (!nbt_word_eat_octets(&hex, &w, &octets))
        return scene_rd_fail(r, r->tok, "these are no octets", "hex, such as data=ff534d42");
    step->ncb.length = step->nbytes = (uint32_t)octets.n;
    return true;
}

/* A program's verb with what belongs to it. */
static bool read_verb(scene_rd *r, scene_step *step)
{
    unsigned verb;
    if (!scene_rd_word(r, r->tok, SCENE_SET_VERB, &verb))
        return false;
    step->ncb.command = (uint8_t)verb;
    step->ncb.length = NBT_SEND_MAX;
    scene_rd_next(r);
    for (const char *arg = scene_verb_args(verb); *arg; arg++) {
        bool text = *arg == 't', other = *arg == 'r', any = other || *arg == 'a';
        if (!scene_rd_need(r, text  ? "a text in quotes, or data= and octets in hex"
                              : any ? "a name such as FRED<20>, or *"
                                    : "a name such as FRED<20>"))
            return false;
        if (text ? !read_sent(r, step)
                 : !scene_rd_name16(r, r->tok, any, other ? step->ncb.callname : step->ncb.name))
            return false;
        scene_rd_next(r);
    }
    step->what = SCENE_DO_NCB;
    return true;
}

static bool read_program_step(scene_rd *r, scene_step *step)
{
    if (scene_rd_take(r, "type")) {
        step->what = SCENE_DO_TYPE;
        if (!scene_rd_need(r, "a text in quotes") || !scene_rd_text(r, r->tok, &step->text))
            return false;
        scene_rd_next(r);
        return true;
    }
    if (scene_rd_take(r, "permit")) {
        step->what = SCENE_DO_PERMIT;
        step->yes = nbt_word_eq(scene_tok_word(r->tok), "yes");
        if (!step->yes && !nbt_word_eq(scene_tok_word(r->tok), "no"))
            return scene_rd_fail(r, r->tok, "it is neither yes nor no", "one of yes, no");
        scene_rd_next(r);
        return true;
    }
    if (scene_rd_take(r, "close")) {
        step->what = SCENE_DO_CLOSE;
        return true;
    }
    switch (r->s->program[step->program].kind) {
    case SCENE_AGENT:
        return scene_rd_fail(r, r->tok, "an agent cannot do this", "one of permit, close");
    case SCENE_VIEWER:
        return scene_rd_fail(r, r->tok, "a viewer cannot do this", "one of type, close");
    case SCENE_PROGRAM:
    case SCENE_ECHO:
    case SCENE_SINK:
    case SCENE_SERVICE:
        break;
    }
    return read_verb(r, step);
}

/* -- messages ---------------------------------------------------------------------------------- */

/* Puts a number of the same length in the place of the word that says whose id it has. */
static bool take_asked(char *line, size_t n)
{
    static const char word[] = "id=asked", number[] = "id=0x000";
    for (size_t at = 0; at + sizeof word - 1 <= n; at++) {
        size_t end = at + sizeof word - 1;
        if (at > 0 && line[at - 1] == ' ' && (end == n || line[end] == ' ') &&
            memcmp(line + at, word, end - at) == 0) {
            memcpy(line + at, number, end - at);
            return true;
        }
    }
    return false;
}

/* The octets of a line in text form, and the port that its service has. */
static bool read_message(scene_rd *r, scene_step *step)
{
    scene_tok line = scene_rd_rest(r);
    size_t cap = line.n + NBT_TEXT_ARENA_EXTRA;
    uint8_t *arena = scene_room(r->s, cap);
    uint8_t *bytes = scene_room(r->s, cap);
    char *text = scene_text(r->s, line.p, line.n);
    nbt_msg m;
    nbt_text_err err;
    nbt_wr w;
    if (!arena || !bytes || !text) {
        r->failed = true;
        return false;
    }
    step->asked = take_asked(text, line.n);
    if (!nbt_text_parse(&m, text, line.n, arena, cap, &err)) {
        size_t at = err.column > 0 && err.column <= line.n ? err.column - 1 : line.n;
        scene_tok where = scene_tok_from(line, at);
        where.n = nbt_word_next(where.p, where.p + where.n).n;
        return scene_rd_fail(r, where, err.why, err.expected);
    }
    nbt_wr_init(&w, bytes, cap);
    nbt_msg_wr(&w, &m);
    if (w.err)
        return scene_rd_fail(r, line, "this is longer than a message can be", "");
    if (step->asked && m.service != NBT_SERVICE_NAME)
        return scene_rd_fail(r, line, "only the name service has ids that are asked with",
                             "an id such as id=0x0001");
    step->text = scene_text(r->s, line.p, line.n);
    step->bytes = bytes;
    step->nbytes = (uint32_t)w.at;
    static const uint16_t ports[] = { [NBT_SERVICE_NAME] = NBT_PORT_NS,
                                      [NBT_SERVICE_DATAGRAM] = NBT_PORT_DGM,
                                      [NBT_SERVICE_SESSION] = NBT_PORT_SSN };
    if (step->from.port == 0)
        step->from.port = ports[m.service];
    if (step->to.port == 0)
        step->to.port = ports[m.service];
    r->failed = r->failed || !step->text;
    while (!scene_rd_end(r))
        scene_rd_next(r);
    return !r->failed;
}

/* HOST send TO[:PORT] MESSAGE */
static bool read_host_send(scene_rd *r, scene_step *step)
{
    if (!scene_rd_need(r, "an address such as 10.0.0.255, and a message") ||
        !scene_rd_ep(r, r->tok, &step->to))
        return false;
    scene_rd_next(r);
    step->from.ip = scene_sends_from(r->s, step->host, step->to.ip);
    return read_message(r, step);
}

static uint16_t host_at(const scene *s, uint32_t ip)
{
    for (uint32_t i = 0; i < s->nhosts; i++) {
        for (uint8_t a = 0; a < s->host[i].nadapters; a++) {
            if (s->host[i].adapter[a].ip == ip)
                return (uint16_t)i;
        }
    }
    return SCENE_NOBODY;
}

/* send, and a line as nbtdump prints it: who sends it stands in it. */
static bool read_dumped_send(scene_rd *r, scene_step *step)
{
    bool dumped;
    scene_tok first = r->tok;
    if (!scene_parse_dumped(r, &dumped, &step->from, &step->to))
        return false;
    if (!dumped)
        return scene_rd_fail(r, r->tok, "this is no line of nbtdump",
                             "one such as 1 0.000000 10.0.0.1:137 > 10.0.0.255:137 "
                             "query-request FRED<20> id=0x0001 b=1");
    step->host = host_at(r->s, step->from.ip);
    if (step->host == SCENE_NOBODY)
        return scene_rd_fail(r, first, "no host has the address that it was sent from",
                             "a line from one of the addresses of this scenario");
    return read_message(r, step);
}

/* -- what hosts do ----------------------------------------------------------------------------- */

static bool read_rr_name(scene_rd *r, scene_step *step)
{
    if (!scene_rd_need(r, "a name such as FRED<20>") || !scene_rd_name(r, r->tok, &step->name))
        return false;
    scene_rd_next(r);
    return true;
}

static bool read_static(scene_rd *r, scene_step *step)
{
    if (!read_rr_name(r, step) || !scene_rd_need(r, "an address such as 10.0.0.1") ||
        !scene_rd_ip(r, r->tok, &step->ip))
        return false;
    scene_rd_next(r);
    step->group = scene_rd_take(r, "group");
    return true;
}

static bool read_host_step(scene_rd *r, scene_step *step)
{
    unsigned what;
    if (!scene_rd_word(r, r->tok, SCENE_SET_HOST_DO, &what))
        return false;
    step->what = what;
    scene_rd_next(r);
    switch (what) {
    case SCENE_DO_SEND:
        return read_host_send(r, step);
    case SCENE_DO_CLOCK:
        if (!scene_rd_need(r, "how far it jumps, such as 10h") ||
            !scene_rd_time(r, r->tok, &step->jump))
            return false;
        scene_rd_next(r);
        return true;
    case SCENE_DO_STATIC:
        return read_static(r, step);
    case SCENE_DO_FORGET:
        return read_rr_name(r, step);
    }
    return true;
}

/* -- faults ------------------------------------------------------------------------------------ */

static bool set_by(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_time(r, t, &((scene_fault *)what)->more);
}

static bool set_times(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_number(r, t, 1, 100, &((scene_fault *)what)->times);
}

static bool corrupt(scene_rd *r, scene_fault *f, scene_field field, scene_tok t, uint32_t most)
{
    f->field = field;
    return scene_rd_number(r, t, 0, most, &f->value);
}

static bool set_rcode(scene_rd *r, void *what, scene_tok t)
{
    const nbt_code *c = nbt_code_parse(NBT_CODESET_RCODE, t.p, t.n);
    scene_fault *f = what;
    if (!c)
        return corrupt(r, f, SCENE_FIELD_RCODE, t, 15);
    f->field = SCENE_FIELD_RCODE;
    f->value = c->value;
    return true;
}

static bool set_trn_id(scene_rd *r, void *what, scene_tok t)
{
    return corrupt(r, what, SCENE_FIELD_TRN_ID, t, UINT16_MAX);
}

static bool set_ttl(scene_rd *r, void *what, scene_tok t)
{
    return corrupt(r, what, SCENE_FIELD_TTL, t, UINT32_MAX);
}

static bool set_rdlength(scene_rd *r, void *what, scene_tok t)
{
    return corrupt(r, what, SCENE_FIELD_RDLENGTH, t, UINT16_MAX);
}

static bool set_name(scene_rd *r, void *what, scene_tok t)
{
    scene_fault *f = what;
    f->field = SCENE_FIELD_NAME;
    return scene_rd_name(r, t, &f->to_name);
}

static bool set_first(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_number(r, t, 1, 1000000, &((scene_fault *)what)->first);
}

static bool set_nth(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_number(r, t, 1, 1000000, &((scene_fault *)what)->nth);
}

static bool set_every(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_number(r, t, 1, 1000000, &((scene_fault *)what)->every);
}

static bool set_on(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_time(r, t, &((scene_fault *)what)->on);
}

static bool set_off(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_time(r, t, &((scene_fault *)what)->off);
}

#define WHICH_KEYS                                                                                 \
    { "first=", set_first }, { "nth=", set_nth }, { "every=", set_every }, { "on=", set_on },      \
    {                                                                                              \
        "off=", set_off                                                                            \
    }

/* What the harms that need something need, each first of its keys. */
static bool read_harm_keys(scene_rd *r, scene_fault *f)
{
    static const scene_key which[] = { WHICH_KEYS };
    static const scene_key delay[] = { { "by=", set_by }, WHICH_KEYS };
    static const scene_key duplicate[] = { { "times=", set_times },
                                           { "later=", set_by },
                                           WHICH_KEYS };
    static const scene_key damage[] = { { "rcode=", set_rcode }, { "trn_id=", set_trn_id },
                                        { "ttl=", set_ttl },     { "rdlength=", set_rdlength },
                                        { "name=", set_name },   WHICH_KEYS };
    scene_tok first = r->tok;
    switch (f->harm) {
    case SCENE_HARM_DELAY:
        if (!nbt_word_eat(&(nbt_word){ first.p, first.n }, "by="))
            return scene_rd_fail(r, first, "here stands how long", "by=, such as by=2s");
        return scene_rd_some_keys(r, delay, LENGTH_OF(delay), f);
    case SCENE_HARM_DUPLICATE:
        f->times = 1;
        return scene_rd_some_keys(r, duplicate, LENGTH_OF(duplicate), f);
    case SCENE_HARM_CORRUPT:
        for (size_t i = 0; i < LENGTH_OF(damage) - 5; i++) {
            if (nbt_word_eat(&(nbt_word){ first.p, first.n }, damage[i].word))
                return scene_rd_some_keys(r, damage, LENGTH_OF(damage), f);
        }
        return scene_rd_fail(r, first, "here stands what becomes of which field",
                             "one of rcode=, trn_id=, ttl=, rdlength=, name=");
    case SCENE_HARM_DROP:
    case SCENE_HARM_REORDER:
        break;
    }
    return scene_rd_some_keys(r, which, LENGTH_OF(which), f);
}

static bool read_fault(scene_rd *r, bool stepped, uint32_t *entry)
{
    unsigned harm;
    if (!scene_entry_here(r, SCENE_REF_FAULT, entry))
        return false;
    scene_fault *f = &r->s->fault[*entry];
    f->stepped = stepped;
    if (f->name[0])
        scene_rd_next(r);
    if (!scene_rd_word(r, r->tok, SCENE_SET_HARM, &harm))
        return false;
    f->harm = harm;
    scene_rd_next(r);
    return read_harm_keys(r, f) && scene_parse_pattern(r, &f->msg) && scene_rd_done(r);
}

bool scene_parse_fault(scene_rd *r)
{
    uint32_t entry;
    return read_fault(r, false, &entry);
}

/* -- steps that begin with a verb -------------------------------------------------------------- */

static bool read_hosts(scene_rd *r, scene_step *step)
{
    uint32_t n = 0;
    for (scene_rd ahead = *r; !scene_rd_end(&ahead); scene_rd_next(&ahead))
        n++;
    if (n == 0)
        return scene_rd_fail(r, r->tok, "the line ends too early",
                             "hosts that are cut off from the others");
    step->hosts = scene_room(r->s, n * sizeof *step->hosts);
    if (!step->hosts) {
        r->failed = true;
        return false;
    }
    for (; step->nhosts < n; scene_rd_next(r)) {
        if (!scene_rd_ref(r, r->tok, SCENE_REF_HOST, &step->hosts[step->nhosts]))
            return false;
        step->nhosts++;
    }
    return true;
}

static bool read_await(scene_rd *r, scene_step *step)
{
    if (!scene_rd_need(r, "how long to wait at most, such as 30s") ||
        !scene_rd_time(r, r->tok, &step->limit))
        return false;
    scene_rd_next(r);
    return scene_parse_sight(r, &step->sight) && scene_rd_done(r);
}

/* The thing that a verb is about, and its number in the step. */
static bool read_object(scene_rd *r, scene_ref ref, uint16_t *entry)
{
    if (!scene_rd_ref(r, r->tok, ref, entry))
        return false;
    scene_rd_next(r);
    return true;
}

static bool read_verb_step(scene_rd *r, scene_step *step)
{
    uint32_t fault;
    switch (step->what) {
    case SCENE_DO_AWAIT:
        return read_await(r, step);
    case SCENE_DO_START:
    case SCENE_DO_STOP:
    case SCENE_DO_CRASH:
        return read_object(r, SCENE_REF_HOST, &step->host);
    case SCENE_DO_RUN:
    case SCENE_DO_KILL:
    case SCENE_DO_CLOSE:
        return read_object(r, SCENE_REF_PROGRAM, &step->program);
    case SCENE_DO_SEND:
        return read_dumped_send(r, step);
    case SCENE_DO_LINK:
        if (!read_object(r, SCENE_REF_NETWORK, &step->network))
            return false;
        step->link = r->s->network[step->network].link;
        return scene_parse_link(r, &step->link);
    case SCENE_DO_PARTITION:
        return read_object(r, SCENE_REF_NETWORK, &step->network) && read_hosts(r, step);
    case SCENE_DO_HEAL:
        return read_object(r, SCENE_REF_NETWORK, &step->network);
    case SCENE_DO_FAULT:
        if (!read_fault(r, true, &fault))
            return false;
        step->fault = (uint16_t)fault;
        return true;
    case SCENE_DO_MEND:
        return read_object(r, SCENE_REF_FAULT, &step->fault);
    case SCENE_DO_TYPE:
    case SCENE_DO_PERMIT:
    case SCENE_DO_NCB:
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
    case SCENE_DO_CLOCK:
        break;
    }
    return false;
}

/* -- when -------------------------------------------------------------------------------------- */

static bool set_slack(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_time(r, t, &((scene_step *)what)->slack);
}

static const scene_key at_keys[] = { { "slack=", set_slack } };

void scene_skip_at(scene_rd *r)
{
    scene_rd_next(r);
    if (nbt_word_eat(&(nbt_word){ r->tok.p, r->tok.n }, "slack="))
        scene_rd_next(r);
}

static bool unknown_step(scene_rd *r)
{
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    scene_put_str(&o, "the name of a host or program, or one of ");
    scene_put_str(&o, scene_word_all(SCENE_SET_DO));
    return scene_rd_fail(r, r->tok, "here stands who does what", expected);
}

static bool read_step(scene_rd *r, scene_step *step)
{
    unsigned what;
    step->pos = (scene_pos){ r->line, r->tok.column };
    if (scene_word_find(SCENE_SET_DO, r->tok.p, r->tok.n, &what)) {
        step->what = what;
        scene_rd_next(r);
        return read_verb_step(r, step) && scene_rd_done(r);
    }
    if (scene_rd_find(r, SCENE_REF_PROGRAM, r->tok.p, r->tok.n, &step->program)) {
        scene_rd_next(r);
        return read_program_step(r, step) && scene_rd_done(r);
    }
    if (scene_rd_find(r, SCENE_REF_HOST, r->tok.p, r->tok.n, &step->host)) {
        scene_rd_next(r);
        return read_host_step(r, step) && scene_rd_done(r);
    }
    return unknown_step(r);
}

static scene_step *new_step(scene_rd *r)
{
    scene_step *step = scene_add_step(r->s);
    r->failed = r->failed || !step;
    return step;
}

bool scene_parse_at(scene_rd *r)
{
    scene_step *step = new_step(r);
    if (!step || !scene_rd_need(r, "a time such as 2s, or +1s for so long after the step before"))
        return false;
    step->relative = r->tok.p[0] == '+';
    if (!scene_rd_time(r, step->relative ? scene_tok_from(r->tok, 1) : r->tok, &step->at))
        return false;
    scene_rd_next(r);
    return scene_rd_some_keys(r, at_keys, LENGTH_OF(at_keys), step) && read_step(r, step);
}

bool scene_parse_await(scene_rd *r)
{
    scene_step *step = new_step(r);
    if (!step)
        return false;
    step->relative = true;
    step->pos = (scene_pos){ r->line, r->tok.column };
    return read_await(r, step);
}
