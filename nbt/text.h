/*
 * The one-line text form of a message: what nbtdump prints, what reports quote, what scenario files
 * contain. One grammar, printed and parsed by one file: parse(print(m)) gives m's bytes again.
 *
 * A line is a list of words separated by single spaces:
 *
 *     KIND NAME key=value ... flag ...
 *
 * KIND is the word of nbt/kinds.def or nbt/codes.def; NAME is the text form of nbt/name.h (for a
 * datagram and a session request: CALLING>CALLED order is written from=, to=). What has the value
 * that the RFC draws for this kind is not printed; what differs is, by its RFC field name. A
 * message that its fields do not describe wholly ends in raw=HEX with all its bytes. A message that
 * could not be read is `malformed-name-packet at=12 field=LABEL why=...  raw=HEX`.
 */
#ifndef NBT_TEXT_H
#define NBT_TEXT_H

#include "nbt/msg.h"

/* Where and why a line could not be parsed. `column` counts from 1. Static texts. */
typedef struct nbt_text_err {
    size_t column;
    const char *why;      /* what is wrong */
    const char *expected; /* what could stand there */
} nbt_text_err;

/* The word for a message's kind: the first word of its line. Static text. */
const char *nbt_text_kind(const nbt_msg *m);

/*
 * Prints a message as one line without a newline. Returns the length the whole line has; when that
 * is >= cap, only cap - 1 characters and the NUL were written. cap 0 writes nothing.
 */
size_t nbt_text_print(const nbt_msg *m, char *buf, size_t cap);

/*
 * Parses one line. `arena` holds what the message borrows (rdata, data, raw bytes) and must live as
 * long as it; an arena as long as the line, plus 1024, is always enough. False: `*err` says why,
 * `*m` is unspecified.
 */
bool nbt_text_parse(nbt_msg *m, const char *line, size_t len, uint8_t *arena, size_t arena_cap,
                    nbt_text_err *err);

#endif
