/*
 * The lines of programs: what submits control blocks, what echoes, and remote control.
 */
#include "tools/scene/parse_impl.h"
#include "rc/transfer.h"
#include "tools/scene/put.h"

#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A program's line while it is read. */
typedef struct program_line {
    scene_program *p;
    bool protocols; /* said */
} program_line;

/* -- keys of several kinds --------------------------------------------------------------------- */

static bool set_on(scene_rd *r, void *what, scene_tok t)
{
    scene_program *p = ((program_line *)what)->p;
    char room[SCENE_NUMBERED_MAX];
    return scene_rd_numbered(r, &t, room, &p->row.on) &&
           scene_rd_ref(r, t, SCENE_REF_HOST, &p->host);
}

static bool set_count(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_number(r, t, 1, UINT32_MAX, &((program_line *)what)->p->row.of);
}

static bool set_off(scene_rd *r, void *what, scene_tok t)
{
    (void)r;
    (void)t;
    ((program_line *)what)->p->off = true;
    return true;
}

static bool set_lana(scene_rd *r, void *what, scene_tok t)
{
    uint32_t n;
    if (!scene_rd_number(r, t, 0, SCENE_ADAPTERS_MAX - 1, &n))
        return false;
    ((program_line *)what)->p->lana = (uint8_t)n;
    return true;
}

static bool set_name(scene_rd *r, void *what, scene_tok t)
{
    scene_program *p = ((program_line *)what)->p;
    char room[SCENE_NUMBERED_MAX];
    return scene_rd_numbered(r, &t, room, &p->row.name) && scene_rd_name(r, t, &p->listen);
}

/* Of remote control: numbers with commas, or all. */
static bool set_lanas(scene_rd *r, void *what, scene_tok list)
{
    scene_program *p = ((program_line *)what)->p;
    uint8_t *lanas = scene_room(r->s, RC_LANAS_MAX);
    size_t n = 0;
    scene_tok item;
    uint32_t v;
    if (!lanas) {
        r->failed = true;
        return false;
    }
    bool all = nbt_word_eq(scene_tok_word(list), "all");
    while (!all && scene_tok_item(&list, &item)) {
        if (n == RC_LANAS_MAX || !scene_rd_number(r, item, 0, SCENE_ADAPTERS_MAX - 1, &v))
            return n == RC_LANAS_MAX ? scene_rd_fail(r, item, "there are too many", "8 at most")
                                     : false;
        lanas[n++] = (uint8_t)v;
    }
    p->agent.lanas = p->viewer.lanas = n > 0 ? lanas : NULL;
    p->agent.nlanas = p->viewer.nlanas = n;
    return true;
}

static bool set_protocols(scene_rd *r, void *what, scene_tok t)
{
    program_line *l = what;
    unsigned set = rc_transports_parse(t.p, t.n);
    if (!set)
        return scene_rd_fail(r, t, "it is no list of protocols",
                             "some of netbios, tcp, udp, with commas");
    l->p->agent.protocols = l->p->viewer.protocols = set;
    l->protocols = true;
    return true;
}

static bool set_product(scene_rd *r, void *what, scene_tok t)
{
    scene_program *p = ((program_line *)what)->p;
    const rc_profile *product = rc_profile_find(t.p, t.n);
    if (product) {
        p->agent.profile = p->viewer.profile = product;
        return true;
    }
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    for (size_t i = 0; (product = rc_profile_at(i)); i++) {
        scene_put_str(&o, i ? ", " : "one of ");
        scene_put_str(&o, product->word);
    }
    return scene_rd_fail(r, t, "there is no such product", expected);
}

static bool set_client(scene_rd *r, void *what, scene_tok t)
{
    scene_program *p = ((program_line *)what)->p;
    char *text, room[SCENE_NUMBERED_MAX];
    if (!scene_rd_numbered(r, &t, room, &p->row.client) || !scene_rd_text(r, t, &text))
        return false;
    p->agent.client = p->viewer.client = text;
    return true;
}

/* -- agents ------------------------------------------------------------------------------------ */

static bool set_permission(scene_rd *r, void *what, scene_tok t)
{
    return rc_permission_parse(&((program_line *)what)->p->agent.permission, t.p, t.n) ||
           scene_rd_fail(r, t, "it is no permission", "one of ask, grant, deny");
}

static bool set_ask_timeout(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_time(r, t, &((program_line *)what)->p->agent.ask_timeout);
}

static bool set_compression(scene_rd *r, void *what, scene_tok t)
{
    return rc_compression_parse(&((program_line *)what)->p->agent.compression, t.p, t.n) ||
           scene_rd_fail(r, t, "it is no compression", "one of rle, zlib, auto");
}

/* Users with commas, or none. */
static bool set_permitted(scene_rd *r, void *what, scene_tok list)
{
    enum { USERS_MAX = 16 };
    rc_agent_cfg *cfg = &((program_line *)what)->p->agent;
    char **users = scene_room(r->s, USERS_MAX * sizeof *users);
    scene_tok item;
    if (!users) {
        r->failed = true;
        return false;
    }
    cfg->permitted = (const char *const *)users;
    cfg->npermitted = 0;
    if (nbt_word_eq(scene_tok_word(list), "none"))
        return true;
    while (scene_tok_item(&list, &item)) {
        if (cfg->npermitted == USERS_MAX)
            return scene_rd_fail(r, item, "there are too many", "16 at most");
        if (!scene_rd_text(r, item, &users[cfg->npermitted]))
            return false;
        cfg->npermitted++;
    }
    return true;
}

/* What viewers may do, with commas, or all. */
static bool set_allow(scene_rd *r, void *what, scene_tok list)
{
    rc_agent_cfg *cfg = &((program_line *)what)->p->agent;
    scene_tok item;
    if (nbt_word_eq(scene_tok_word(list), "all")) {
        cfg->functions = RC_FUNCTIONS_ALL;
        return true;
    }
    while (scene_tok_item(&list, &item)) {
        rc_function function;
        if (!rc_function_parse(&function, item.p, item.n))
            return scene_rd_fail(r, item, "viewers do nothing of that name",
                                 "one of control, chat, transfer, execute, reboot, or all");
        cfg->functions |= 1u << function;
    }
    return true;
}

static bool set_udp_flaw(scene_rd *r, void *what, scene_tok t)
{
    return rc_udp_flaw_parse(&((program_line *)what)->p->agent.flaw, t.p, t.n) ||
           scene_rd_fail(r, t, "there is no such flaw", "one of none, out-of-step, too-many-naks");
}

static bool set_down_time(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_time(r, t, &((program_line *)what)->p->agent.down_time);
}

/* -- files ---------------------------------------------------------------------------------------
 */

static bool set_file_name(scene_rd *r, scene_tok t, const char **name)
{
    char *text;
    if (!scene_rd_text(r, t, &text))
        return false;
    if (!rc_file_name_ok((nbt_bytes){ (const uint8_t *)text, strlen(text) }))
        return scene_rd_fail(r, t, "it is no name of a file", "one without / and a dot before it");
    *name = text;
    return true;
}

static bool set_file(scene_rd *r, void *what, scene_tok t)
{
    return set_file_name(r, t, &((program_line *)what)->p->file);
}

static bool set_size(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_number(r, t, 0, 1 << 30, &((program_line *)what)->p->file_size);
}

/* -- viewers ----------------------------------------------------------------------------------- */

static bool set_keep(scene_rd *r, void *what, scene_tok t)
{
    unsigned keep;
    if (!scene_rd_word(r, t, SCENE_SET_KEEP, &keep))
        return false;
    ((program_line *)what)->p->viewer.keep = keep;
    return true;
}

static bool set_policy(scene_rd *r, void *what, scene_tok t)
{
    return rc_policy_parse(&((program_line *)what)->p->viewer.policy, t.p, t.n) ||
           scene_rd_fail(r, t, "it is no policy of claiming",
                         "one of per-session, shared, group, numbered, tolerant");
}

static bool set_console(scene_rd *r, void *what, scene_tok t)
{
    char *text;
    if (!scene_rd_text(r, t, &text))
        return false;
    ((program_line *)what)->p->viewer.console = text;
    return true;
}

static bool set_user(scene_rd *r, void *what, scene_tok t)
{
    char *text;
    if (!scene_rd_text(r, t, &text))
        return false;
    if (strlen(text) == 0 || strlen(text) > RC_USER_MAX)
        return scene_rd_fail(r, t, "it is no user", "a name that is not empty and not too long");
    ((program_line *)what)->p->viewer.user = text;
    return true;
}

/* A session is for one thing. */
static bool set_function(scene_rd *r, void *what, scene_tok t, rc_function function)
{
    rc_viewer_cfg *v = &((program_line *)what)->p->viewer;
    if (v->function != RC_FUNCTION_CONTROL)
        return scene_rd_fail(r, t, "a session is for one thing",
                             "one of get=, put=, chat, execute=, reboot");
    v->function = function;
    return true;
}

static bool set_get(scene_rd *r, void *what, scene_tok t)
{
    return set_function(r, what, t, RC_FUNCTION_TRANSFER) &&
           set_file_name(r, t, &((program_line *)what)->p->viewer.file);
}

static bool set_put(scene_rd *r, void *what, scene_tok t)
{
    scene_program *p = ((program_line *)what)->p;
    if (!set_function(r, what, t, RC_FUNCTION_TRANSFER) || !set_file_name(r, t, &p->file))
        return false;
    p->viewer.file = p->file;
    p->viewer.store = true;
    return true;
}

static bool set_execute(scene_rd *r, void *what, scene_tok t)
{
    char *text;
    if (!set_function(r, what, t, RC_FUNCTION_EXECUTE) || !scene_rd_text(r, t, &text))
        return false;
    if (strlen(text) == 0 || strlen(text) > RC_TEXT_MAX)
        return scene_rd_fail(r, t, "it is no command", "a text that is not empty and not too long");
    ((program_line *)what)->p->viewer.command = text;
    return true;
}

static bool set_chat(scene_rd *r, void *what, scene_tok t)
{
    return set_function(r, what, t, RC_FUNCTION_CHAT);
}

static bool set_reboot(scene_rd *r, void *what, scene_tok t)
{
    ((program_line *)what)->p->viewer.reconnect = NBT_S(120);
    return set_function(r, what, t, RC_FUNCTION_REBOOT);
}

static bool set_address(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_ip(r, t, &((program_line *)what)->p->viewer.address);
}

/* -- lines ------------------------------------------------------------------------------------- */

static bool read_program(scene_rd *r, scene_program_kind kind, const scene_key *keys, size_t n,
                         const char *must)
{
    uint32_t i;
    if (!scene_entry_here(r, SCENE_REF_PROGRAM, &i))
        return false;
    program_line l = { .p = &r->s->program[i] };
    l.p->kind = kind;
    l.p->row.nth = r->row;
    l.p->serves = kind == SCENE_SINK ? NBT_DUMMY_SINK : NBT_DUMMY_ECHO;
    scene_rd_next(r);
    if (!scene_rd_keys(r, keys, n, &l, must))
        return false;
    if (!l.protocols)
        l.p->agent.protocols = l.p->viewer.protocols = l.p->viewer.profile->usual;
    return l.p->host != SCENE_NOBODY || scene_rd_fail(r, r->tok, "the line ends too early", "on=");
}

bool scene_parse_program(scene_rd *r)
{
    static const scene_key keys[] = { { "on=", set_on },
                                      { "lana=", set_lana },
                                      { "count=", set_count } };
    return read_program(r, SCENE_PROGRAM, keys, LENGTH_OF(keys), NULL);
}

static const scene_key listener_keys[] = {
    { "on=", set_on },  { "name=", set_name },   { "lana=", set_lana },
    { "off", set_off }, { "count=", set_count },
};

bool scene_parse_echo(scene_rd *r)
{
    return read_program(r, SCENE_ECHO, listener_keys, LENGTH_OF(listener_keys), "name=");
}

bool scene_parse_sink(scene_rd *r)
{
    return read_program(r, SCENE_SINK, listener_keys, LENGTH_OF(listener_keys), "name=");
}

static bool set_serves(scene_rd *r, void *what, scene_tok t)
{
    if (nbt_dummy_parse(t.p, t.n, &((program_line *)what)->p->serves))
        return true;
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    for (unsigned i = 0; i < NBT_DUMMY_KINDS; i++) {
        scene_put_str(&o, i ? ", " : "one of ");
        scene_put_str(&o, nbt_dummy_word((nbt_dummy_kind)i));
    }
    return scene_rd_fail(r, t, "there is no such service", expected);
}

bool scene_parse_service(scene_rd *r)
{
    static const scene_key keys[] = {
        { "on=", set_on },     { "name=", set_name }, { "does=", set_serves },
        { "lana=", set_lana }, { "off", set_off },    { "count=", set_count },
    };
    return read_program(r, SCENE_SERVICE, keys, LENGTH_OF(keys), "name=");
}

bool scene_parse_agent(scene_rd *r)
{
    static const scene_key keys[] = {
        { "on=", set_on },
        { "protocols=", set_protocols },
        { "product=", set_product },
        { "client=", set_client },
        { "permission=", set_permission },
        { "ask-timeout=", set_ask_timeout },
        { "permitted=", set_permitted },
        { "compression=", set_compression },
        { "allow=", set_allow },
        { "udp-flaw=", set_udp_flaw },
        { "down-time=", set_down_time },
        { "file=", set_file },
        { "size=", set_size },
        { "lana=", set_lanas },
        { "off", set_off },
        { "count=", set_count },
    };
    return read_program(r, SCENE_AGENT, keys, LENGTH_OF(keys), NULL);
}

bool scene_parse_viewer(scene_rd *r)
{
    static const scene_key keys[] = {
        { "on=", set_on },           { "client=", set_client },   { "protocols=", set_protocols },
        { "product=", set_product }, { "policy=", set_policy },   { "keep=", set_keep },
        { "user=", set_user },       { "console=", set_console }, { "address=", set_address },
        { "lana=", set_lanas },      { "get=", set_get },         { "put=", set_put },
        { "size=", set_size },       { "execute=", set_execute }, { "chat", set_chat },
        { "reboot", set_reboot },    { "count=", set_count },
    };
    return read_program(r, SCENE_VIEWER, keys, LENGTH_OF(keys), "client=");
}
