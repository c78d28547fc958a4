/*
 * Packets to messages once more, without any output.
 */
#include "tools/dump/find.h"
#include "capture/dialog.h"
#include "capture/source.h"
#include "capture/tap.h"
#include "tools/dump/run.h"

#include <sys/stat.h>

/* Whether the packet that is looked for has been passed. */
static bool search_packet(const dump_opt *o, cap_tap *tap, cap_dialog *dialog)
{
    cap_item item;
    while (cap_tap_next(tap, &item)) {
        cap_link link;
        cap_dialog_put(dialog, &item, &link);
        if (cap_pick_search(o->pick, &item, &link))
            return true;
    }
    return false;
}

static void search(const dump_opt *o, cap_source *source, cap_tap *tap, cap_dialog *dialog)
{
    cap_packet p;
    for (size_t i = 0; i < o->nports; i++)
        cap_tap_port(tap, o->ports[i].usual, o->ports[i].port);
    while (cap_source_next(source, &p) == CAP_PACKET) {
        cap_tap_put(tap, &p);
        if (search_packet(o, tap, dialog))
            return;
    }
    cap_tap_end(tap);
    search_packet(o, tap, dialog);
}

static cap_source *open_again(const dump_opt *o, host_err *err)
{
    char why[CAP_ERR_MAX];
    struct stat st;
    if (stat(o->read, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        host_err_set(err, HOST_USAGE,
                     "--transaction reads a file twice, and %s can be read once; save it first "
                     "with -w FILE",
                     o->read);
        return NULL;
    }
    cap_source *source = cap_source_file(o->read, why);
    if (!source) {
        host_err_set(err, (host_status)DUMP_DAMAGED, "%s", why);
        return NULL;
    }
    if (o->filter && !cap_source_filter(source, o->filter, why)) {
        host_err_set(err, HOST_USAGE, "%s", why);
        cap_source_free(source);
        return NULL;
    }
    return source;
}

bool dump_find(const dump_opt *o, host_err *err)
{
    cap_source *source = open_again(o, err);
    if (!source)
        return false;
    cap_tap *tap = cap_tap_new();
    cap_dialog *dialog = cap_dialog_new();
    if (tap && dialog)
        search(o, source, tap, dialog);
    else
        host_err_set(err, HOST_SYSTEM, "no memory");
    if (!err->status && !cap_pick_found(o->pick))
        host_err_set(err, HOST_FAILED,
                     "--transaction %llu: no message of NetBIOS ends in that packet of %s; the "
                     "numbers are those that nbtdump -r %s shows",
                     (unsigned long long)cap_pick_packet(o->pick), o->read, o->read);
    cap_dialog_free(dialog);
    cap_tap_free(tap);
    cap_source_free(source);
    return err->status == 0;
}
