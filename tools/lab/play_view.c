/*
 * How things stand, asked for: a computer's names of its driver by ADAPTER STATUS, as any program
 * may ask, a server's records on its control socket. Sessions are counted by what nbtd tells.
 */
#include "tools/lab/play_impl.h"
#include "tools/scene/owners.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const struct timeval longest = { .tv_sec = 2 }; /* that an answer is waited for */

/* -- names ------------------------------------------------------------------------------------- */

static bool ask(play_host *h, nbt_ncb *ncb, nbt_bytes *answer)
{
    host_err err;
    if (!host_ncb_call(h->asking, ncb, (nbt_bytes){ NULL, 0 }, answer, h->play->buf, &err))
        return false;
    return ncb->retcode == NBT_NRC_GOODRET || ncb->retcode == NBT_NRC_INCOMP;
}

static bool connect_to(play_host *h)
{
    host_err err;
    if (h->asking >= 0)
        return true;
    h->asking = h->up || h->driver ? host_ncb_open(h->socket, &err) : -1;
    if (h->asking < 0)
        return false;
    (void)setsockopt(h->asking, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    const scene_host *cfg = &h->play->s->host[h->index];
    nbt_bytes nothing;
    for (uint8_t i = 0; i < cfg->nadapters && cfg->profile->reset_required; i++)
        (void)ask(h, &(nbt_ncb){ .command = NBT_NCB_RESET, .lana = i }, &nothing);
    return true;
}

static uint32_t ask_names(play_host *h, uint8_t lana, nbt_astat_name *names)
{
    enum { ROOM = NBT_ASTAT_LEN + NBT_NAMES_MAX * NBT_ASTAT_NAME_LEN };
    nbt_ncb ncb = { .command = NBT_NCB_ADAPTER_STATUS, .lana = lana, .length = ROOM };
    nbt_bytes answer;
    nbt_rd r;
    nbt_astat s;
    memset(ncb.callname, ' ', sizeof ncb.callname);
    ncb.callname[0] = '*';
    if (!ask(h, &ncb, &answer))
        return 0;
    nbt_rd_init(&r, answer.p, answer.n);
    nbt_astat_rd(&r, &s);
    uint32_t n = 0;
    while (!r.err && n < NBT_NAMES_MAX && nbt_rd_left(&r) >= NBT_ASTAT_NAME_LEN)
        nbt_astat_name_rd(&r, &names[n++]);
    return n;
}

/* The names of an adapter as they are now; none of a computer that does not run. */
static const nbt_astat_name *names_of(play_host *h, uint8_t lana, uint32_t *n)
{
    const scene_host *cfg = &h->play->s->host[h->index];
    *n = 0;
    if (!h->driver || !connect_to(h))
        return h->names;
    if (h->stale) {
        for (uint8_t i = 0; i < cfg->nadapters; i++)
            h->nnames[i] = ask_names(h, i, h->names + (size_t)i * NBT_NAMES_MAX);
        h->stale = false;
    }
    *n = h->nnames[lana];
    return h->names + (size_t)lana * NBT_NAMES_MAX;
}

static scene_name_state state_of(const nbt_astat_name *e)
{
    switch (e->flags & ~NBT_NAME_FLAG_GROUP) {
    case NBT_NAME_FLAG_REGISTERING:
        return SCENE_NAME_CLAIMED;
    case NBT_NAME_FLAG_REGISTERED:
    case NBT_NAME_FLAG_DEREGISTERED: /* it is still defended */
        return SCENE_NAME_REGISTERED;
    }
    return SCENE_NAME_CONFLICT;
}

static scene_name_state view_name(void *ctx, uint16_t host, const nbt_name *name)
{
    static const uint8_t rank[] = { [SCENE_NAME_ABSENT] = 0,
                                    [SCENE_NAME_CLAIMED] = 1,
                                    [SCENE_NAME_CONFLICT] = 2,
                                    [SCENE_NAME_REGISTERED] = 3 };
    play *p = ctx;
    const scene_host *h = &p->s->host[host];
    scene_name_state best = SCENE_NAME_ABSENT;
    if (h->kind != SCENE_COMPUTER || !nbt_scope_eq(&h->scope, &name->scope))
        return best;
    for (uint8_t lana = 0; lana < h->nadapters; lana++) {
        uint32_t n;
        const nbt_astat_name *names = names_of(&p->host[host], lana, &n);
        for (uint32_t i = 0; i < n; i++)
            if (memcmp(names[i].name, name->b, NBT_NAME_LEN) == 0 &&
                rank[state_of(&names[i])] > rank[best])
                best = state_of(&names[i]);
    }
    return best;
}

/* -- records ----------------------------------------------------------------------------------- */

static bool is_end(const json_t *event)
{
    const char *word = json_string_value(json_object_get(event, "event"));
    return word && strcmp(word, "end") == 0;
}

json_t *play_view_ask_server(play *p, uint16_t host, const char *request)
{
    int fd = host_localsock_connect(p->host[host].socket, SOCK_STREAM);
    if (fd < 0)
        return NULL;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
    FILE *f = fdopen(fd, "r+");
    if (!f) {
        close(fd);
        return NULL;
    }
    json_t *answers = json_array(), *event = NULL;
    fprintf(f, "%s\n", request);
    fflush(f);
    while (!is_end(event) && (event = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL)))
        json_array_append_new(answers, event);
    fclose(f);
    return answers;
}

static bool has_address(const json_t *record, uint32_t ip)
{
    struct in_addr addr;
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(record, "addresses"), i, one) {
        const char *text = json_string_value(json_object_get(one, "address"));
        if (text && inet_pton(AF_INET, text, &addr) == 1 && ntohl(addr.s_addr) == ip)
            return true;
    }
    return false;
}

static nbt_nbstate record_state(const json_t *record)
{
    const char *word = json_string_value(json_object_get(record, "state"));
    for (nbt_nbstate state = NBT_NBSTATE_ACTIVE; word && state < NBT_NBSTATE_GONE; state++)
        if (strcmp(word, nbt_nbstate_str(state)) == 0)
            return state;
    return NBT_NBSTATE_GONE;
}

static nbt_nbstate view_record(void *ctx, uint16_t host, const nbt_name *name, uint32_t owner,
                               bool *owned)
{
    play *p = ctx;
    char text[NBT_NAME_STR_MAX];
    nbt_nbstate state = NBT_NBSTATE_GONE;
    size_t i;
    json_t *event;
    *owned = false;
    if (!p->host[host].up)
        return state;
    nbt_name_print(name, text, sizeof text);
    json_t *answers = play_view_ask_server(p, host, "list"); /* a name may have a glob's marks */
    json_array_foreach (answers, i, event) {
        const char *is = json_string_value(json_object_get(event, "name"));
        if (!is || strcmp(is, text) != 0)
            continue;
        state = record_state(event);
        *owned = has_address(event, owner);
    }
    json_decref(answers);
    return state;
}

/* -- the rest ---------------------------------------------------------------------------------- */

static uint32_t view_sessions(void *ctx, uint16_t host)
{
    return ((const play *)ctx)->host[host].sessions;
}

static bool view_ready(void *ctx, uint16_t host)
{
    return ((const play *)ctx)->host[host].up;
}

scene_view play_view(play *p)
{
    return (scene_view){ .ctx = p,
                         .name = view_name,
                         .record = view_record,
                         .sessions = view_sessions,
                         .ready = view_ready };
}

void play_view_forget(play *p)
{
    for (uint32_t i = 0; i < p->s->nhosts; i++)
        p->host[i].stale = true;
}

/* -- what must not be -------------------------------------------------------------------------- */

static bool runs(void *ctx, uint16_t host)
{
    (void)ctx; /* one that does not has no names */
    (void)host;
    return true;
}

static bool hear_each_other(void *ctx, uint16_t one, uint16_t other)
{
    return lab_switch_hears(((const play *)ctx)->net, one, other);
}

static bool owns(const nbt_astat_name *e)
{
    return (e->flags & ~NBT_NAME_FLAG_GROUP) == NBT_NAME_FLAG_REGISTERED;
}

static const void *next(void *ctx, uint16_t host, uint8_t lana, const void *before, scene_owned *to)
{
    uint32_t n;
    const nbt_astat_name *names = names_of(&((play *)ctx)->host[host], lana, &n);
    const nbt_astat_name *e = before ? (const nbt_astat_name *)before + 1 : names;
    while (e < names + n && !owns(e))
        e++;
    if (e >= names + n)
        return NULL;
    *to = (scene_owned){ e->name, e->flags & NBT_NAME_FLAG_GROUP };
    return e;
}

static bool owns_alone(void *ctx, uint16_t host, const uint8_t name[NBT_NAME_LEN])
{
    play *p = ctx;
    for (uint8_t lana = 0; lana < p->s->host[host].nadapters; lana++) {
        uint32_t n;
        const nbt_astat_name *names = names_of(&p->host[host], lana, &n);
        for (uint32_t i = 0; i < n; i++)
            if (owns(&names[i]) && !(names[i].flags & NBT_NAME_FLAG_GROUP) &&
                memcmp(names[i].name, name, NBT_NAME_LEN) == 0)
                return true;
    }
    return false;
}

bool play_view_breaks(play *p, scene_invariant what, scene_breach *breach)
{
    const scene_owners view = { p, runs, hear_each_other, next, owns_alone };
    return scene_owners_break(p->s, &view, what, breach);
}
