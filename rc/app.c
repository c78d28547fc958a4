/*
 * The effects of viewers and agents by name, and their making. It never decides which is due.
 */
#include "rc/app.h"

#include <string.h>

const char *rc_app_str(rc_app app)
{
    switch (app) {
    case RC_APP_SLOT_WANTED:
        return "slot-wanted";
    case RC_APP_SLOT_BACK:
        return "slot-back";
    case RC_APP_ASK:
        return "ask";
    case RC_APP_ASK_OVER:
        return "ask-over";
    case RC_APP_CLAIMED:
        return "claimed";
    case RC_APP_CLAIM_REFUSED:
        return "claim-refused";
    case RC_APP_NAME_RETURNED:
        return "name-returned";
    case RC_APP_LISTENING:
        return "listening";
    case RC_APP_LISTEN_FAILED:
        return "listen-failed";
    case RC_APP_TRYING:
        return "trying";
    case RC_APP_MISSED:
        return "missed";
    case RC_APP_WAITING:
        return "waiting";
    case RC_APP_CHECKED:
        return "checked";
    case RC_APP_CONNECTED:
        return "connected";
    case RC_APP_SCREEN:
        return "screen";
    case RC_APP_KEYS:
        return "keys";
    case RC_APP_PING:
        return "ping";
    case RC_APP_CLOSED:
        return "closed";
    case RC_APP_FILE_OPEN:
        return "file-open";
    case RC_APP_FILE_READ:
        return "file-read";
    case RC_APP_FILE_WRITE:
        return "file-write";
    case RC_APP_FILE_CUT:
        return "file-cut";
    case RC_APP_FILE_PLACE:
        return "file-place";
    case RC_APP_FILE_OVER:
        return "file-over";
    case RC_APP_FILE_PROGRESS:
        return "progress";
    case RC_APP_FILE_RESULT:
        return "file";
    case RC_APP_CHAT:
        return "chat";
    case RC_APP_EXECUTE:
        return "execute";
    case RC_APP_REBOOT:
        return "reboot";
    case RC_APP_CONTEXT_LOST:
        return "context-lost";
    case RC_APP_OUT_OF_STEP:
        return "out-of-step";
    case RC_APP_LOG:
        return "log";
    case RC_APP_SAY:
        return "say";
    case RC_APP_ERROR:
        return "error";
    case RC_APP_EXIT:
        return "exit";
    }
    return "unknown";
}

const char *rc_log_meaning(rc_log code)
{
    switch (code) {
#define X(sym, number, meaning)                                                                    \
    case RC_LOG_##sym:                                                                             \
        return meaning;
        RC_LOGS(X)
#undef X
    }
    return "unknown";
}

const char *rc_closed_str(rc_closed closed)
{
    switch (closed) {
    case RC_CLOSED_BY_VIEWER:
        return "viewer";
    case RC_CLOSED_BY_CLIENT:
        return "client";
    case RC_CLOSED_BY_LOSS:
        return "loss";
    }
    return "unknown";
}

const char *rc_end_str(rc_end end)
{
    switch (end) {
#define X(sym, word, reason)                                                                       \
    case RC_END_##sym:                                                                             \
        return word;
        RC_ENDS(X)
#undef X
    }
    return "unknown";
}

const char *rc_end_reason(rc_end end)
{
    switch (end) {
#define X(sym, word, reason)                                                                       \
    case RC_END_##sym:                                                                             \
        return reason;
        RC_ENDS(X)
#undef X
    }
    return "unknown";
}

nbt_act *rc_emit(nbt_out *out, rc_app app, int64_t value, const char *text)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_APP, text, text ? strlen(text) : 0);
    act->app = app;
    act->value = value;
    return act;
}

void rc_emit_say(nbt_out *out, rc_say say, const char *who)
{
    rc_line line;
    rc_say_fill(say, who, &line);
    rc_emit(out, RC_APP_SAY, say, line.s);
}

nbt_act *rc_emit_error(nbt_out *out, rc_end end, const char *reason, const nbt_ncb *ncb)
{
    nbt_act *act = rc_emit(out, RC_APP_ERROR, end, reason ? reason : rc_end_reason(end));
    if (ncb)
        act->ncb = *ncb;
    return act;
}
