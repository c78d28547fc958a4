/*
 * What must be different when a captured message is said again: addresses, names, scopes, ports and
 * transaction ids, each consistently and wherever they stand in a message.
 *
 * A message whose fields do not say all (nbt_msg.exact) keeps its octets, but for its id.
 */
#ifndef CAPTURE_REPLAY_MAP_H
#define CAPTURE_REPLAY_MAP_H

#include "nbt/msg.h"

enum { CAP_MAP_ADDRESSES_MAX = 64, CAP_MAP_NAMES_MAX = 64, CAP_MAP_PORTS_MAX = 16 };

typedef struct cap_map {
    struct {
        uint32_t from, to;
    } address[CAP_MAP_ADDRESSES_MAX];
    size_t naddresses;
    struct {
        uint8_t from[NBT_NAME_LEN], to[NBT_NAME_LEN];
        bool whole; /* with byte 16; else that is left as it is */
    } name[CAP_MAP_NAMES_MAX];
    size_t nnames;
    bool scoped; /* names of scope `scope_from` get `scope_to` */
    nbt_scope scope_from, scope_to;
    struct {
        uint16_t from, to;
    } port[CAP_MAP_PORTS_MAX]; /* of the peer */
    size_t nports;
    uint16_t salt; /* added to every id that our side chose */
} cap_map;

/* Each adds a pair. False: there is no room for more. */
bool cap_map_address(cap_map *m, uint32_t from, uint32_t to);
bool cap_map_port(cap_map *m, uint16_t from, uint16_t to);

/*
 * The same for names in text form: FRED=LISA for all of a computer, FRED<20>=LISA<20> for one.
 * False: it is neither, or there is no room.
 */
bool cap_map_name(cap_map *m, const char *pair);

uint32_t cap_map_ip(const cap_map *m, uint32_t ip);
uint32_t cap_map_ip_back(const cap_map *m, uint32_t ip);
uint16_t cap_map_peer_port(const cap_map *m, uint16_t port);
uint16_t cap_map_peer_port_back(const cap_map *m, uint16_t port);

/*
 * Writes a message at `to`, which has room for `bytes.n` + CAP_MAP_EXTRA octets, with all but its
 * id mapped; gives its length. `msg` are the same octets as read, NULL for what is no NBT message.
 */
enum { CAP_MAP_EXTRA = 2048 };
size_t cap_map_write(const cap_map *m, const nbt_msg *msg, nbt_bytes bytes, uint8_t *to);

/* Where the id of a message is: its offset; -1 if it has none. `n`: how long the message is. */
int cap_id_at(nbt_service service, size_t n);

static inline uint16_t cap_id_get(const uint8_t *p, int at)
{
    return (uint16_t)(p[at] << 8 | p[at + 1]);
}

static inline void cap_id_set(uint8_t *p, int at, uint16_t id)
{
    p[at] = (uint8_t)(id >> 8);
    p[at + 1] = (uint8_t)id;
}

#endif
