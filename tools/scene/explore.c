/*
 * A world and the search through it, and the way to what was found as lines of text.
 */
#include "tools/scene/explore.h"

#include "capture/buf.h"
#include "nbt/mem.h"
#include "nbt/msg.h"
#include "nbt/text.h"

#include <string.h>

struct explore {
    explore_cfg cfg;
    xp_world *world;
    xp_space space;
    xp_search *search;
    xp_end end;
};

explore_cfg explore_usual(nbt_mem mem, const scene *s)
{
    return (explore_cfg){ .world = { .mem = mem,
                                     .scene = s,
                                     .delay = NBT_NEVER,
                                     .grain = NBT_NEVER,
                                     .wrongs = XP_WRONGS_QUIET } };
}

explore *explore_new(const explore_cfg *cfg)
{
    explore *x = nbt_mem_new(cfg->world.mem, sizeof *x);
    if (!x)
        return NULL;
    x->cfg = *cfg;
    x->world = xp_world_new(&cfg->world);
    if (x->world) {
        xp_cfg bounds = { cfg->world.mem, cfg->states, cfg->memory };
        x->space = xp_world_space(x->world);
        x->search = xp_search_new(&bounds, &x->space);
    }
    if (!x->search) {
        explore_free(x);
        return NULL;
    }
    return x;
}

void explore_free(explore *x)
{
    if (!x)
        return;
    xp_search_free(x->search);
    xp_world_free(x->world);
    nbt_mem_free(x->cfg.world.mem, x, sizeof *x);
}

xp_end explore_run(explore *x, uint64_t n)
{
    return xp_search_run(x->search, n);
}

void explore_count(const explore *x, explore_counts *counts)
{
    xp_search_counts(x->search, &counts->search);
    xp_world_counts(x->world, &counts->host_states, &counts->runs);
    counts->overflowed = xp_world_overflowed(x->world);
}

xp_wrong explore_wrong(const explore *x)
{
    return (xp_wrong)xp_search_wrong(x->search);
}

/* --- the way as text ------------------------------------------------------------------------ */

static const char *host_name(const explore *x, size_t host)
{
    return x->cfg.world.scene->host[host].name;
}

/* Who has an address; NULL: nobody, or everybody. */
static const char *name_of_ip(const explore *x, uint32_t ip)
{
    const scene *s = x->cfg.world.scene;
    for (uint32_t h = 0; h < s->nhosts; h++)
        for (uint8_t i = 0; i < s->host[h].nadapters; i++)
            if (s->host[h].adapter[i].ip == ip)
                return s->host[h].name;
    return NULL;
}

static void put_message(const explore *x, uint32_t message, cap_buf *b)
{
    const xp_packet *p = xp_world_packet(x->world, xp_message_packet(message));
    const char *from = name_of_ip(x, p->from.ip);
    char name[NBT_NAME_STR_MAX] = "?";
    nbt_msg m;
    (void)nbt_msg_rd(&m, NBT_SERVICE_NAME, p->data.p, p->data.n);
    if (nbt_msg_name(&m))
        (void)nbt_name_print(nbt_msg_name(&m), name, sizeof name);
    cap_buf_fmt(b, "%s's %s %s", from ? from : "somebody", nbt_text_kind(&m), name);
    if (!m.err && nbt_ns_rcode(&m.u.ns))
        cap_buf_fmt(b, " rcode=%u", nbt_ns_rcode(&m.u.ns));
    if (!name_of_ip(x, p->to.ip))
        cap_buf_str(b, " to all");
}

static void put_control_block(const scene *s, const scene_step *step, cap_buf *b)
{
    char name[NBT_NAME_STR_MAX];
    nbt_name n = { .form = NBT_NAME_NETBIOS };
    memcpy(n.b, step->ncb.name, NBT_NAME_LEN);
    (void)nbt_name_print(&n, name, sizeof name);
    cap_buf_fmt(b, "%s: %s %s", s->program[step->program].name,
                nbt_code_word(NBT_CODESET_NCB_COMMAND, nbt_ncb_verb(&step->ncb)), name);
}

static const char *word_of_step(scene_do what)
{
    switch (what) {
    case SCENE_DO_AWAIT:
        return "what was awaited is there";
    case SCENE_DO_START:
        return "starts";
    case SCENE_DO_STOP:
        return "stops";
    case SCENE_DO_CRASH:
        return "crashes";
    case SCENE_DO_RUN:
        return "runs";
    case SCENE_DO_KILL:
        return "is killed";
    case SCENE_DO_CLOSE:
        return "closes";
    case SCENE_DO_SEND:
        return "sends a message";
    case SCENE_DO_STATIC:
        return "gets a static mapping";
    case SCENE_DO_FORGET:
        return "forgets a name";
    case SCENE_DO_FREEZE:
        return "is frozen";
    case SCENE_DO_THAW:
        return "thaws";
    case SCENE_DO_PARTITION:
        return "is cut in two";
    case SCENE_DO_HEAL:
        return "heals";
    case SCENE_DO_NCB:
    case SCENE_DO_TYPE:
    case SCENE_DO_PERMIT:
    case SCENE_DO_LINK:
    case SCENE_DO_FAULT:
    case SCENE_DO_MEND:
    case SCENE_DO_CLOCK:
        break;
    }
    return "";
}

/* A step's line, and whom it is about. */
static const char *put_step(const explore *x, uint32_t number, cap_buf *b)
{
    const scene *s = x->cfg.world.scene;
    const scene_step *step = &s->step[number];
    switch (step->what) {
    case SCENE_DO_NCB:
        put_control_block(s, step, b);
        return host_name(x, s->program[step->program].host);
    case SCENE_DO_RUN:
    case SCENE_DO_KILL:
    case SCENE_DO_CLOSE:
        cap_buf_fmt(b, "%s %s", s->program[step->program].name, word_of_step(step->what));
        return host_name(x, s->program[step->program].host);
    case SCENE_DO_PARTITION:
    case SCENE_DO_HEAL:
        cap_buf_fmt(b, "%s", word_of_step(step->what));
        return s->network[step->network].name;
    case SCENE_DO_AWAIT:
        cap_buf_str(b, word_of_step(step->what));
        return "";
    case SCENE_DO_START:
    case SCENE_DO_STOP:
    case SCENE_DO_CRASH:
    case SCENE_DO_SEND:
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
    case SCENE_DO_TYPE:
    case SCENE_DO_PERMIT:
    case SCENE_DO_LINK:
    case SCENE_DO_FAULT:
    case SCENE_DO_MEND:
    case SCENE_DO_CLOCK:
        break;
    }
    cap_buf_str(b, word_of_step(step->what));
    return host_name(x, step->host);
}

/* What came of what was due: the messages that were sent. */
static void put_sent(const explore *x, const xp_event *ev, cap_buf *b)
{
    cap_buf_str(b, ev->nsent > 0 ? "sends " : "sends nothing");
    for (size_t i = 0; i < ev->nsent; i++) {
        if (i > 0)
            cap_buf_str(b, ", ");
        put_message(x, xp_message(ev->sent[i], 0), b);
    }
}

static void describe(const explore *x, const xp_event *ev, explore_line *line)
{
    cap_buf b = { 0 };
    line->at = ev->at;
    line->host = "";
    line->what = "";
    switch (ev->kind) {
    case XP_ARRIVE:
    case XP_ARRIVE_TWICE:
    case XP_LOSE:
        line->what = ev->kind == XP_ARRIVE         ? "gets"
                     : ev->kind == XP_ARRIVE_TWICE ? "gets, not for the last time,"
                                                   : "never gets";
        line->host = host_name(x, ev->host);
        put_message(x, ev->message, &b);
        break;
    case XP_DUE:
        line->what = "has waited, and";
        line->host = host_name(x, ev->host);
        put_sent(x, ev, &b);
        break;
    case XP_STEP:
        line->what = "does";
        line->host = put_step(x, ev->step, &b);
        break;
    case XP_PASS:
        break;
    }
    size_t n = b.n < sizeof line->text - 1 ? b.n : sizeof line->text - 1;
    if (n > 0)
        memcpy(line->text, b.s, n);
    line->text[n] = '\0';
    cap_buf_fini(&b);
}

bool explore_tell(explore *x, void (*line)(void *ctx, const explore_line *line), void *ctx)
{
    size_t n;
    uint32_t *path = xp_search_path(x->search, &n);
    bool told = path != NULL;
    for (size_t i = 0; told && i < n; i++) {
        xp_event ev;
        explore_line text;
        told = xp_world_tell(x->world, path[i], &ev);
        if (!told || ev.kind == XP_PASS)
            continue;
        describe(x, &ev, &text);
        line(ctx, &text);
    }
    if (path)
        nbt_mem_free(x->cfg.world.mem, path, (n ? n : 1) * sizeof *path);
    return told;
}

bool explore_about(const explore *x, char name[NBT_NAME_STR_MAX], const char **one,
                   const char **other)
{
    uint16_t number;
    uint8_t a, b;
    if (!xp_world_culprits(x->world, explore_wrong(x), &number, &a, &b))
        return false;
    (void)nbt_name_print(xp_world_name(x->world, number), name, NBT_NAME_STR_MAX);
    *one = host_name(x, a);
    *other = host_name(x, b);
    return true;
}
