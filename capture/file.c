/*
 * The two containers, as draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng draw them. Every
 * length is checked before it is used; a packet is handed out as it lies in the input's window.
 */
#include "capture/file.h"
#include "nbt/wire.h"

#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PACKET_MAX = 262144, /* the most that any common program keeps of a packet */

    /* pcap, the magic number as big-endian octets give it */
    MAGIC_LEN = 4,
    PCAP_HEADER_LEN = 24,
    RECORD_LEN = 16,
    PATCHED_RECORD_LEN = 24,

    /* pcapng */
    BLOCK_LEN_MIN = 12,
    BLOCK_LEN_MAX = 16 * 1024 * 1024,
    BLOCK_HEAD_LEN = 8, /* type and length */
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_PACKET = 6,
    OPT_END = 0,
    OPT_TSRESOL = 9,
    OPT_TSOFFSET = 14,

    LINKTYPE_RAW = 101, /* the one link type of ours whose number is not libpcap's own */
};

static const uint32_t magic_pcap = 0xA1B2C3D4, magic_nano = 0xA1B23C4D, magic_patched = 0xA1B2CD34;
static const uint32_t magic_ng = 0x0A0D0D0A, magic_order = 0x1A2B3C4D;

/* 9999-12-31: no clock is beyond it, and sums of microseconds below it do not overflow. */
static const uint64_t seconds_max = UINT64_C(253402300799);

int cap_link_from_file(uint32_t linktype)
{
    return linktype == LINKTYPE_RAW ? DLT_RAW : (int)linktype;
}

uint32_t cap_link_to_file(int link)
{
    return link == DLT_RAW ? LINKTYPE_RAW : (uint32_t)link;
}

/* ---- Small things -------------------------------------------------------------------------- */

static uint32_t swapped(uint32_t v)
{
    return v >> 24 | (v >> 8 & 0xFF00) | (v & 0xFF00) << 8 | v << 24;
}

/* The cursor reads big-endian, as the network does; files are in the order of who wrote them. */
static uint32_t rd_u32(nbt_rd *r, bool little)
{
    uint32_t v = nbt_rd_u32(r, "u32");
    return little ? swapped(v) : v;
}

static uint16_t rd_u16(nbt_rd *r, bool little)
{
    uint16_t v = nbt_rd_u16(r, "u16");
    return (uint16_t)(little ? v >> 8 | v << 8 : v);
}

static cap_got damaged(cap_file *f, const char *what)
{
    if (f->count > 0)
        snprintf(f->error, sizeof f->error, "damaged after packet %llu: %s",
                 (unsigned long long)f->count, what);
    else
        snprintf(f->error, sizeof f->error, "damaged: %s", what);
    return CAP_DAMAGE;
}

/* Fewer bytes are there than a header or a packet wants: why? `begun`: some of it is there. */
static cap_got short_of(cap_file *f, bool begun)
{
    switch (f->in.state) {
    case CAP_INPUT_WAIT:
        return CAP_WAIT;
    case CAP_INPUT_ERROR:
        return damaged(f, f->in.error);
    case CAP_INPUT_GOOD:
    case CAP_INPUT_END:
        break;
    }
    return begun ? damaged(f, "it breaks off in the middle of a packet") : CAP_END;
}

/* Passes over what nobody wants, as far as it is there. */
static bool skip(cap_file *f)
{
    while (f->skip > 0) {
        if (!cap_input_peek(&f->in, 1))
            return false;
        size_t n = cap_input_there(&f->in);
        if (n > f->skip)
            n = f->skip;
        cap_input_take(&f->in, n);
        f->skip -= (uint32_t)n;
    }
    return true;
}

/* Room for one more interface, all zero; NULL when there are too many. */
static cap_file_interface *add_interface(cap_file *f)
{
    if (f->n == f->cap) {
        size_t cap = f->cap > 0 ? f->cap * 2 : 1;
        cap_file_interface *more = NULL;
        if (cap <= CAP_FILE_INTERFACES_MAX)
            more = realloc(f->interfaces, cap * sizeof *more);
        if (!more)
            return NULL;
        f->interfaces = more;
        f->cap = cap;
    }
    cap_file_interface *i = &f->interfaces[f->n++];
    *i = (cap_file_interface){ .coarse = 1, .per_sec = 1000000 };
    return i;
}

bool cap_file_is_nano(const cap_file *f)
{
    return f->n > 0 && f->interfaces[0].per_sec > 1000000;
}

/* ---- pcap ---------------------------------------------------------------------------------- */

/* Magic, version (two numbers), time zone and accuracy (both 0 everywhere), snap length, link. */
static bool pcap_header(cap_file *f, uint32_t magic)
{
    nbt_rd r;
    const uint8_t *head = cap_input_peek(&f->in, PCAP_HEADER_LEN);
    cap_file_interface *i = add_interface(f);
    if (!head || !i) {
        damaged(f, "its header breaks off");
        return false;
    }
    nbt_rd_init(&r, head, PCAP_HEADER_LEN);
    nbt_rd_take(&r, MAGIC_LEN, "magic");
    uint16_t major = rd_u16(&r, f->little);
    f->minor = rd_u16(&r, f->little);
    nbt_rd_take(&r, 8, "time zone, accuracy");
    i->snap = rd_u32(&r, f->little);
    i->link = cap_link_from_file(rd_u32(&r, f->little) & 0x03FFFFFF); /* above: about the FCS */
    i->per_sec = magic == magic_nano ? 1000000000 : 1000000;
    f->head_len = magic == magic_patched ? PATCHED_RECORD_LEN : RECORD_LEN;
    cap_input_take(&f->in, PCAP_HEADER_LEN);
    if (major != 2) {
        damaged(f, "no version of pcap files that is known");
        return false;
    }
    return true;
}

/* Files of version 2.2 and before have the two lengths the other way round; 2.3 has both kinds. */
static bool lengths_swapped(const cap_file *f, uint32_t kept, uint32_t wire_len)
{
    return f->minor < 3 || (f->minor == 3 && kept > wire_len);
}

/* A field of a header that was taken whole. */
static inline uint32_t u32(const uint8_t *p, bool little)
{
    uint32_t v = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return little ? swapped(v) : v;
}

static cap_got pcap_next(cap_file *f, cap_packet *p)
{
    const uint8_t *head = cap_input_peek(&f->in, f->head_len);
    if (!head)
        return short_of(f, cap_input_there(&f->in) > 0);
    uint32_t seconds = u32(head, f->little), fraction = u32(head + 4, f->little);
    uint32_t kept = u32(head + 8, f->little), wire_len = u32(head + 12, f->little);
    if (lengths_swapped(f, kept, wire_len)) {
        uint32_t other = kept;
        kept = wire_len;
        wire_len = other;
    }
    if (kept > PACKET_MAX)
        return damaged(f, "the next packet has an impossible length");
    const uint8_t *whole = cap_input_peek(&f->in, f->head_len + kept);
    if (!whole)
        return short_of(f, true);
    cap_input_take(&f->in, f->head_len + kept);

    const cap_file_interface *i = f->interfaces;
    bool nano = i->per_sec > 1000000;
    p->time = (int64_t)seconds * 1000000 + (nano ? fraction / 1000 : fraction);
    p->nano = (uint16_t)(nano ? fraction % 1000 : 0);
    p->link = i->link;
    p->wire_len = wire_len;
    p->bytes = (nbt_bytes){ whole + f->head_len, kept };
    p->number = ++f->count;
    return CAP_PACKET;
}

/* ---- pcapng -------------------------------------------------------------------------------- */

/* A section has its own byte order and its own interfaces. `r` is behind the block's type. */
static bool section(cap_file *f, nbt_rd *r, uint32_t *length)
{
    uint32_t len = nbt_rd_u32(r, "block length");
    uint32_t order = nbt_rd_u32(r, "byte-order magic");
    if (order != magic_order && order != swapped(magic_order))
        return false;
    f->little = order != magic_order;
    *length = f->little ? swapped(len) : len;
    f->n = 0;
    return true;
}

/* if_tsresol: a power of ten, or, with the top bit, of two. False for one that no clock has. */
static bool set_resolution(cap_file_interface *i, uint8_t v)
{
    unsigned power = v & 0x7F;
    uint64_t base = v & 0x80 ? 2 : 10;
    if (power > (base == 2 ? 63U : 19U))
        return false;
    i->per_sec = i->coarse = 1;
    for (; power > 0; power--) {
        if (i->per_sec <= 1000000000 / base)
            i->per_sec *= base;
        else
            i->coarse *= base;
    }
    return true;
}

static int64_t clamp_seconds(int64_t v)
{
    int64_t max = (int64_t)seconds_max;
    return v > max ? max : v < -max ? -max : v;
}

/* Options: code, length, value, padded to 32 bits. */
static bool interface_options(nbt_rd *r, bool little, cap_file_interface *i)
{
    bool good = true;
    while (good && nbt_rd_left(r) >= 4) {
        uint16_t code = rd_u16(r, little);
        uint16_t len = rd_u16(r, little);
        if (code == OPT_END)
            break;
        nbt_rd value = nbt_rd_sub(r, len, "option");
        nbt_rd_take(r, (4 - len % 4U) % 4, "padding");
        if (code == OPT_TSRESOL && len == 1)
            good = set_resolution(i, nbt_rd_u8(&value, "if_tsresol"));
        if (code == OPT_TSOFFSET && len == 8) {
            uint64_t first = rd_u32(&value, little), second = rd_u32(&value, little);
            uint64_t v = little ? second << 32 | first : first << 32 | second;
            i->offset = clamp_seconds((int64_t)v);
        }
    }
    return good && !r->err;
}

/* Link type, reserved, snap length, options. */
static bool interface(cap_file *f, nbt_rd *r)
{
    cap_file_interface *i = add_interface(f);
    if (!i)
        return false;
    i->link = cap_link_from_file(rd_u16(r, f->little));
    nbt_rd_take(r, 2, "reserved");
    i->snap = rd_u32(r, f->little);
    return !r->err && interface_options(r, f->little, i);
}

static void set_time(cap_packet *p, const cap_file_interface *i, uint64_t stamp)
{
    uint64_t t = i->coarse > 1 ? stamp / i->coarse : stamp;
    uint64_t seconds = t / i->per_sec;
    uint64_t nanoseconds = t % i->per_sec * 1000000000 / i->per_sec;
    if (seconds > seconds_max)
        seconds = seconds_max;
    p->time =
        (clamp_seconds((int64_t)seconds + i->offset) * 1000000) + (int64_t)(nanoseconds / 1000);
    p->nano = (uint16_t)(nanoseconds % 1000);
}

/*
 * Enhanced packet block: interface, time stamp (high half first), kept, length on the wire, packet.
 * The old packet block has a count of drops beside a shorter interface number. False: damaged.
 */
static bool packet(cap_file *f, nbt_rd *r, uint32_t type, cap_packet *p)
{
    uint32_t id = rd_u32(r, f->little);
    if (type == BLOCK_OLD_PACKET)
        id = f->little ? id & 0xFFFF : id >> 16;
    uint64_t high = rd_u32(r, f->little);
    uint64_t stamp = high << 32 | rd_u32(r, f->little);
    uint32_t kept = rd_u32(r, f->little);
    p->wire_len = rd_u32(r, f->little);
    p->bytes = nbt_rd_bytes(r, kept, "packet");
    if (r->err || id >= f->n)
        return false;
    p->link = f->interfaces[id].link;
    set_time(p, &f->interfaces[id], stamp);
    return true;
}

/* Simple packet block: length on the wire, and the packet, cut to the first interface's snap. */
static bool simple_packet(cap_file *f, nbt_rd *r, cap_packet *p)
{
    p->wire_len = rd_u32(r, f->little);
    if (f->n == 0)
        return false;
    uint32_t snap = f->interfaces[0].snap;
    uint32_t kept = snap > 0 && snap < p->wire_len ? snap : p->wire_len;
    p->bytes = nbt_rd_bytes(r, kept, "packet");
    p->link = f->interfaces[0].link;
    p->time = 0; /* it has none */
    p->nano = 0;
    return !r->err;
}

typedef struct block {
    uint32_t type, length;
} block;

static bool is_packet(uint32_t type)
{
    return type == BLOCK_OLD_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_PACKET;
}

/* Finds the next block that is an interface or a packet, and leaves the input at its first octet.
 */
static cap_got find_block(cap_file *f, block *b)
{
    for (;;) {
        const uint8_t *head = skip(f) ? cap_input_peek(&f->in, BLOCK_LEN_MIN) : NULL;
        if (!head)
            return short_of(f, f->skip > 0 || cap_input_there(&f->in) > 0);
        nbt_rd r;
        nbt_rd_init(&r, head, BLOCK_LEN_MIN);
        b->type = rd_u32(&r, f->little);
        nbt_rd ahead = r;
        b->length = rd_u32(&ahead, f->little);
        if (b->type == magic_ng && !section(f, &r, &b->length))
            return damaged(f, "a section has no byte order");
        if (b->length < BLOCK_LEN_MIN || b->length % 4 != 0 || b->length > BLOCK_LEN_MAX)
            return damaged(f, "a block has an impossible length");
        if (b->type == BLOCK_INTERFACE || is_packet(b->type))
            return CAP_PACKET;
        f->skip = b->length;
    }
}

/* The next interface or packet; which of the two, `*type` says. Of a large block, which then has
 * large options, only the beginning is looked at. */
static cap_got next_block(cap_file *f, cap_packet *p, uint32_t *type)
{
    block b = { 0, 0 };
    cap_got got = find_block(f, &b);
    if (got != CAP_PACKET)
        return got;
    size_t look = b.length < CAP_INPUT_PEEK_MAX ? b.length : CAP_INPUT_PEEK_MAX;
    const uint8_t *whole = cap_input_peek(&f->in, look);
    if (!whole)
        return short_of(f, true);
    nbt_rd r;
    nbt_rd_init(&r, whole, look == b.length ? look - 4 : look); /* at its end the length again */
    nbt_rd_take(&r, BLOCK_HEAD_LEN, "block head");
    bool good = b.type == BLOCK_INTERFACE       ? interface(f, &r)
                : b.type == BLOCK_SIMPLE_PACKET ? simple_packet(f, &r, p)
                                                : packet(f, &r, b.type, p);
    if (!good)
        return damaged(f, "a block contradicts itself");
    cap_input_take(&f->in, look);
    f->skip = b.length - (uint32_t)look;
    *type = b.type;
    return CAP_PACKET;
}

static cap_got ng_next(cap_file *f, cap_packet *p)
{
    uint32_t type;
    cap_got got;
    do {
        got = next_block(f, p, &type);
    } while (got == CAP_PACKET && !is_packet(type));
    if (got == CAP_PACKET)
        p->number = ++f->count;
    return got;
}

/* Up to the first interface, so that a link type is known. */
static bool ng_header(cap_file *f)
{
    cap_packet p;
    uint32_t type;
    while (f->n == 0) {
        cap_got got = next_block(f, &p, &type);
        if (got == CAP_END)
            damaged(f, "it names no interface");
        if (got == CAP_END || got == CAP_DAMAGE)
            return false;
        size_t there = cap_input_there(&f->in);
        if (got == CAP_WAIT)
            cap_input_wait(&f->in, there + 1);
        if (got == CAP_WAIT && cap_input_there(&f->in) == there) {
            damaged(f, "it has not begun yet");
            return false;
        }
    }
    return true;
}

/* ---- Either -------------------------------------------------------------------------------- */

/* Files that are taken for captures, or are some of another kind: how they begin, what helps. */
static const struct {
    const char *begin;
    size_t n;
    const char *what;
} strangers[] = {
    { "snoop\0\0\0", 8,
      "a snoop file, as Solaris writes it; editcap -F pcap makes one that is read" },
    { "GMBU", 4, "a Network Monitor 2 file; editcap -F pcap makes one that is read" },
    { "RTSS", 4, "a Network Monitor 1 file; editcap -F pcap makes one that is read" },
    { "XCP\0", 4, "a NetXRay or Sniffer file; editcap -F pcap makes one that is read" },
    { "TRSNIFF data", 12, "a Sniffer file; editcap -F pcap makes one that is read" },
    { "\xFD"
      "7zXZ",
      5, "compressed by xz; xz -dc FILE | nbtdump -r - reads it" },
    { "\x28\xB5\x2F\xFD", 4, "compressed by zstd; zstd -dc FILE | nbtdump -r - reads it" },
    { "BZh", 3, "compressed by bzip2; bzip2 -dc FILE | nbtdump -r - reads it" },
    { "PK\x03\x04", 4, "a zip archive; unzip -p FILE | nbtdump -r - reads what is in it" },
};

static void no_capture(cap_file *f)
{
    const char *what = "neither pcap nor pcapng";
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        const uint8_t *head = cap_input_peek(&f->in, strangers[i].n);
        if (head && memcmp(head, strangers[i].begin, strangers[i].n) == 0)
            what = strangers[i].what;
    }
    snprintf(f->error, sizeof f->error, "no capture file: %s", what);
}

static void too_short(cap_file *f)
{
    if (f->in.state == CAP_INPUT_ERROR)
        snprintf(f->error, sizeof f->error, "%s", f->in.error);
    else
        snprintf(f->error, sizeof f->error, "no capture file: it is %s",
                 cap_input_there(&f->in) > 0 ? "too short" : "empty");
}

static bool read_header(cap_file *f)
{
    nbt_rd r;
    cap_input_wait(&f->in, PCAP_HEADER_LEN);
    const uint8_t *head = cap_input_peek(&f->in, MAGIC_LEN);
    if (!head) {
        too_short(f);
        return false;
    }
    nbt_rd_init(&r, head, MAGIC_LEN);
    uint32_t magic = nbt_rd_u32(&r, "magic");
    if (magic == magic_ng) {
        f->ng = true;
        return ng_header(f);
    }
    uint32_t other = swapped(magic);
    f->little = other == magic_pcap || other == magic_nano || other == magic_patched;
    if (f->little)
        magic = other;
    if (magic == magic_pcap || magic == magic_nano || magic == magic_patched)
        return pcap_header(f, magic);
    no_capture(f);
    return false;
}

bool cap_file_init(cap_file *f, const char *path, bool follow, char err[CAP_ERR_MAX])
{
    memset(f, 0, sizeof *f);
    if (!cap_input_init(&f->in, path, follow, err))
        return false;
    if (read_header(f))
        return true;
    snprintf(err, CAP_ERR_MAX, "%s: %s", path, f->error);
    cap_file_fini(f);
    return false;
}

void cap_file_fini(cap_file *f)
{
    cap_input_fini(&f->in);
    free(f->interfaces);
}

cap_got cap_file_next(cap_file *f, cap_packet *p)
{
    return f->ng ? ng_next(f, p) : pcap_next(f, p);
}
