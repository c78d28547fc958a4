/*
 * What both forms of an effect are made of; for rcshow_json.c and rcshow_line.c.
 */
#ifndef TOOLS_HOST_RCSHOW_IMPL_H
#define TOOLS_HOST_RCSHOW_IMPL_H

#include "rc/channel.h"
#include "rc/line.h"
#include "tools/host/rcshow.h"

/* An effect, while it is shown. */
typedef struct rcshown {
    const host_rcshow *show;
    const nbt_act *act;
    nbt_bytes data;
    const char *text; /* the data as a C string */
} rcshown;

/* An effect's data as a C string; none is longer than a line. */
const char *host_rcshow_text(nbt_bytes data, char text[RC_LINE_MAX]);

/* Whether there is a name. */
bool host_rcshow_named(const uint8_t name[NBT_NAME_LEN]);

/* A name without its suffix. */
const char *host_rcshow_machine(const uint8_t name[NBT_NAME_LEN], char machine[NBT_NAME_STR_MAX]);

/* The ports of a LISTENING; how many. */
size_t host_rcshow_ports(const rcshown *e, uint16_t ports[RC_PORTS_MAX]);

#endif
