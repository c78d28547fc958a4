/*
 * The vocabulary of the text form, for those that print it and that read it: which words there are,
 * in which kinds of message, and what can stand behind them.
 */
#ifndef RC_TEXT_IMPL_H
#define RC_TEXT_IMPL_H

#include "rc/text.h"

#define IN(type) (1U << RC_MSG_##type)

/* Sets of kinds: each message has its bit; segments have two, behind them. */
enum {
    IN_MALFORMED = 1,
    IN_DATA_SEGMENT = 2U << RC_MSG_TYPE_LAST,
    IN_OTHER_SEGMENT = 4U << RC_MSG_TYPE_LAST,
    IN_SEGMENT = IN_DATA_SEGMENT | IN_OTHER_SEGMENT,
    IN_TEXT = IN(KEYS) | IN(FETCH) | IN(STORE) | IN(CHAT) | IN(EXECUTE),
    IN_DATA = IN_TEXT | IN(SCREEN) | IN(PING) | IN(PONG) | IN(PIECE) | IN_DATA_SEGMENT,
};

/* Symbol, text, where it stands, what its value can be; in the order of printing. */
#define KEYS(X)                                                                                    \
    X(PACKINGS, "packings=", IN(RIGHTS), "a list such as none,rle,zlib, or -")                     \
    X(USER, "user=", IN(RIGHTS), "at most 64 octets, as \"text\" or in hex")                       \
    X(SECONDS, "seconds=", IN(WAIT), "a number 0..65535")                                          \
    X(VERDICT, "verdict=", IN(VERDICT) | IN(OPENED), "a verdict such as granted")                  \
    X(TICKET, "ticket=", IN(VERDICT) | IN(OPEN), "a number 0x00000000..0xffffffff")                \
    X(COLUMNS, "columns=", IN(OPENED), "a number 0..255")                                          \
    X(ROWS, "rows=", IN(OPENED), "a number 0..255")                                                \
    X(PACKING, "packing=", IN(SCREEN), "none, rle or zlib")                                        \
    X(UNPACKED, "unpacked=", IN(SCREEN), "a number 0..65535")                                      \
    X(SERIAL, "serial=", IN(PING) | IN(PONG), "a number 0..4294967295")                            \
    X(REASON, "reason=", IN(BYE), "closed, stopped or nonsense")                                   \
    X(FUNCTION, "function=", IN(FUNCTION), "a function such as transfer")                          \
    X(SIZE, "size=", IN(BEGIN) | IN(WHOLE), "a number 0..4294967295")                              \
    X(OFFSET, "offset=", IN(HAVE) | IN(BEGIN) | IN(PIECE), "a number 0..4294967295")               \
    X(DIGEST, "digest=", IN(HAVE) | IN(WHOLE), "32 octets in hex")                                 \
    X(RESULT, "result=", IN(RESULT), "a result such as done")                                      \
    X(STREAM, "stream=", IN_SEGMENT, "a number 0x00000000..0xffffffff")                            \
    X(NUMBER, "number=", IN_SEGMENT, "a number 0..4294967295")                                     \
    X(ACK, "ack=", IN_SEGMENT, "a number 0..4294967295")                                           \
    X(LENGTH, "length=", IN_DATA, "how many octets data= has")                                     \
    X(DATA, "data=", IN_DATA, "as many octets as may be, as \"text\" or in hex")                   \
    X(AT, "at=", IN_MALFORMED, "the offset of the trouble")                                        \
    X(FIELD, "field=", IN_MALFORMED, "the field that has the trouble")                             \
    X(WHY, "why=", IN_MALFORMED, "the trouble")                                                    \
    X(RAW, "raw=", IN_MALFORMED, "octets in hex, or -")

#define KEY_SYMBOL(sym, word, in, value) KEY_##sym,

typedef enum key { KEYS(KEY_SYMBOL) KEY_COUNT } key;

typedef struct rc_text_key {
    const char *word;
    unsigned in;
    const char *value;
} rc_text_key;

extern const rc_text_key rc_text_keys[KEY_COUNT];

#endif
