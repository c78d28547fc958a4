/*
 * JSON events: one object a line, written whole and flushed, for programs that watch ours. It only
 * writes; reading JSON is jansson's.
 */
#ifndef TOOLS_HOST_JSON_H
#define TOOLS_HOST_JSON_H

#include <stdio.h>

#include "nbt/name.h"

/*
 * One event under construction. Keys are given in the order in which they are to stand, NULL inside
 * an array. Text that is not UTF-8 has each wrong byte written as U+FFFD.
 */
typedef struct host_json {
    FILE *to, *line;
    char *text;
    size_t len;
    bool first; /* no comma before what comes next */
} host_json;

/* Begins {"time":1700000000.123456,"event":"..."; the time is the wall clock's, as in captures. */
void host_json_begin(host_json *j, FILE *to, const char *event);

/* Closes the object and writes the line. Everything that was opened must be closed. */
void host_json_end(host_json *j);

void host_json_str(host_json *j, const char *key, const char *text);
void host_json_int(host_json *j, const char *key, int64_t value);
void host_json_bool(host_json *j, const char *key, bool value);

/* {"text":"FRED","suffix":"20","full":"FRED<20>"}: the text form of nbt/name.h, and its parts. */
void host_json_name(host_json *j, const char *key, const uint8_t name[NBT_NAME_LEN]);

/* "10.0.0.1:137"; without the port if that is 0; null for no address at all. */
void host_json_ep(host_json *j, const char *key, nbt_ep ep);

/* Opens and closes what the next values stand in: '{' or '['. */
void host_json_open(host_json *j, const char *key, char bracket);
void host_json_close(host_json *j, char bracket);

#endif
