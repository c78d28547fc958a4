/*
 * Whatever anybody sends to a browser that is the local master, and to who takes messages:
 * datagrams of any octets, SMBs of a session. Each begins with an octet that says to which, and one
 * with how many octets follow. Nothing may be lost, written elsewhere, or grow without bound.
 */
#include "nbt/browser.h"
#include "nbt/popup.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx;
    (void)old;
    if (size > 0)
        return realloc(p, size);
    free(p);
    return NULL;
}

static const nbt_mem mem = { NULL, resize };
static const nbt_bytes none;

enum { NAMES = 5 }; /* of a local master, with the computer's own */

typedef struct desk {
    nbt_browser *browser;
    nbt_popup *popup;
    nbt_time now;
    nbt_out out;
    uint32_t names[NAMES]; /* RECEIVE DATAGRAM of the browser, for each of its names */
    uint32_t slot, talk;   /* the same of the other; RECEIVE of a session */
} desk;

/* A RECEIVE DATAGRAM of the browser: each is kept until something comes. */
static void keep(desk *d, uint32_t tag)
{
    size_t i = 0;
    while (i < NAMES && d->names[i])
        i++;
    must(i < NAMES);
    d->names[i] = tag;
}

/* Every command that is not a RECEIVE does well at once. */
static void serve(desk *d, bool browser)
{
    for (int again = 0; again < 64 && d->out.n > 0; again++) {
        nbt_out now = d->out;
        nbt_out_init(&d->out, mem);
        for (size_t i = 0; i < now.n; i++) {
            const nbt_act *act = &now.acts[i];
            nbt_ncb ncb = act->ncb;
            if (act->kind != NBT_ACT_NCB)
                continue;
            switch (nbt_ncb_verb(&ncb)) {
            case NBT_NCB_RECEIVE_DATAGRAM:
                if (browser)
                    keep(d, act->tag);
                else
                    d->slot = act->tag;
                continue;
            case NBT_NCB_RECEIVE:
                d->talk = act->tag;
                continue;
            case NBT_NCB_LISTEN:
                ncb.lsn = 1;
                if (d->talk)
                    continue;
                break;
            case NBT_NCB_FIND_NAME:
                ncb.retcode = NBT_NRC_CMDTMO;
                break;
            default:
                break;
            }
            if (browser)
                nbt_browser_ncb(d->browser, d->now, act->tag, &ncb, none, &d->out);
            else
                nbt_popup_ncb(d->popup, d->now, act->tag, &ncb, none, &d->out);
        }
        nbt_out_fini(&now);
    }
}

static void tick(desk *d, nbt_time more)
{
    d->now += more;
    nbt_browser_tick(d->browser, d->now, &d->out);
    serve(d, true);
    nbt_popup_tick(d->popup, d->now, &d->out);
    serve(d, false);
}

static void begin(desk *d)
{
    nbt_browser_cfg browser = { .profile = nbt_browser_profile_find("nt4", 3),
                                .part = NBT_BROWSER_PREFERRED,
                                .group = "LAB",
                                .machine = "BOX",
                                .comment = "",
                                .os = -1,
                                .obey_reset = true };
    nbt_popup_cfg popup = { .machine = "BOX" };
    memset(d, 0, sizeof *d);
    nbt_out_init(&d->out, mem);
    d->browser = nbt_browser_new(mem, &browser);
    d->popup = nbt_popup_new(mem, &popup);
    must(d->browser && d->popup);
    nbt_browser_start(d->browser, d->now, &d->out);
    serve(d, true);
    nbt_popup_start(d->popup, d->now, &d->out);
    serve(d, false);
    for (int i = 0; i < 10; i++)
        tick(d, NBT_S(1));
    must(nbt_browser_role_of(d->browser) == NBT_BROWSER_IS_MASTER);
}

static void one(desk *d, uint8_t to, nbt_bytes bytes)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_DATAGRAM, .length = (uint32_t)bytes.n };
    uint8_t *exact = malloc(bytes.n + 1);
    must(exact != NULL);
    if (bytes.n > 0)
        memcpy(exact, bytes.p, bytes.n);
    nbt_bytes in = { exact, bytes.n };
    uint32_t *name = &d->names[to / 3 % NAMES];
    if (to % 3 == 0 && *name) {
        uint32_t tag = *name;
        *name = 0;
        nbt_browser_ncb(d->browser, d->now, tag, &ncb, in, &d->out);
        serve(d, true);
    } else if (to % 3 == 1 && d->slot) {
        nbt_popup_ncb(d->popup, d->now, d->slot, &ncb, in, &d->out);
        serve(d, false);
    } else if (d->talk) {
        uint32_t tag = d->talk;
        d->talk = 0;
        nbt_popup_ncb(d->popup, d->now, tag, &ncb, in, &d->out);
        serve(d, false);
    }
    free(exact);
    if (to & 0x80)
        tick(d, NBT_S(to));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    desk d;
    begin(&d);
    while (size >= 2) {
        size_t n = (size_t)data[1] * 2;
        n = n < size - 2 ? n : size - 2;
        one(&d, data[0], (nbt_bytes){ data + 2, n });
        data += 2 + n;
        size -= 2 + n;
    }
    must(d.names[0] && d.names[1]); /* the computer's own and the workgroup's, whatever was said */
    must(!nbt_browser_server_at(d.browser, NBT_BROWSER_SERVERS_MAX));
    nbt_browser_free(d.browser);
    nbt_popup_free(d.popup);
    nbt_out_fini(&d.out);
    return 0;
}
