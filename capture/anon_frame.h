/*
 * The headers of a frame that is made anonymous, and its checksums. What is known to be free of
 * names and addresses is copied, what is an address replaced; all else becomes zeros: the payload,
 * options of IP, padding, protocols that are not read, link types that are not read.
 */
#ifndef CAPTURE_ANON_FRAME_H
#define CAPTURE_ANON_FRAME_H

#include "capture/anon_map.h"
#include "capture/frame.h"

/* What of a frame is to be filled in, and the checksum over it. */
typedef struct cap_anon_shape {
    cap_frame frame;   /* as it was */
    size_t payload, n; /* of UDP, of TCP, of a fragment: where it begins, and how long it is */
    /* The header that has a checksum, where what that covers begins and ends, and what it came to,
       itself included, less the addresses by now; 0, 0: there is none. */
    size_t from, to, checksum;
    uint16_t sum;
    bool may_lack; /* a checksum of 0 is none (UDP) */
} cap_anon_shape;

/* `out` has room for as many octets as `in` has. */
void cap_anon_frame(const cap_anon_map *m, int link, nbt_bytes in, uint8_t *out,
                    cap_anon_shape *shape);

/* The same for all that fragments have carried together; `f` has its addresses and its protocol. */
void cap_anon_whole(const cap_anon_map *m, const cap_frame *f, nbt_bytes in, uint8_t *out,
                    cap_anon_shape *shape);

/*
 * Sets the checksum, once `out` is filled in. Where it was right it is so again; where it was
 * wrong, the difference is what it was.
 */
void cap_anon_frame_sum(const cap_anon_shape *shape, uint8_t *out);

#endif
