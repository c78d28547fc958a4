/*
 * From the command line to the player's.
 */
#include "tools/replay/setup.h"
#include "tools/host/iface.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

enum { LISTED = 12, LIST_MAX = 360 };

/* "10.0.0.1 (12 messages), 10.0.0.2 (3 messages)" */
static void list_hosts(const replay_study *study, char *to)
{
    const cap_cast *cast = study->cast;
    size_t all = cap_cast_count(cast), n = 0, listed = 0;
    char ip[HOST_IP_STR_MAX], link[CAP_LINK_NAME_MAX];
    to[0] = '\0';
    for (size_t i = 0; i < all && listed < LISTED; i++) {
        const cap_cast_host *h = cap_cast_at(cast, i);
        if (h->sent == 0 || n > LIST_MAX - 48)
            continue;
        n += (size_t)snprintf(to + n, LIST_MAX - n, "%s%s (%" PRIu64 " messages)", n ? ", " : "",
                              host_ip_str(h->ip, ip), h->sent);
        listed++;
    }
    if (listed > 0)
        return;
    cap_link_name(study->link, link);
    if (study->unread)
        snprintf(to, LIST_MAX, "nobody: %" PRIu64 " packets are of link type %s, which is not read",
                 study->unread, link);
    else
        snprintf(to, LIST_MAX, "nobody: there is no message of NetBIOS");
}

/* Of a file that is not played as a whole, "it" is not the file. */
static const char *of_part(const replay_cut *cut)
{
    bool part = cut->first || cut->last || cut->begin || cut->end;
    return part ? " in the part that --from and --to leave" : "";
}

static bool are_there(const replay_setup *s, const uint32_t *ip, size_t n, bool must_send,
                      host_err *err)
{
    char text[HOST_IP_STR_MAX], list[LIST_MAX];
    for (size_t i = 0; i < n; i++) {
        const cap_cast_host *h = cap_cast_find(s->study.cast, ip[i]);
        if (h && (h->sent > 0 || !must_send))
            continue;
        list_hosts(&s->study, list);
        host_err_set(err, HOST_USAGE, "%s has nothing that %s said%s; it has: %s", s->o->cut.path,
                     host_ip_str(ip[i], text), of_part(&s->o->cut), list);
        return false;
    }
    return true;
}

bool replay_setup_has_hosts(const replay_setup *s, host_err *err)
{
    char list[LIST_MAX];
    size_t n = cap_cast_count(s->study.cast), sent = 0;
    for (size_t i = 0; i < n; i++)
        sent += cap_cast_at(s->study.cast, i)->sent > 0;
    if (sent > 0)
        return true;
    list_hosts(&s->study, list);
    host_err_set(err, HOST_USAGE, "%s has %s", s->o->cut.path, list);
    return false;
}

/* On a real network one stands for each target; the emulator stands for everybody. */
static bool find_peers(replay_setup *s, host_err *err)
{
    const replay_opt *o = s->o;
    char ip[HOST_IP_STR_MAX];
    for (size_t i = 0; i < o->npeers; i++)
        s->parts.theirs[s->parts.ntheirs++] = o->peers[i];
    if (!are_there(s, o->peers, o->npeers, false, err))
        return false;
    if (o->deed != REPLAY_LIVE || o->npeers > 0)
        return true;
    const cap_cast_host *peer = cap_cast_peer(s->study.cast);
    if (!peer) {
        host_err_set(err, HOST_USAGE,
                     "%s has only one side: nobody else says anything to %s, or hears of it; take "
                     "another capture, or say --peer ADDRESS",
                     o->cut.path, host_ip_str(s->parts.ours[0], ip));
        return false;
    }
    s->parts.theirs[s->parts.ntheirs++] = peer->ip;
    return true;
}

/* Ids are others than in the capture: who is asked twice must not take it for a repetition. */
static bool choose_salt(replay_setup *s, host_err *err)
{
    if (s->o->seeded) {
        s->map.salt = (uint16_t)(s->o->seed * 40503 + 0x4000);
        return true;
    }
    if (getrandom(&s->map.salt, sizeof s->map.salt, 0) == sizeof s->map.salt)
        return true;
    host_err_set(err, HOST_SYSTEM, "the system has no random numbers");
    return false;
}

bool replay_setup_begin(replay_setup *s, const replay_opt *o, host_err *err)
{
    char why[CAP_ERR_MAX];
    *s = (replay_setup){ .o = o, .map = o->map };
    for (size_t i = 0; i < o->nours; i++)
        s->parts.ours[s->parts.nours++] = o->ours[i];
    s->studied = true;
    if (!replay_study_read(&s->study, &o->cut, &s->parts, why)) {
        host_err_set(err, HOST_USAGE, "%s", why);
        return false;
    }
    s->player = (cap_player_cfg){ .map = &s->map,
                                  .ignore = &o->ignore,
                                  .timing = o->timing,
                                  .scale = o->scale,
                                  .patience = o->patience,
                                  .late = o->late,
                                  .step = o->step };
    s->player.all = o->verbose || o->form != REPLAY_TEXT || o->junit;
    if (o->per_second)
        s->player.pause = (nbt_time)(1000000 / o->per_second);
    return are_there(s, o->ours, o->nours, true, err) && find_peers(s, err) && choose_salt(s, err);
}

bool replay_setup_report(replay_setup *s, host_err *err)
{
    char why[CAP_ERR_MAX];
    const replay_opt *o = s->o;
    replay_report_cfg cfg = { .form = o->form,
                              .to = stdout,
                              .junit = o->junit,
                              .name = o->cut.path,
                              .color = isatty(STDOUT_FILENO) != 0,
                              .verbose = o->verbose };
    s->report = replay_report_new(&cfg, why);
    if (!s->report)
        host_err_set(err, HOST_SYSTEM, "%s", why);
    return s->report;
}

void replay_setup_note(replay_setup *s, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    replay_report_note(s->report, line);
}

void replay_setup_left(replay_setup *s, const cap_left *left, const char *damage)
{
    const struct {
        uint64_t n;
        const char *what;
    } all[] = {
        { left->strangers, "messages of hosts that have no part" },
        { left->unbegun, "messages on connections whose beginning the capture lacks" },
        { left->streamed,
          "messages of remote control over UDP, which --emulator and --to-scenario take along" },
        { left->cut, "messages whose end the capture lacks" },
        { left->unread, "packets of a link type that is not read" },
        { left->lost, "packets whose fragments are not all there" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].n > 0)
            replay_setup_note(s, "left out: %" PRIu64 " %s", all[i].n, all[i].what);
    if (damage[0])
        replay_setup_note(s, "%s; what is before was played", damage);
}

int replay_setup_sum(replay_setup *s, const cap_player_counts *counts, host_err *err)
{
    bool same = replay_report_end(s->report, counts);
    if (counts->failed)
        host_err_set(err, HOST_SYSTEM, "no memory");
    else if (counts->of[CAP_SENT] + counts->of[CAP_SKIPPED] + counts->expected == 0)
        host_err_set(err, HOST_USAGE, "%s has nothing to be played between these hosts",
                     s->o->cut.path);
    return same ? HOST_OK : HOST_FOUND;
}

void replay_setup_end(replay_setup *s, host_err *err)
{
    char why[CAP_ERR_MAX];
    if (s->report && !replay_report_free(s->report, why) && !err->status)
        host_err_set(err, HOST_SYSTEM, "%s", why);
    if (s->studied)
        replay_study_fini(&s->study);
}

int replay_setup_run(const replay_opt *o, int (*play)(replay_setup *s, host_err *err))
{
    replay_setup s;
    host_err err = { .status = HOST_OK };
    int status = replay_setup_begin(&s, o, &err) ? play(&s, &err) : HOST_USAGE;
    replay_setup_end(&s, &err);
    if (!err.status)
        host_stdout_lost(&err);
    return err.status ? host_err_print("nbtreplay", &err) : status;
}
