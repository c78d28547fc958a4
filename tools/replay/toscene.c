/*
 * The lines are put together in three heaps, things, steps and expectations among them, since which
 * hosts there are is known from the study, and what they did only at the end.
 */
#include "tools/replay/toscene.h"

#include "nbt/text.h"
#include "tools/replay/toscene_impl.h"
#include "tools/scene/check.h"
#include "tools/scene/parse.h"

#include <stdlib.h>
#include <string.h>

/* The other side registers its names before the capture begins: a P node that asks in vain, three
 * times 5 s, has ended by then. */
static const nbt_time lead_in = NBT_S(20);

static bool plays(const replay_toscene *t, toscene_role role)
{
    for (size_t i = 0; i < t->nhosts; i++) {
        if (t->host[i].role == role)
            return true;
    }
    return false;
}

replay_toscene *replay_toscene_new(const replay_toscene_cfg *cfg)
{
    replay_toscene *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->cfg = *cfg;
    if (!toscene_hosts(t)) {
        replay_toscene_free(t);
        return NULL;
    }
    t->lead = plays(t, TOSCENE_COMPUTER) || plays(t, TOSCENE_SERVER) ? lead_in : 0;
    toscene_names(t, &t->steps);
    return t;
}

void replay_toscene_free(replay_toscene *t)
{
    if (!t)
        return;
    cap_buf_fini(&t->steps);
    cap_buf_fini(&t->text);
    free(t->host);
    free(t->network);
    free(t);
}

/* --- what was said ---------------------------------------------------------------------------- */

/* When an item is in the scenario. A capture's times may go back; a scenario's do not. */
static long long when(replay_toscene *t, const cap_item *item)
{
    if (!t->begun)
        t->first = t->now = item->time;
    t->begun = true;
    if (item->time > t->now)
        t->now = item->time;
    return (long long)(t->now - t->first + t->lead);
}

static void put_time(replay_toscene *t, const cap_item *item)
{
    cap_buf_fmt(&t->steps, "at %lldus ", when(t, item));
}

static void put_ep(cap_buf *to, nbt_ep ep)
{
    cap_buf_ip(to, ep.ip);
    cap_buf_fmt(to, ":%u", ep.port);
}

static void put_send(replay_toscene *t, const cap_item *item, const char *text)
{
    put_time(t, item);
    cap_buf_str(&t->steps, "send ");
    put_ep(&t->steps, item->from);
    cap_buf_str(&t->steps, " > ");
    put_ep(&t->steps, item->to);
    cap_buf_fmt(&t->steps, " %s\n", text);
}

/* What a computer does by itself is a control block of its program. */
static bool put_verb(replay_toscene *t, const cap_item *item, const toscene_host *h)
{
    const nbt_ns *ns = &item->msg->u.ns;
    const nbt_name *about = nbt_msg_name(item->msg);
    const char *verb = toscene_verb(ns);
    char name[NBT_NAME_STR_MAX];
    if (!verb || !about || about->form != NBT_NAME_NETBIOS ||
        (about->b[0] == '*' && strcmp(verb, "status") != 0))
        return false;
    nbt_name plain = *about;
    plain.scope.len = 0;
    nbt_name_print(&plain, name, sizeof name);
    put_time(t, item);
    cap_buf_fmt(&t->steps, "P-%s %s %s\n", h->label, verb, about->b[0] == '*' ? "*" : name);
    return true;
}

/* The word of a message's text that begins with a key, "" if it has none. */
static size_t find_word(const char *text, const char *key, const char **word)
{
    const char *at = strstr(text, key);
    *word = at ? at + 1 : "";
    return at ? strcspn(at + 1, " ") : 0;
}

static void put_whom(replay_toscene *t, const cap_item *item)
{
    const toscene_host *to = toscene_find(t, item->to.ip);
    if (cap_is_to_all(item))
        cap_buf_str(&t->steps, " to=broadcast");
    else if (to)
        cap_buf_fmt(&t->steps, " to=%s", to->label);
}

/* From the request on, and half a second more than it took, or twice as long. */
static void put_window(replay_toscene *t, const cap_item *item, const cap_link *link)
{
    long long then = when(t, item), after = (long long)link->after;
    long long begin = then > after ? then - after : 0;
    if (link->answers)
        cap_buf_fmt(&t->steps, " between %lldus %lldus", begin,
                    then + (after > 500000 ? after : 500000));
}

static void put_expect(replay_toscene *t, const cap_item *item, const cap_link *link,
                       const toscene_host *h, const char *text)
{
    const char *name = strchr(text, ' '), *word;
    size_t kind = name ? (size_t)(name - text) : strlen(text);
    size_t n = name ? strcspn(name + 1, " ") : 0;
    bool asked_by_step = link->answers && !cap_is_to_all(item) && toscene_find(t, item->to.ip) &&
                         toscene_find(t, item->to.ip)->role == TOSCENE_SENDER;
    cap_buf_fmt(&t->steps, "expect message from=%s", h->label);
    put_whom(t, item);
    cap_buf_fmt(&t->steps, " %.*s %.*s", (int)kind, text, n ? (int)n : 1, n ? name + 1 : "*");
    if (asked_by_step && (n = find_word(text, " id=", &word)) > 0)
        cap_buf_fmt(&t->steps, " %.*s", (int)n, word);
    if ((n = find_word(text, " rcode=", &word)) > 0)
        cap_buf_fmt(&t->steps, " %.*s", (int)n, word);
    put_window(t, item, link);
    cap_buf_str(&t->steps, "\n");
}

/* Of the other side: who asks does so by a program, and every message is expected. */
static void put_theirs(replay_toscene *t, const cap_item *item, const cap_link *link,
                       const toscene_host *h, const char *text)
{
    if (item->msg->service == NBT_SERVICE_DATAGRAM || item->msg->err) {
        put_send(t, item, text); /* no control block of a step sends these */
        return;
    }
    if (link->repeats)
        return;
    if (!link->answers && !toscene_goes_on(&item->msg->u.ns) &&
        (h->role != TOSCENE_COMPUTER || !put_verb(t, item, h))) {
        t->left.own++;
        return;
    }
    put_expect(t, item, link, h, text);
}

void replay_toscene_put(replay_toscene *t, const cap_item *item, const cap_link *link)
{
    if (!item->msg && !item->rc)
        return;
    if (item->tcp) {
        t->left.tcp += item->msg != NULL;
        return;
    }
    const toscene_host *h = item->has_ip && item->msg ? toscene_find(t, item->from.ip) : NULL;
    char *text = malloc(TOSCENE_TEXT_MAX);
    size_t n = h && text ? nbt_text_print(item->msg, text, TOSCENE_TEXT_MAX) : 0;
    if (n == 0 || n >= TOSCENE_TEXT_MAX || item->cut) {
        t->left.unsaid++;
    } else if (h->role == TOSCENE_SENDER) {
        size_t size = item->msg->bytes.n;
        t->largest = size > t->largest ? size : t->largest;
        put_send(t, item, text);
    } else {
        put_theirs(t, item, link, h, text);
    }
    free(text);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* A text in quotes. */
static void put_quoted(cap_buf *to, const char *text)
{
    cap_buf_str(to, "\"");
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            cap_buf_str(to, "\\");
        cap_buf_add(to, *p == '\n' ? " " : p, 1);
    }
    cap_buf_str(to, "\"");
}

/* The file's name as a label. */
static void put_label(cap_buf *to, const char *file)
{
    size_t n = 0;
    cap_buf_str(to, "of-");
    for (const char *p = file; *p && *p != '.' && n < 24; p++, n++) {
        bool good = (*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z');
        cap_buf_add(to, good ? p : "-", 1);
    }
}

static void put_head(replay_toscene *t)
{
    cap_buf *o = &t->text;
    const replay_toscene_left *left = &t->left;
    cap_buf_str(o, "scenario ");
    put_label(o, t->cfg.file);
    cap_buf_str(o, " \"what the capture has\"\nsource ");
    put_quoted(o, t->cfg.file);
    cap_buf_str(o, "\n");
    if (t->lead)
        cap_buf_fmt(o,
                    "about \"The capture begins at %lld s; before that, names are registered.\"\n",
                    (long long)(t->lead / NBT_S(1)));
    if (left->tcp + left->unsaid + left->own > 0)
        cap_buf_fmt(o,
                    "about \"Left out: %llu messages over TCP, %llu that no step can send, %llu "
                    "requests that no program makes.\"\n",
                    (unsigned long long)left->tcp, (unsigned long long)left->unsaid,
                    (unsigned long long)left->own);
    cap_buf_str(o, "allow two-owners because=\"the capture may have them\"\n"
                   "allow group-and-unique because=\"the capture may have it\"\n");
}

bool replay_toscene_end(replay_toscene *t, scene *s, scene_errs *errs)
{
    put_head(t);
    toscene_things(t, &t->text);
    cap_buf_add(&t->text, t->steps.s ? t->steps.s : "", t->steps.n);
    cap_buf_str(&t->text, "end +5s\n");
    return scene_parse(t->cfg.mem, t->text.s, t->text.n, s, errs) && scene_check(s, errs);
}

const char *replay_toscene_text(const replay_toscene *t, size_t *len)
{
    *len = t->text.n;
    return t->text.s;
}

const replay_toscene_left *replay_toscene_leaves(const replay_toscene *t)
{
    return &t->left;
}
