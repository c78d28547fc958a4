/*
 * The one-line text form of a remote-control message, or of a segment that carries some over UDP,
 * printed and parsed: parse(print(m)) gives its octets again. The grammar is that of nbt/text.h,
 * and so are NAME, DATA and what is refused.
 *
 *     rc-rights CONSOLE<41> packings=none,rle,zlib user="lisa"
 *     rc-verdict - verdict=granted ticket=0x12345678
 *     rc-opened - verdict=granted columns=80 rows=25
 *     rc-screen - packing=zlib unpacked=4000 length=5 data=789c030000
 *     rc-keys - length=4 data="dir\x0d"
 *     rc-udp-data - stream=0x00000002 number=0 ack=52 length=9 data=0007010764697220
 *     malformed-rc-message at=1 field=TYPE why=unknown-value raw=01ff
 *
 *     line  = KIND NAME *( key=value )          a message that could be read
 *           | malformed-rc-message *word        one that could not
 *           | malformed-rc-segment *word        the same
 *     KIND  = rc- and a word of rc_msg_type_str, rc-udp- and one of rc_udp_kind_str
 *     NAME  = MACHINE, of an rc-rights: the viewer's name. Else a dash
 *
 * Words in the order in which they are printed; parsed, any will do:
 *     packings=none,rle   rc-rights: what the viewer can unpack; a dash for nothing
 *     user="lisa"         rc-rights: always as "text", with \xNN for what cannot stand there
 *     seconds=30          rc-wait
 *     verdict=busy        rc-verdict, rc-opened: a word of RC_VERDICTS
 *     ticket=0x12345678   rc-verdict, rc-open
 *     columns=80 rows=25  rc-opened
 *     packing=rle         rc-screen: none, rle or zlib
 *     unpacked=4000       rc-screen: octets, when unpacked
 *     serial=7            rc-ping, rc-pong
 *     reason=closed       rc-bye: closed, stopped or nonsense
 *     function=transfer   rc-function: a word of RC_FUNCTIONS
 *     size=5000           rc-begin, rc-whole: octets of the file
 *     offset=0            rc-have, rc-begin, rc-piece
 *     digest=HEX          rc-have, rc-whole: 32 octets
 *     result=done         rc-result: a word of RC_RESULTS
 *     stream=0x00000002   segments: the stream's id
 *     number=0            segments: of the first octet of the data
 *     ack=52              segments: of the next octet that is awaited
 *     length=4            octets of data, of those that have any; parsed, it may be missing
 *     data=DATA           rc-screen, rc-ping, rc-pong, rc-piece, rc-udp-data; rc-keys, rc-fetch,
 * rc-store, rc-chat and rc-execute always as "text" at= field= why=     malformed: the trouble;
 * parsed, each may be missing raw=HEX             malformed: all its octets; a dash for none
 */
#ifndef RC_TEXT_H
#define RC_TEXT_H

#include "nbt/text.h"
#include "rc/channel.h"
#include "rc/udp.h"

/* A message as it came, or a segment: what it says, or why it cannot be read; and its octets. */
typedef struct rc_packet {
    bool segment;          /* it is one: `seg`, and not `m` */
    nbt_err err;           /* NBT_OK, or why the octets could not be read */
    size_t err_at;         /* where the trouble is */
    const char *err_field; /* in which field, static text; NULL where it was parsed */
    rc_msg m;              /* unspecified when err is set */
    rc_udp_seg seg;        /* the same */
    nbt_bytes bytes; /* as they came, without a length before them; {NULL, 0}: it was parsed */
} rc_packet;

/* Always give a packet, which borrows the octets. Return whether it could be read. */
bool rc_packet_rd(rc_packet *p, const uint8_t *bytes, size_t n);
bool rc_packet_rd_segment(rc_packet *p, const uint8_t *bytes, size_t n);

/* Reads its octets again, and notes which of them are which field (nbt/span.h). */
void rc_packet_note(nbt_spans *spans, const rc_packet *p);

/* Its octets. Errors: those of rc_msg_wr. */
void rc_packet_wr(nbt_wr *w, const rc_packet *p);

/* All kinds as numbers from 0 on: messages by their type, segments behind them. */
enum {
    RC_KIND_BAD_MESSAGE,
    RC_KIND_SEGMENT = RC_MSG_TYPE_LAST, /* plus its rc_udp_kind */
    RC_KIND_BAD_SEGMENT = RC_KIND_SEGMENT + RC_UDP_KIND_LAST + 1,
    RC_KINDS,
};

unsigned rc_packet_kind(const rc_packet *p);

/* The first word of its line, and of that of a kind. Static text. */
const char *rc_text_kind(const rc_packet *p);
const char *rc_text_kind_str(unsigned kind);

/*
 * Whether a line of this kind can have this word, as nbt_text_may_say: "*" is any kind, and len 0
 * asks for the kind alone. False: `*err` says why not, with a column of the word.
 */
bool rc_text_may_say(const char *kind, size_t kind_len, const char *word, size_t len,
                     nbt_text_err *err);

/* The word for a way of packing: "rle". Static text. */
const char *rc_packing_str(rc_packing packing);

/* The word for a reason to end: "closed". Static text. */
const char *rc_bye_str(rc_bye bye);

/*
 * Prints a line without a newline. Returns the length that the whole line has; when that is >= cap,
 * only cap - 1 characters and the NUL were written. cap 0 writes nothing.
 */
size_t rc_text_print(const rc_packet *p, char *buf, size_t cap);

/*
 * Parses one line. `arena` holds what the message borrows and must live as long as it; `len` octets
 * are always enough. False: `*err` says why, `*p` is unspecified.
 */
bool rc_text_parse(rc_packet *p, const char *line, size_t len, uint8_t *arena, size_t arena_cap,
                   nbt_text_err *err);

/* Whether a line of some message can have a word of this key, as "length" of length=5. */
bool rc_text_has_key(const char *text, size_t len);

#endif
