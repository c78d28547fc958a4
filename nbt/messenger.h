/*
 * Messages that pop up: what the messenger service sends over a session to <03> in SMBs of its own,
 * in one block or in several (MS-MSRP 2.2), and what WinPopup writes to \MAILSLOT\MESSNGR. Read and
 * written; who is shown what is nbt/popup.h's. Texts are of code page 437 or whatever the two agree
 * upon, and are bytes here.
 */
#ifndef NBT_MESSENGER_H
#define NBT_MESSENGER_H

#include "nbt/mailslot.h"

/* Symbol, SMB command, word of the text form. */
#define NBT_MESSENGER_KINDS(X)                                                                     \
    X(SEND, 0xD0, "send-message")   /* a message of one block */                                   \
    X(START, 0xD5, "start-message") /* of several: from whom to whom, */                           \
    X(TEXT, 0xD7, "message-text")   /* a block, */                                                 \
    X(END, 0xD6, "end-message")     /* and that was all */

typedef enum nbt_messenger_kind {
#define X(sym, command, word) NBT_MESSENGER_##sym,
    NBT_MESSENGER_KINDS(X)
#undef X
        NBT_MESSENGER_COUNT
} nbt_messenger_kind;

enum {
    NBT_MESSENGER_BLOCK_MAX =
        128, /* octets of text that a block has at most, in one and in several */
    NBT_MESSENGER_TEXT_MAX = 1600, /* octets of text in all */
    NBT_MESSENGER_LEN = 2048,      /* room for any of these SMBs that this writes */
};

typedef struct nbt_messenger {
    nbt_messenger_kind kind;
    bool reply;                          /* an answer to that, with its status */
    uint32_t status;                     /* 0: good */
    uint16_t flags2, tid, pid, uid, mid; /* of the header; an answer has those of its question */
    uint8_t flags;                       /* without NBT_SMB_REPLY */
    uint16_t group;     /* message group ID: of TEXT and END, and of the answer to START */
    nbt_bytes from, to; /* of SEND and START; borrowed */
    nbt_bytes text;     /* of SEND and TEXT; borrowed */
} nbt_messenger;

/* Whether octets begin as one of these SMBs does. */
bool nbt_messenger_is(nbt_bytes b);

/*
 * Reads one. An answer that is an error may have no words. Errors: SHORT, EXTRA, VALUE (command,
 * WordCount, BufferFormat), LENGTH (ByteCount).
 */
void nbt_messenger_rd(nbt_rd *r, nbt_messenger *m);

/* Writes one. Errors: FULL, RANGE. */
void nbt_messenger_wr(nbt_wr *w, const nbt_messenger *m);

const char *nbt_messenger_word(nbt_messenger_kind kind);
bool nbt_messenger_parse(nbt_messenger_kind *kind, const char *word, size_t len);

/*
 * What is written to \MAILSLOT\MESSNGR: from whom, to whom and the text, each with a NUL. Reads or
 * writes these three; kind is SEND. Errors: SHORT, EXTRA; RANGE, FULL.
 */
void nbt_messenger_slot_rd(nbt_rd *r, nbt_messenger *m);
void nbt_messenger_slot_wr(nbt_wr *w, const nbt_messenger *m);

#endif
