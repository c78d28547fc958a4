#include "tools/scene/log.h"
#include "nbt/mem.h"
#include "nbt/text.h"
#include "tools/scene/pattern.h"
#include "tools/scene/print.h"
#include "tools/scene/words.h"

#include <string.h>

enum { LINE_CAP = 2048 };

/* The best so far for one expectation. */
typedef struct near {
    uint32_t line;
    unsigned agrees;
} near;

struct scene_log {
    nbt_mem mem;
    const scene *s;
    scene_line *line;
    size_t nlines, lines_cap;
    char *text;
    size_t used, text_cap;
    near *near; /* by expectation */
};

scene_log *scene_log_new(nbt_mem mem, const scene *s)
{
    scene_log *l = nbt_mem_new(mem, sizeof *l);
    if (!l)
        return NULL;
    l->mem = mem;
    l->s = s;
    l->near = nbt_mem_new(mem, (s->nexpects + 1) * sizeof *l->near);
    if (!l->near) {
        scene_log_free(l);
        return NULL;
    }
    for (uint32_t i = 0; i < s->nexpects; i++)
        l->near[i].line = SCENE_LINE_NONE;
    return l;
}

void scene_log_free(scene_log *l)
{
    if (!l)
        return;
    nbt_mem mem = l->mem;
    nbt_mem_free(mem, l->line, l->lines_cap * sizeof *l->line);
    nbt_mem_free(mem, l->text, l->text_cap);
    nbt_mem_free(mem, l->near, (l->s->nexpects + 1) * sizeof *l->near);
    nbt_mem_free(mem, l, sizeof *l);
}

/* --- lines --------------------------------------------------------------------------------------
 */

static uint16_t host_of(const scene *s, uint32_t ip, uint8_t *adapter)
{
    for (uint32_t i = 0; i < s->nhosts; i++) {
        for (*adapter = 0; *adapter < s->host[i].nadapters; ++*adapter) {
            if (s->host[i].adapter[*adapter].ip == ip)
                return (uint16_t)i;
        }
    }
    return SCENE_NOBODY;
}

/* The host that has an address, by its name; else the address. */
static void put_end(scene_put *o, const scene *s, uint32_t ip)
{
    uint8_t adapter;
    uint16_t host = host_of(s, ip, &adapter);
    if (host == SCENE_NOBODY) {
        scene_put_ip(o, ip);
        return;
    }
    scene_put_str(o, s->host[host].name);
    if (s->host[host].nadapters > 1) {
        scene_put_str(o, "/");
        scene_put_dec(o, adapter);
    }
}

static void put_message(scene_put *o, const scene *s, const scene_event *ev, scene_line *line)
{
    char text[LINE_CAP];
    uint8_t adapter;
    line->message = true;
    line->lost = ev->lost;
    line->from = host_of(s, ev->from.ip, &adapter);
    line->to = ev->broadcast ? SCENE_EVERYBODY : host_of(s, ev->to.ip, &adapter);
    put_end(o, s, ev->from.ip);
    scene_put_str(o, " > ");
    if (ev->broadcast)
        scene_put_str(o, "all");
    else
        put_end(o, s, ev->to.ip);
    scene_put_str(o, ": ");
    line->about = o->len;
    scene_sent sent = { .msg = ev->msg, .rc = ev->rc };
    size_t n = scene_sent_print(&sent, text, sizeof text);
    scene_put_n(o, text, n < sizeof text ? n : sizeof text - 1);
    if (ev->lost)
        scene_put_str(o, " (lost)");
}

static void put_code(scene_put *o, nbt_codeset set, unsigned value)
{
    const char *word = nbt_code_word(set, value);
    if (word)
        scene_put_str(o, word);
    else
        scene_put_dec(o, value);
}

static bool is_called(unsigned verb)
{
    return verb == NBT_NCB_FIND_NAME || verb == NBT_NCB_CALL || verb == NBT_NCB_LISTEN;
}

static void put_done(scene_put *o, const scene *s, const scene_event *ev)
{
    unsigned verb = nbt_ncb_verb(ev->ncb);
    const uint8_t *name = is_called(verb) ? ev->ncb->callname : ev->ncb->name;
    scene_put_str(o, s->program[ev->index].name);
    scene_put_str(o, ": ");
    put_code(o, NBT_CODESET_NCB_COMMAND, verb);
    scene_put_str(o, " ");
    if (name[0]) {
        scene_put_name16(o, name);
        scene_put_str(o, " ");
    }
    put_code(o, NBT_CODESET_NRC, ev->ncb->retcode);
}

/* What a viewer or an agent came to; false: nothing that is worth a line. */
static bool put_app(scene_put *o, const scene *s, const scene_event *ev)
{
    scene_put_str(o, s->program[ev->index].name);
    scene_put_str(o, ": ");
    scene_put_str(o, rc_app_str(ev->app));
    if (ev->app == RC_APP_CONNECTED) {
        scene_put_str(o, " via=");
        scene_put_str(o, rc_transport_str((rc_transport)ev->value));
    } else if (ev->app == RC_APP_CLAIM_REFUSED && ev->ncb) {
        scene_put_str(o, " ");
        put_code(o, NBT_CODESET_NRC, ev->ncb->retcode);
    } else if (ev->app == RC_APP_LOG) {
        scene_put_str(o, " ");
        scene_put_dec(o, (uint64_t)ev->value);
        scene_put_str(o, ", ");
        scene_put_str(o, rc_log_meaning((rc_log)ev->value));
    } else if (ev->app == RC_APP_FILE_RESULT) {
        scene_put_str(o, " ");
        scene_put_str(o, rc_result_str((rc_result)ev->value));
    } else if (ev->app == RC_APP_EXIT) {
        scene_put_str(o, " ");
        scene_put_str(o, rc_end_str((rc_end)ev->value));
    } else {
        return ev->app == RC_APP_LISTENING || ev->app == RC_APP_CLAIMED || ev->app == RC_APP_CHAT ||
               ev->app == RC_APP_EXECUTE || ev->app == RC_APP_REBOOT ||
               ev->app == RC_APP_CONTEXT_LOST || ev->app == RC_APP_OUT_OF_STEP;
    }
    return true;
}

static bool put_event(scene_put *o, const scene *s, const scene_event *ev, scene_line *line)
{
    switch (ev->kind) {
    case SCENE_EV_MESSAGE:
        put_message(o, s, ev, line);
        return true;
    case SCENE_EV_DONE:
        line->from = s->program[ev->index].host;
        put_done(o, s, ev);
        return true;
    case SCENE_EV_APP:
        line->from = s->program[ev->index].host;
        return put_app(o, s, ev);
    case SCENE_EV_UP:
        line->from = (uint16_t)ev->index;
        scene_put_str(o, s->host[ev->index].name);
        scene_put_str(o, ": up");
        return true;
    case SCENE_EV_DOWN:
        line->from = (uint16_t)ev->index;
        scene_put_str(o, s->host[ev->index].name);
        scene_put_str(o, ": down");
        return true;
    case SCENE_EV_STEP:
        scene_put_str(o, "-- ");
        scene_put_step(o, s, &s->step[ev->index]);
        return true;
    case SCENE_EV_TRACE:
        return false;
    }
    return false;
}

/* --- what came nearest --------------------------------------------------------------------------
 */

/* Two parts of a pattern are right by chance in most messages: any end, any name. */
enum { NEAR_LEAST = 3 };

static unsigned done_agrees(const scene_sight *sight, const nbt_ncb *ncb)
{
    bool named = sight->named && (memcmp(sight->name.b, ncb->name, NBT_NAME_LEN) == 0 ||
                                  memcmp(sight->name.b, ncb->callname, NBT_NAME_LEN) == 0);
    return 1u + (sight->verb == nbt_ncb_verb(ncb)) + named + (sight->retcode == ncb->retcode);
}

static unsigned nearness(const scene *s, const scene_sight *sight, const scene_event *ev)
{
    if (sight->see == SCENE_SEE_MESSAGE && ev->kind == SCENE_EV_MESSAGE) {
        scene_sent sent = { ev->from, ev->to, ev->broadcast, ev->msg, ev->rc };
        unsigned agrees = scene_pattern_agrees(s, &sight->msg, &sent);
        return agrees >= NEAR_LEAST ? agrees : 0;
    }
    if (sight->program != ev->index)
        return 0;
    if (sight->see == SCENE_SEE_DONE && ev->kind == SCENE_EV_DONE)
        return done_agrees(sight, ev->ncb);
    return sight->see == SCENE_SEE_PROGRAM && ev->kind == SCENE_EV_APP;
}

static void note_nearest(scene_log *l, const scene_event *ev, uint32_t line)
{
    for (uint32_t i = 0; i < l->s->nexpects; i++) {
        const scene_sight *sight = &l->s->expect[i].sight;
        unsigned agrees = nearness(l->s, sight, ev);
        bool last = sight->see != SCENE_SEE_MESSAGE;
        if (agrees > l->near[i].agrees || (agrees && agrees == l->near[i].agrees && last))
            l->near[i] = (near){ line, agrees };
    }
}

/* --- kept ---------------------------------------------------------------------------------------
 */

static bool make_room(scene_log *l, size_t n)
{
    if (l->nlines == l->lines_cap) {
        scene_line *line = nbt_mem_grow(l->mem, l->line, &l->lines_cap, sizeof *l->line);
        if (!line)
            return false;
        l->line = line;
    }
    while (l->text_cap - l->used < n) {
        char *text = nbt_mem_grow(l->mem, l->text, &l->text_cap, 1);
        if (!text)
            return false;
        l->text = text;
    }
    return true;
}

void scene_log_event(scene_log *l, const scene_event *ev)
{
    char buf[LINE_CAP + 256];
    scene_put o;
    scene_line line = {
        .at = ev->at, .frame = ev->frame, .from = SCENE_NOBODY, .to = SCENE_NOBODY
    };
    scene_put_init(&o, buf, sizeof buf);
    if (!put_event(&o, l->s, ev, &line))
        return;
    size_t n = o.len < sizeof buf ? o.len : sizeof buf - 1;
    if (!make_room(l, n))
        return;
    memcpy(l->text + l->used, buf, n);
    line.text = l->used;
    line.n = n;
    l->line[l->nlines] = line;
    l->used += n;
    note_nearest(l, ev, (uint32_t)l->nlines++);
}

uint32_t scene_log_count(const scene_log *l)
{
    return (uint32_t)l->nlines;
}

const scene_line *scene_log_at(const scene_log *l, uint32_t i)
{
    return &l->line[i];
}

const char *scene_log_text(const scene_log *l, uint32_t i)
{
    return l->text + l->line[i].text;
}

uint32_t scene_log_nearest(const scene_log *l, uint32_t index)
{
    return l->near[index].line;
}
