/*
 * A scenario's text, line by line: which statement it is. The lines are gone through four times,
 * for the names of all things first, then for networks, hosts, and the rest, so that a line may
 * name what stands below it.
 */
#include "tools/scene/parse.h"
#include "tools/scene/parse_impl.h"
#include "tools/scene/put.h"

#include <string.h>

typedef enum pass { PASS_NAMES, PASS_NETWORKS, PASS_HOSTS, PASS_REST, PASSES } pass;

enum { ENTRIES_MAX = 65000, NO_REF = SCENE_REFS };

/* -- statements about the scenario itself ------------------------------------------------------ */

static bool parse_scenario(scene_rd *r)
{
    char name[SCENE_WORD_MAX];
    if (r->s->name)
        return scene_rd_fail(r, r->tok, "the scenario has its name already", "one such line");
    if (!scene_rd_label(r, r->tok, name) || !scene_rd_text(r, r->tok, &r->s->name))
        return false;
    scene_rd_next(r);
    if (!scene_rd_need(r, "a title in quotes") || !scene_rd_text(r, r->tok, &r->s->title))
        return false;
    scene_rd_next(r);
    return scene_rd_done(r);
}

static bool parse_text_of(scene_rd *r, char ***list, uint32_t *n)
{
    enum { TEXTS_MAX = 64 };
    char *text;
    if (!scene_rd_need(r, "a text in quotes") || !scene_rd_text(r, r->tok, &text))
        return false;
    if (!*list)
        *list = scene_room(r->s, TEXTS_MAX * sizeof **list);
    if (*n == TEXTS_MAX)
        return scene_rd_fail(r, r->tok, "there are too many of these", "64 at most");
    if (!*list) {
        r->failed = true;
        return false;
    }
    (*list)[(*n)++] = text;
    scene_rd_next(r);
    return scene_rd_done(r);
}

static bool parse_source(scene_rd *r)
{
    return parse_text_of(r, &r->s->source, &r->s->nsources);
}

static bool parse_about(scene_rd *r)
{
    return parse_text_of(r, &r->s->about, &r->s->nabouts);
}

static bool parse_only(scene_rd *r)
{
    unsigned only;
    if (!scene_rd_word(r, r->tok, SCENE_SET_ONLY, &only))
        return false;
    r->s->only = only;
    scene_rd_next(r);
    if (scene_rd_end(r))
        return true;
    if (!scene_rd_text(r, r->tok, &r->s->only_why))
        return false;
    scene_rd_next(r);
    return scene_rd_done(r);
}

static bool set_because(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_text(r, t, what);
}

static bool parse_allowed(scene_rd *r, const scene_key *key)
{
    scene_allowed *a = &r->s->allowed[r->s->nallowed];
    if (r->s->nallowed == SCENE_ALLOWED_MAX)
        return scene_rd_fail(r, r->tok, "too many networks are allowed", "8, or a larger one");
    if (!scene_rd_subnet(r, r->tok, &a->ip, &a->mask))
        return false;
    scene_rd_next(r);
    if (!scene_rd_keys(r, key, 1, &a->because, "because="))
        return false;
    r->s->nallowed++;
    return true;
}

/* No invariant's name begins with a digit, and every network does. */
static bool parse_allow(scene_rd *r)
{
    static const scene_key keys[] = { { "because=", set_because } };
    unsigned what;
    if (!scene_rd_end(r) && r->tok.p[0] >= '0' && r->tok.p[0] <= '9')
        return parse_allowed(r, keys);
    if (!scene_rd_word(r, r->tok, SCENE_SET_INVARIANT, &what))
        return false;
    scene_rd_next(r);
    return scene_rd_keys(r, keys, 1, &r->s->allow[what], "because=");
}

static bool parse_end(scene_rd *r)
{
    static const char expected[] = "a time, such as 60s, or +10s for so long after the last step";
    if (!scene_rd_need(r, expected))
        return false;
    scene_tok t = r->tok;
    r->s->end_relative = t.p[0] == '+';
    if (!scene_rd_time(r, r->s->end_relative ? scene_tok_from(t, 1) : t, &r->s->end))
        return false;
    scene_rd_next(r);
    return scene_rd_done(r);
}

/* -- the table --------------------------------------------------------------------------------- */

static const struct statement {
    const char *word;
    pass pass;
    int ref; /* of what it names, or NO_REF */
    bool (*read)(scene_rd *r);
    bool rows; /* with count= it makes many */
} statements[] = {
    { "scenario", PASS_REST, NO_REF, parse_scenario, false },
    { "source", PASS_REST, NO_REF, parse_source, false },
    { "about", PASS_REST, NO_REF, parse_about, false },
    { "only", PASS_REST, NO_REF, parse_only, false },
    { "allow", PASS_REST, NO_REF, parse_allow, false },
    { "network", PASS_NETWORKS, SCENE_REF_NETWORK, scene_parse_network, false },
    { "computer", PASS_HOSTS, SCENE_REF_HOST, scene_parse_computer, true },
    { "server", PASS_HOSTS, SCENE_REF_HOST, scene_parse_server, false },
    { "host", PASS_HOSTS, SCENE_REF_HOST, scene_parse_host, false },
    { "lmhosts", PASS_REST, NO_REF, scene_parse_lmhosts, false },
    { "program", PASS_REST, SCENE_REF_PROGRAM, scene_parse_program, true },
    { "echo", PASS_REST, SCENE_REF_PROGRAM, scene_parse_echo, true },
    { "sink", PASS_REST, SCENE_REF_PROGRAM, scene_parse_sink, true },
    { "service", PASS_REST, SCENE_REF_PROGRAM, scene_parse_service, true },
    { "agent", PASS_REST, SCENE_REF_PROGRAM, scene_parse_agent, true },
    { "viewer", PASS_REST, SCENE_REF_PROGRAM, scene_parse_viewer, true },
    { "at", PASS_REST, SCENE_REF_FAULT, scene_parse_at, false },
    { "await", PASS_REST, NO_REF, scene_parse_await, false },
    { "fault", PASS_REST, SCENE_REF_FAULT, scene_parse_fault, false },
    { "expect", PASS_REST, SCENE_REF_EXPECT, scene_parse_expect, false },
    { "never", PASS_REST, SCENE_REF_EXPECT, scene_parse_never, false },
    { "end", PASS_REST, NO_REF, parse_end, false },
};

enum { STATEMENTS = sizeof statements / sizeof statements[0] };

static const struct statement *find_statement(scene_tok t)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (nbt_word_eq(scene_tok_word(t), statements[i].word))
            return &statements[i];
    }
    return NULL;
}

static bool unknown_statement(scene_rd *r)
{
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    scene_put_str(&o, "one of ");
    for (size_t i = 0; i < STATEMENTS; i++) {
        scene_put_str(&o, i ? ", " : "");
        scene_put_str(&o, statements[i].word);
    }
    return scene_rd_fail(r, r->tok, "no line begins so", expected);
}

/* -- the names of things ----------------------------------------------------------------------- */

static scene_pos here(const scene_rd *r)
{
    return (scene_pos){ r->line, r->tok.column };
}

/* A new entry of its kind; its name's room, and its number. NULL without memory. */
static char *add_entry(scene_rd *r, scene_ref ref, uint32_t *entry)
{
    scene *s = r->s;
    scene_network *network;
    scene_host *host;
    scene_program *program;
    scene_fault *fault;
    scene_expect *expect;
    switch (ref) {
    case SCENE_REF_NETWORK:
        *entry = s->nnetworks;
        network = scene_add_network(s);
        return network ? network->pos = here(r), network->name : NULL;
    case SCENE_REF_HOST:
        *entry = s->nhosts;
        host = scene_add_host(s);
        return host ? host->pos = here(r), host->name : NULL;
    case SCENE_REF_PROGRAM:
        *entry = s->nprograms;
        program = scene_add_program(s);
        return program ? program->pos = here(r), program->name : NULL;
    case SCENE_REF_FAULT:
        *entry = s->nfaults;
        fault = scene_add_fault(s);
        return fault ? fault->pos = here(r), fault->name : NULL;
    case SCENE_REF_EXPECT:
        *entry = s->nexpects;
        expect = scene_add_expect(s);
        return expect ? expect->pos = here(r), expect->label : NULL;
    case SCENE_REFS:
        break;
    }
    return NULL;
}

/* The name that a line gives, if it gives one: faults and expectations need none. */
static scene_tok name_given(scene_rd *r, scene_ref ref)
{
    unsigned harm;
    scene_tok t = r->tok;
    bool labelled = t.n > 1 && t.p[t.n - 1] == ':';
    if (ref == SCENE_REF_FAULT && scene_word_find(SCENE_SET_HARM, t.p, t.n, &harm))
        t.n = 0;
    if (ref == SCENE_REF_EXPECT)
        t.n = labelled ? t.n - 1 : 0;
    return t;
}

static bool collect(scene_rd *r, scene_ref ref)
{
    char name[SCENE_WORD_MAX] = "", numbered[SCENE_NUMBERED_MAX];
    const char *kept = NULL;
    uint32_t entry;
    scene_tok t = name_given(r, ref);
    bool needed = ref != SCENE_REF_FAULT && ref != SCENE_REF_EXPECT;
    if (!scene_rd_numbered(r, &t, numbered, &kept) ||
        ((needed || t.n > 0) && !scene_rd_label(r, t, name)))
        return false;
    char *room = add_entry(r, ref, &entry);
    if (!room) {
        r->failed = true;
        return false;
    }
    memcpy(room, name, sizeof name);
    if (entry >= ENTRIES_MAX)
        return scene_rd_fail(r, t, "there are too many of these", "65000 at most");
    if (ref == SCENE_REF_HOST)
        r->s->host[entry].row.label = kept;
    if (ref == SCENE_REF_PROGRAM)
        r->s->program[entry].row.label = kept;
    return t.n == 0 || scene_rd_enter(r, t, ref, entry);
}

/* The names of a row: as many as count= says, if it says it well. */
static void collect_row(scene_rd *r, scene_ref ref, scene_tok count)
{
    uint32_t n;
    if (!scene_rd_number(r, count, 1, ENTRIES_MAX, &n))
        return;
    if (r->tok.n == 0 || !memchr(r->tok.p, '%', r->tok.n)) {
        scene_rd_fail(r, r->tok, "all of a row would have this name",
                      "a name with a % for the number, such as PC-%04");
        return;
    }
    for (r->row = 1; r->row <= n && collect(r, ref); r->row++)
        ;
    r->row = 0;
}

static void collect_line(scene_rd *r, const struct statement *st)
{
    if (st->ref == NO_REF)
        return;
    scene_tok count = st->rows ? scene_rd_ahead(r, "count=") : (scene_tok){ 0 };
    if (count.n > 0) {
        collect_row(r, (scene_ref)st->ref, count);
        return;
    }
    if (st->read == scene_parse_at) {
        scene_skip_at(r);
        if (!scene_rd_take(r, "fault"))
            return;
    }
    collect(r, (scene_ref)st->ref);
}

static scene_pos entry_pos(const scene *s, scene_ref ref, uint32_t i)
{
    static const scene_pos none = { UINT32_MAX, 0 };
    switch (ref) {
    case SCENE_REF_NETWORK:
        return i < s->nnetworks ? s->network[i].pos : none;
    case SCENE_REF_HOST:
        return i < s->nhosts ? s->host[i].pos : none;
    case SCENE_REF_PROGRAM:
        return i < s->nprograms ? s->program[i].pos : none;
    case SCENE_REF_FAULT:
        return i < s->nfaults ? s->fault[i].pos : none;
    case SCENE_REF_EXPECT:
        return i < s->nexpects ? s->expect[i].pos : none;
    case SCENE_REFS:
        break;
    }
    return none;
}

bool scene_entry_here(scene_rd *r, scene_ref ref, uint32_t *entry)
{
    uint32_t *i = &r->entry[ref];
    while (entry_pos(r->s, ref, *i).line < r->line)
        ++*i;
    *entry = *i + (r->row ? r->row - 1 : 0);
    return entry_pos(r->s, ref, *entry).line == r->line;
}

/* -- lines ------------------------------------------------------------------------------------- */

/* Reads a line; that of a row for each of it, as long as it has one more entry. */
static void read_line(scene_rd *r, const struct statement *st)
{
    scene_tok first = r->tok;
    if (!st->rows || scene_rd_ahead(r, "count=").n == 0) {
        st->read(r);
        return;
    }
    for (r->row = 1; !r->failed && st->read(r); r->row++)
        r->tok = first;
    r->row = 0;
}

static void parse_line(scene_rd *r, pass now)
{
    r->tok = (scene_tok){ r->begin, 0, 1 };
    scene_rd_next(r);
    if (scene_rd_end(r) || r->tok.p[0] == '#')
        return;
    const struct statement *st = find_statement(r->tok);
    if (!st) {
        if (now == PASS_NAMES)
            unknown_statement(r);
        return;
    }
    scene_rd_next(r);
    if (now == PASS_NAMES)
        collect_line(r, st);
    else if (now == st->pass)
        read_line(r, st);
}

static void parse_lines(scene_rd *r, const char *text, size_t len, pass now)
{
    const char *end = text + len;
    memset(r->entry, 0, sizeof r->entry);
    r->line = 0;
    for (const char *at = text; at < end && !r->failed;) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        r->begin = at;
        r->end = lf ? lf : end;
        r->line++;
        at = lf ? lf + 1 : end;
        parse_line(r, now);
    }
}

/* A file without networks has one. */
static void imply_network(scene_rd *r)
{
    if (r->s->nnetworks > 0)
        return;
    scene_network *lan = scene_add_network(r->s);
    if (lan)
        memcpy(lan->name, "lan", sizeof "lan");
    r->failed = !lan || !scene_rd_enter(r, (scene_tok){ "lan", 3, 1 }, SCENE_REF_NETWORK, 0);
}

/* What a step does by an adapter, which a line below it may have said. */
static void give_lanas(scene *s)
{
    for (uint32_t i = 0; i < s->nsteps; i++) {
        scene_step *step = &s->step[i];
        if (step->what == SCENE_DO_NCB && step->program < s->nprograms)
            step->ncb.lana = s->program[step->program].lana;
    }
}

bool scene_parse(nbt_mem mem, const char *text, size_t len, scene *s, scene_errs *errs)
{
    scene_init(s, mem);
    errs->n = errs->more = 0;
    scene_rd r = { .s = s, .errs = errs };
    nbt_idmap_init(&r.names, mem);
    for (pass now = PASS_NAMES; now < PASSES && !r.failed; now++) {
        if (now == PASS_NETWORKS)
            imply_network(&r);
        if (len > 0)
            parse_lines(&r, text, len, now);
    }
    nbt_idmap_fini(&r.names);
    give_lanas(s);
    if (r.failed) {
        errs->n = 0;
        scene_errs_add(errs, (scene_pos){ 0, 0 }, "", 0, "there is no memory for this file", "");
    } else if (!s->name && errs->n == 0) {
        scene_errs_add(errs, (scene_pos){ r.line, 1 }, "", 0, "the scenario has no name",
                       "a line such as: scenario clone \"Two computers of one name\"");
    }
    return errs->n == 0;
}
