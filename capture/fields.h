/*
 * All fields of an item: one list of them, which is printed as JSON, one object a line, or in
 * detail, a line for each field with what its value means. And the octets beside them.
 *
 * Of the JSON: keys are never repeated; what can be there several times is an
 * array; a name always has all its 16 bytes. Numbers are decimal, octets are text in hex.
 *
 *     frame time                   always; seconds since 1970, to the microsecond
 *     src dst                      "10.0.0.1:137"; without IP only the next two
 *     src_mac dst_mac              where the capture has them
 *     transport service kind       of a message: udp or tcp; name, datagram or session; the word of
 *                                  the text form (nbt/text.h)
 *     name                         whom it is about: text, suffix, hex, service (what the suffix
 *                                  means, or null), scope
 *     answers_frame after          the request, and the seconds since
 *     repeats_frame                the first packet that said the same
 *     note                         what the capture lacks, or what is not decoded
 *     malformed                    at, field, why: then no field follows
 *     raw                          all octets, where the fields do not say them
 *
 * and all fields of the message under the names of RFC 1002, codes as number and as word.
 */
#ifndef CAPTURE_FIELDS_H
#define CAPTURE_FIELDS_H

#include "capture/dialog.h"
#include "capture/print.h"
#include "capture/tap.h"

/*
 * Each prints at `to`, which has room for CAP_LINE_MAX, and ends with a newline. Gives the number
 * of characters; detail and octets of an item without a message are none.
 */
size_t cap_fields_json(const cap_item *item, const cap_link *link, char *to);
size_t cap_fields_detail(const cap_item *item, char *to);
size_t cap_fields_octets(const cap_item *item, char *to);

#endif
