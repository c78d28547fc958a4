/*
 * A capture played against the emulator, and what came of it as text: for scripts, before and
 * beside nbtreplay's own command line.
 *
 *     replay_of FILE ADDRESS[,ADDRESS...] [-v] [PROFILE [SERVER]]
 */
#include "tools/replay/emulate.h"
#include "tools/replay/report.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_ours(cap_parts *parts, char *list)
{
    struct in_addr a;
    for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
        if (parts->nours == CAP_PARTS_MAX || inet_pton(AF_INET, word, &a) != 1)
            return false;
        parts->ours[parts->nours++] = ntohl(a.s_addr);
    }
    return parts->nours > 0;
}

static int fail(const char *why)
{
    (void)fprintf(stderr, "replay_of: %s\n", why);
    return 1;
}

int main(int argc, char **argv)
{
    char err[CAP_ERR_MAX], line[REPLAY_LINE_MAX];
    cap_parts parts = { 0 };
    bool verbose = argc > 3 && strcmp(argv[3], "-v") == 0;
    int next = verbose ? 4 : 3;
    if (argc < 3 || !parse_ours(&parts, argv[2]))
        return fail("usage: replay_of FILE ADDRESS[,ADDRESS...] [-v] [PROFILE [SERVER]]");
    replay_cut cut = { .path = argv[1] };
    replay_study study;
    if (!replay_study_read(&study, &cut, &parts, err))
        return fail(err);
    cap_map map = { .salt = 0x4000 };
    cap_ignore ignore = { 0 };
    cap_player_cfg player = { .map = &map,
                              .ignore = &ignore,
                              .timing = CAP_TIMING_CAPTURED,
                              .scale = 1000000,
                              .patience = NBT_S(5),
                              .late = NBT_S(1),
                              .all = verbose };
    replay_emulate_cfg cfg = { .cut = &cut,
                               .parts = &parts,
                               .study = &study,
                               .player = &player,
                               .profile = argc > next ? argv[next] : NULL,
                               .server = argc > next + 1 ? argv[next + 1] : NULL,
                               .seed = 1 };
    replay_emulate *e = replay_emulate_new(&cfg, err);
    if (!e)
        return fail(err);
    replay_report_cfg form = { .to = stdout, .name = argv[1], .verbose = verbose };
    replay_report *report = replay_report_new(&form, err);
    for (size_t i = 0; replay_emulate_about(e, i, line); i++)
        replay_report_note(report, line);
    cap_result r;
    while (replay_emulate_next(e, &r))
        replay_report_put(report, &r);
    bool same = replay_report_end(report, replay_emulate_counted(e));
    if (replay_emulate_unplayed(e))
        (void)printf("%llu not played by the emulator\n",
                     (unsigned long long)replay_emulate_unplayed(e));
    if (!replay_report_free(report, err) || !replay_emulate_free(e, err))
        return fail(err);
    replay_study_fini(&study);
    return same ? 0 : 3;
}
