/*
 * What stands for what in a capture that is made anonymous: words, names, addresses, by a key.
 * Equal things get equal replacements, different ones different ones, and nothing is kept of what
 * was seen: each replacement is computed, by a permutation of all that has the same form.
 *
 * Nothing that is replaced stays what it was. Who knows the key can undo it.
 */
#ifndef CAPTURE_ANON_MAP_H
#define CAPTURE_ANON_MAP_H

#include "nbt/name.h"

enum { CAP_ANON_KEY_LEN = 16 };

typedef struct cap_anon_map {
    uint64_t k[2];
} cap_anon_map;

/* From random octets; or from a text, of which equal ones give equal maps. */
void cap_anon_map_init(cap_anon_map *m, const uint8_t key[CAP_ANON_KEY_LEN]);
void cap_anon_map_text(cap_anon_map *m, const char *text);

/*
 * Text, in place: each word by itself, so that a name inside a longer text becomes what it becomes
 * alone. A word is a run of letters, digits, octets above 7F and control characters; each of them
 * becomes one of the same class, upper and lower case being what they were, and words that differ
 * in case alone still do. Everything else stays: spaces, NULs, punctuation.
 */
void cap_anon_text(const cap_anon_map *m, uint8_t *p, size_t n);

/*
 * A NetBIOS name's 16 octets, in place: the suffix stays; so does the whole of the wildcard, of
 * *SMBSERVER and of __MSBROWSE__. Ten zeros and a hardware address are a permanent node name.
 */
void cap_anon_name(const cap_anon_map *m, uint8_t b[NBT_NAME_LEN]);

/*
 * An IPv4 address, in host order. Addresses that share their first 24 bits, or 16, still do, others
 * do not; private ones stay in their block (RFC 1918, RFC 3927, RFC 6598), public ones public; 0/8,
 * loopback, multicast and what is beyond stay. The last octet of a broadcast address, 255, stays;
 * of smaller subnets, where the last two bits are ones, these do.
 */
uint32_t cap_anon_ip(const cap_anon_map *m, uint32_t ip);

/*
 * An IPv6 address, in place: the unspecified one and loopback stay, link-local and multicast ones
 * what they are, others become those of documentation (RFC 3849).
 */
void cap_anon_ip6(const cap_anon_map *m, uint8_t b[16]);

/*
 * A hardware address, in place: zeros, broadcast and multicast stay (of IPv6's multicast, 33:33,
 * only these two octets), others keep the bit that says that they are locally administered.
 */
void cap_anon_mac(const cap_anon_map *m, uint8_t b[6]);

#endif
