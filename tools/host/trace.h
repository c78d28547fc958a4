/*
 * NBT_ACT_TRACE, shown: as a JSON event for programs, as a line for people.
 */
#ifndef TOOLS_HOST_TRACE_H
#define TOOLS_HOST_TRACE_H

#include <stdio.h>

#include "nbt/act.h"

/* {"event":"trace","lana":0,"what":"name","from":"registering","to":"refused",...}; what there is
 * not has no key: name, field, offset */
void host_trace_json(FILE *f, const nbt_act *act);

/* 12:00:00.123 lana 0: name FRED<20>: registering -> refused (another node objects) by 10.0.0.2,
 * code 06, trn 0x1234; for no name "-" */
void host_trace_line(FILE *f, const nbt_act *act);

#endif
