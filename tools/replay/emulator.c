/*
 * From the command line to tools/replay/emulate.h, and its results to the report.
 */
#include "tools/replay/emulator.h"
#include "tools/host/progress.h"
#include "tools/replay/emulate.h"
#include "tools/replay/setup.h"

#include <inttypes.h>
#include <stdio.h>

enum { LOOK_EVERY = 4096 /* results */ };

static int run(replay_setup *s, replay_emulate *e, host_err *err)
{
    host_progress progress;
    char line[REPLAY_LINE_MAX];
    cap_result r;
    host_progress_init(&progress);
    for (size_t i = 0; replay_emulate_about(e, i, line); i++)
        replay_setup_note(s, "%s", line);
    for (uint64_t n = 1; !host_progress_stopped() && replay_emulate_next(e, &r); n++) {
        replay_report_put(s->report, &r);
        if (n % LOOK_EVERY == 0 && host_progress_due(&progress)) {
            snprintf(line, sizeof line, "%" PRIu64 " results", n);
            fflush(stdout); /* lines stay whole where both go to one file */
            host_progress_show(&progress, 0, 1, line);
        }
    }
    host_progress_clear(&progress);
    replay_setup_left(s, replay_emulate_left(e), replay_emulate_error(e));
    if (replay_emulate_unplayed(e))
        replay_setup_note(s, "left out: %" PRIu64 " messages that no computer of ours sends",
                          replay_emulate_unplayed(e));
    if (replay_emulate_counted(e)->expected + replay_emulate_unplayed(e) == 0)
        replay_setup_note(s, "%s has only one side: nothing is expected of anybody",
                          s->o->cut.path);
    if (host_progress_stopped())
        replay_setup_note(s, "stopped before the end");
    int status = replay_setup_sum(s, replay_emulate_counted(e), err);
    return host_progress_stopped() ? HOST_FAILED : status;
}

static int play(replay_setup *s, host_err *err)
{
    char why[CAP_ERR_MAX];
    const replay_opt *o = s->o;
    replay_emulate_cfg cfg = { .cut = &o->cut,
                               .parts = &s->parts,
                               .study = &s->study,
                               .player = &s->player,
                               .profile = o->profile,
                               .server = o->server,
                               .seed = o->seed,
                               .write = o->write };
    replay_emulate *e = replay_emulate_new(&cfg, why);
    if (!e) {
        host_err_set(err, HOST_USAGE, "%s", why);
        return HOST_USAGE;
    }
    int status = replay_setup_report(s, err) ? run(s, e, err) : HOST_SYSTEM;
    if (!replay_emulate_free(e, why) && !err->status)
        host_err_set(err, HOST_SYSTEM, "%s", why);
    return status;
}

int replay_emulator(const replay_opt *o)
{
    return replay_setup_run(o, play);
}
