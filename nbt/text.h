/*
 * The one-line text form of a message: what nbtdump prints, what reports quote, what scenario files
 * contain. One grammar, printed and parsed by one file: parse(print(m)) gives m's bytes again.
 *
 *     registration-request FRED<20> id=0x1a2b b=1 ttl=300000 owner=10.0.0.1 node=H unique
 *     negative-registration-response FRED<20> id=0x1a2b rcode=ACT_ERR owner=10.0.0.2 node=B unique
 *     direct-unique-datagram FRED<20> id=0x0001 from=LISA<00> source=10.0.0.3:138 node=B first
 *         length=73 data="hello"                             (in one line)
 *     session-request FRED<20> from=LISA<00>
 *     malformed-name-packet at=2 field=OPCODE why=runs-past-the-end raw=1a2b
 *
 * A line is words with one space between them; no word holds a space.
 *
 *     line  = KIND NAME *( key=value | flag )   a message that could be read
 *           | malformed-name-packet  *word      one that could not; also malformed-datagram-packet
 *                                               and malformed-session-packet
 *     KIND  = a word of nbt/kinds.def, or of NBT_DGM_TYPE or NBT_SSN_TYPE in nbt/codes.def
 *     NAME  = whom the message is about, in the form of nbt/name.h: the QUESTION_NAME, else the
 *             first RR_NAME; the DESTINATION_NAME; the CALLED NAME. A dash where there is none.
 *
 * Words are printed in the order of the tables below. They are parsed in any order; a word that is
 * unknown, said twice, missing, not for this kind, or at odds with another is refused.
 *
 * "always": printed and needed. "odd": printed where it differs from what RFC 1002 draws for the
 * kind, which is what a line without the word means. "there": printed where the packet has it.
 * Numbers are decimal; ids, flags and unknown error codes are 0x and hex digits, in lower case.
 * Either is parsed.
 *
 * Name packets                                                       RFC 1002 4.2
 *     id=0x1a2b           always  NAME_TRN_ID
 *     r=1 opcode=9        odd     R, OPCODE; always in other-name-packet. (A refresh-request has 8,
 *                                 as everybody sends, and not the 9 of its drawing.)
 *     aa=1 tc=1 rd=0 ra=0 odd     NM_FLAGS. Drawn as a letter, TC and B are 0; RA is 1 in the
 *                                 answers to a query
 *     reserved=0x0060     odd     the two reserved NM_FLAGS, as they stand in the flag word
 *     b=1                 odd     the last of NM_FLAGS
 *     rcode=ACT_ERR       odd     RCODE: a word of NBT_RCODE, or a number; always in the negative
 *                                 responses
 *     qdcount=1 ancount=1 odd     the counts: a question is there if QDCOUNT is 1. It is never more
 *     nscount=1 arcount=1
 *     records=0           odd     how many records follow, where that is not what the counts
 *                                 promise; a negative-query-response may promise 0 and hold 1 (B44)
 *   of the question
 *     qtype=NBSTAT        odd     QUESTION_TYPE: a word of NBT_RRTYPE, or a number
 *     qclass=255          odd     QUESTION_CLASS; drawn is IN, 1
 *   of the first record
 *     rr_name=LISA<00>    odd     RR_NAME; drawn is the QUESTION_NAME
 *     pointer=0           odd     whether RR_NAME is a pointer to the QUESTION_NAME, or repeats it
 *     type=NULL           odd     RR_TYPE. The WACK has NB, its number as drawn (B48)
 *     class=255           odd     RR_CLASS; drawn is IN, 1
 *     ttl=300000          odd     TTL in seconds; drawn, or drawn as a letter, it is 0
 *     wait=60s            always  TTL of a wack, where there is no ttl=
 *     and RDATA, in the one of these forms that its type allows:
 *     owner=10.0.0.1      there   one ADDR_ENTRY (but a positive-query-response has owners=), then
 *       node=B unique             always ONT, a word of NBT_NODE_TYPE, and G: unique or group;
 *       nb_reserved=0x1   odd     then the reserved bits of NB_FLAGS
 *     owners=10.0.0.1/B/unique,10.0.0.2/H/group/0x1
 *                         there   any number of them, with /ONT/G/reserved bits; a dash for none
 *     names=FRED<20>/B/unique/act,LAB<00>/H/group/act/0x1
 *                         there   NODE_NAME ARRAY of type NBSTAT, with /ONT/G and then, where set,
 *                                 /drg /cnf /act /prm /reserved bits; a dash for none; and with it
 *       num_names=9       odd     NUM_NAMES, where it counts more than there are
 *       mac=02:00:00:00:00:01     UNIT_ID, where there are statistics; else the rest of them where
 *                                 not 0: jumpers= test_result= version_number=
 *       period_of_statistics= number_of_crcs= number_alignment_errors= number_of_collisions=
 *       number_send_aborts= number_good_sends= number_good_receives= number_retransmits=
 *       number_no_resource_conditions= number_free_command_blocks=
 *       total_number_command_blocks= max_total_number_command_blocks= number_pending_sessions=
 *       max_number_pending_sessions= max_total_sessions_possible= session_data_packet_size=
 *       statistics=12     odd     how many octets of STATISTICS are there, of its 46
 *       rest=00ff         there   bytes after all that
 *     about=release-request/0x3000
 *                         always  RDATA of a wack: the kind of request, and its flag word
 *     server=NBNS<00>     there   NSD_NAME of type NS, where it stands in full
 *     rdata=00ff          there   RDATA that fits none of these; a dash for none
 *   of the second record
 *     rr_name2=LISA<00>   odd     RR_NAME; drawn is the NSD_NAME (without server=, the NAME)
 *     type2=NB            odd     RR_TYPE; drawn is A in a redirect, else taken to be NB
 *     class2=255 ttl2=9   odd     RR_CLASS, TTL
 *     address=10.0.0.9    there   NSD_IP_ADDR of type A
 *     rdata2=00ff         there   RDATA that is not this; a dash for none
 *
 * Datagrams                                                          RFC 1002 4.4
 *     id=0x1a2b           always  DGM_ID
 *     from=LISA<00>       always  SOURCE_NAME, where it has one: with `first`, and user data
 *     source=10.0.0.1:138 always  SOURCE_IP, SOURCE_PORT
 *     node=B              always  SNT, a word of NBT_NODE_TYPE. H is the RFC's NBDD too (D3)
 *     first more          there   F, M
 *     reserved=0xf0       odd     the reserved FLAGS, as they stand
 *     error=destination-not-present
 *                         always  ERROR_CODE of a datagram-error: a word of NBT_DGM_CODE, or 0x81
 *     length=73           always  DGM_LENGTH, of the datagrams with user data; parsed, it may be
 *                                 missing with `first` and without `more`: it is then the right one
 *     offset=500          odd     PACKET_OFFSET of these; drawn is 0
 *     data=DATA           there   USER_DATA of these; without `first`, all that follows the header
 *
 * Session packets                                                    RFC 1002 4.3
 *     from=LISA<00>       always  CALLING NAME of a session-request
 *     error=called-not-present
 *                         always  ERROR_CODE of a negative-session-response: a word of
 *                                 NBT_SSN_CODE, or 0x81
 *     retarget=10.0.0.1:1139
 *                         always  RETARGET_IP_ADDRESS, PORT of a retarget-session-response
 *     reserved=0xfe       odd     the reserved FLAGS, as they stand. E goes without saying
 *     length=5            always  how many bytes a session-message has; it may be missing, parsed
 *     data=DATA           there   its USER_DATA; of any other, what follows its last field
 *
 *     DATA  = bytes in hex; but three bytes and more that are all visible, without \ and ", as
 *             "text". Parsed, \xNN may stand in the text for any byte. What is SMB, a write to a
 *             mailslot or a message that pops up, is a word of nbt/smbtext.h.
 *
 * Malformed packets
 *     at=12 field=RDLENGTH why=length-does-not-fit
 *                         always  what was wrong with it: the offset, the field, and nbt_err_str
 *                                 with hyphens. Parsed, each may be missing.
 *     raw=HEX             always  all its bytes; a dash for none
 *
 * Any message whose fields do not say all (nbt_msg.exact false; for one, a name was compressed in
 * its own way, or is longer than may be sent) ends in raw=HEX, all its bytes. Parsed, the message
 * is what raw= reads as, and the words beside it must be those that would be printed, in any order.
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

/* Room in the arena that is always enough, beyond the length of the line. */
enum { NBT_TEXT_ARENA_EXTRA = 2048 };

/*
 * Parses one line. `arena` holds what the message borrows (rdata, data, raw bytes) and must live as
 * long as it. False: `*err` says why, `*m` is unspecified. What is parsed can be written: then
 * nbt_msg_wr only fails for want of room.
 */
bool nbt_text_parse(nbt_msg *m, const char *line, size_t len, uint8_t *arena, size_t arena_cap,
                    nbt_text_err *err);

/*
 * For patterns of messages: whether `word` can stand in a line of this kind. Only its key is looked
 * at: id=* is as good as id=0x0001. `kind` may be *, for any; without a word (len 0) it alone is
 * looked at. False: `*err` says why, column is 1.
 */
bool nbt_text_may_say(const char *kind, size_t kind_len, const char *word, size_t len,
                      nbt_text_err *err);

#endif
