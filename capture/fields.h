/*
 * All fields of an item: one list of them, which is printed as JSON, one object a line, or in
 * detail, a line for each field with what its value means.
 *
 * Which keys the JSON has, with their types, units and sections, is said by fields.schema.json
 * beside this file, which is installed for programs to check against; a test holds the two
 * together. The rules: frame, time, src, dst, service, kind, name and answers_frame are always
 * there, null where there is nothing (of a note service, kind and name are); no key is repeated,
 * what can be there several times is an array; a name is an object of text, suffix, hex, service
 * and scope, always all five. Numbers are decimal, octets are text in hex. What a field means goes
 * by its name of RFC 1002, a code stands as a number and as its word.
 */
#ifndef CAPTURE_FIELDS_H
#define CAPTURE_FIELDS_H

#include "capture/dialog.h"
#include "capture/print.h"
#include "capture/tap.h"

/*
 * Each prints at `to`, which has room for CAP_LINE_MAX, and ends with a newline. Gives the number
 * of characters; detail of an item without a message is none.
 */
size_t cap_fields_json(const cap_item *item, const cap_link *link, char *to);

/*
 * The same for the bulk interface of Elasticsearch and OpenSearch, in two lines: the action, to put
 * the document into the index of its day (UTC), nbt-2026-11-25; and the document, which has
 * "@timestamp", ISO 8601 in UTC to the microsecond, before what cap_fields_json prints.
 */
size_t cap_fields_ek(const cap_item *item, const cap_link *link, char *to);

/* A name as an object, for other JSON; without a newline. `to` has room for CAP_FIELDS_NAME_MAX. */
enum { CAP_FIELDS_NAME_MAX = 4096 };
size_t cap_fields_name(const nbt_name *name, bool group, char *to);

size_t cap_fields_detail(const cap_item *item, char *to);

#endif
