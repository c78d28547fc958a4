/*
 * Any NBT message: one value for the three services, with what was wrong with its bytes.
 *
 * A message that was read keeps a borrowed view of its bytes, so that a malformed or unusual packet
 * is never lost: it can be described, and written again byte for byte.
 */
#ifndef NBT_MSG_H
#define NBT_MSG_H

#include "nbt/dgm.h"
#include "nbt/ns.h"
#include "nbt/ssn.h"

typedef enum nbt_service {
    NBT_SERVICE_NAME,     /* UDP and TCP 137 */
    NBT_SERVICE_DATAGRAM, /* UDP 138 */
    NBT_SERVICE_SESSION,  /* TCP 139 */
} nbt_service;

typedef struct nbt_msg {
    nbt_service service;
    nbt_err err;           /* NBT_OK, or why the bytes could not be read */
    size_t err_at;         /* offset of the trouble */
    const char *err_field; /* its field, static text */
    bool exact;            /* the fields say all: writing them gives `bytes` again */
    nbt_bytes bytes;       /* as received, or as parsed from raw=; {NULL,0} for a message made */
    union {
        nbt_ns ns;
        nbt_dgm dgm;
        nbt_ssn ssn;
    } u; /* unspecified when err is set */
} nbt_msg;

/*
 * Reads bytes as a message of a service; always gives a message. Returns whether err is NBT_OK.
 * Other than nbt_ns_rd, it takes a name packet that octets follow (nbt_ns.trailer), as Windows
 * does. Where `spans` is not NULL, it is noted there which bytes are which field; of a malformed
 * message, of those before the trouble.
 */
bool nbt_msg_rd_note(nbt_msg *m, nbt_service service, const uint8_t *p, size_t n, nbt_spans *spans);

/* The same without notes. So all readers have one caller, and compilers make that one fast. */
static inline bool nbt_msg_rd(nbt_msg *m, nbt_service service, const uint8_t *p, size_t n)
{
    return nbt_msg_rd_note(m, service, p, n, NULL);
}

/*
 * The name that a message is about, which its text form begins with: the question's, else the first
 * record's; the DESTINATION_NAME; the CALLED NAME. NULL where there is none, or err is set.
 */
const nbt_name *nbt_msg_name(const nbt_msg *m);

/* Writes the fields, or, where they do not say all (err set, or not exact), the bytes. */
void nbt_msg_wr(nbt_wr *w, const nbt_msg *m);

#endif
