/*
 * nbtreplay: says again what is in a capture.
 */
#include "tools/replay/anonymise.h"
#include "tools/replay/emulator.h"
#include "tools/replay/live.h"
#include "tools/replay/opt.h"
#include "tools/replay/raw.h"
#include "tools/replay/scenario.h"

int main(int argc, char **argv)
{
    replay_opt o;
    replay_opt_parse(&o, argc, argv);
    switch (o.deed) {
    case REPLAY_NOTHING: /* which the command line does not let pass */
        break;
    case REPLAY_ANONYMISE:
        return replay_anonymise(&o);
    case REPLAY_SCENARIO:
        return replay_scenario(&o);
    case REPLAY_LIVE:
        return replay_live(&o);
    case REPLAY_EMULATOR:
        return replay_emulator(&o);
    case REPLAY_RAW:
        return replay_raw(&o);
    }
    return HOST_USAGE;
}
