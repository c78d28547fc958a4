/*
 * What nbtquery takes and says: names as users type them, answers and results in words and as JSON
 * events. It sends nothing; what is an answer, nbt/probe knows.
 */
#ifndef TOOLS_HOST_QUERY_H
#define TOOLS_HOST_QUERY_H

#include <stdio.h>

#include "nbt/probe.h"
#include "tools/host/err.h"
#include "tools/host/json.h"

/*
 * A name from the command line: the text form of nbt/name.h, byte for byte, such as FRED<20> or
 * FRED<20>.LAB; or without < a computer's name of 1 to 15 characters, which is put into upper case
 * and gets the suffix 00. `scope` is added where the name has none; NULL for none. False with
 * HOST_USAGE.
 */
bool host_query_name(const char *text, const char *scope, nbt_name *out, host_err *err);

/* The address of one host: not 0.0.0.0, none of many. False with HOST_USAGE; `option` is named. */
bool host_query_address(const char *text, const char *option, uint32_t *out, host_err *err);

/* What a message means, in a line without a newline; of a node status, without its names. */
enum { HOST_QUERY_MEANS_MAX = 8192 };
void host_query_means(const nbt_ns *m, char buf[HOST_QUERY_MEANS_MAX]);

/* An answer, or what is none (`take`): for people, several lines; for programs an event "answer" */
void host_query_show(FILE *to, nbt_probe_take take, const nbt_probe_got *got, nbt_ep from);
void host_query_json(FILE *to, nbt_probe_take take, const nbt_probe_got *got, nbt_ep from);

/* "refused_by" of a registration: the addresses of those who object to it by broadcast. */
void host_query_json_refusers(host_json *j, const nbt_probe *p);

/*
 * What it all came to when the probe is over, or when its user has had enough: a line without a
 * newline, and the exit status. `check`: the question was whether the name may be used.
 */
host_status host_query_verdict(const nbt_probe *p, bool check, nbt_time now,
                               char buf[HOST_QUERY_MEANS_MAX]);

#endif
