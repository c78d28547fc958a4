/*
 * A keyed function (SipHash-2-4, Aumasson and Bernstein 2012), and permutations made of it. It
 * never remembers anything.
 */
#include "capture/anon_map.h"

#include <assert.h>
#include <string.h>

enum {
    ROUNDS = 8,     /* of a permutation, over both halves */
    WORD_MAX = 16,  /* longer words are replaced in pieces */
    TWEAK_MAX = 32, /* octets that say which permutation is meant */
};

/* ---- The keyed function -------------------------------------------------------------------- */

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

static uint64_t sip(const cap_anon_map *m, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    uint64_t v[4] = { m->k[0] ^ UINT64_C(0x736F6D6570736575),
                      m->k[1] ^ UINT64_C(0x646F72616E646F6D),
                      m->k[0] ^ UINT64_C(0x6C7967656E657261),
                      m->k[1] ^ UINT64_C(0x7465646279746573) };
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) {
        word |= (uint64_t)p[i] << i % 8 * 8;
        if (i % 8 == 7) {
            sip_word(v, word);
            word = 0;
        }
    }
    sip_word(v, word | (uint64_t)n << 56);
    v[2] ^= 0xFF;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint64_t little_endian(const uint8_t p[8])
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << 8 * i;
    return v;
}

void cap_anon_map_init(cap_anon_map *m, const uint8_t key[CAP_ANON_KEY_LEN])
{
    *m = (cap_anon_map){ { little_endian(key), little_endian(key + 8) } };
}

void cap_anon_map_text(cap_anon_map *m, const char *text)
{
    const cap_anon_map first = { { 1, 2 } }, second = { { 3, 4 } };
    size_t n = strlen(text);
    *m = (cap_anon_map){ { sip(&first, text, n), sip(&second, text, n) } };
}

/* ---- Permutations -------------------------------------------------------------------------- */

/* One of the permutations of the numbers below left * right, both at least 1 and below 2^62. */
typedef struct permutation {
    const cap_anon_map *m;
    uint64_t left, right;
    uint8_t tweak[TWEAK_MAX];
    size_t n; /* of the tweak */
} permutation;

typedef struct pair {
    uint64_t l, r; /* below left, below right */
} pair;

static uint64_t half(const permutation *p, unsigned round, uint64_t other, uint64_t below)
{
    uint8_t b[TWEAK_MAX + 9];
    memcpy(b, p->tweak, p->n);
    b[p->n] = (uint8_t)round;
    for (size_t i = 0; i < 8; i++)
        b[p->n + 1 + i] = (uint8_t)(other >> 8 * i);
    return sip(p->m, b, p->n + 9) % below;
}

static pair forwards(const permutation *p, pair x)
{
    for (unsigned round = 0; round < ROUNDS; round += 2) {
        x.l = (x.l + half(p, round, x.r, p->left)) % p->left;
        x.r = (x.r + half(p, round + 1, x.l, p->right)) % p->right;
    }
    return x;
}

static pair backwards(const permutation *p, pair x)
{
    for (unsigned round = ROUNDS; round > 0; round -= 2) {
        x.r = (x.r + p->right - half(p, round - 1, x.l, p->right)) % p->right;
        x.l = (x.l + p->left - half(p, round - 2, x.r, p->left)) % p->left;
    }
    return x;
}

/*
 * Backwards, a step that is not nothing, and forwards again: a permutation too, and one in which
 * no number stays where it was.
 */
static pair permute(const permutation *p, pair x)
{
    x = backwards(p, x);
    if (p->left > 1)
        x.l = (x.l + 1 + half(p, ROUNDS, 0, p->left - 1)) % p->left;
    else if (p->right > 1)
        x.r = (x.r + 1 + half(p, ROUNDS, 0, p->right - 1)) % p->right;
    return forwards(p, x);
}

/* ---- Words --------------------------------------------------------------------------------- */

/* The classes of octets: how many there are, and the first; upper case stands for lower. */
enum { CLASSES = 4 };
static const struct {
    uint8_t first, count;
} classes[CLASSES] = { { 'A', 26 }, { '0', 10 }, { 0x80, 128 }, { 0x01, 31 } };

static bool is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static unsigned class_of(uint8_t c)
{
    unsigned i = 0;
    c = is_lower(c) ? (uint8_t)(c - 'a' + 'A') : c;
    while (i < CLASSES && (c < classes[i].first || c - classes[i].first >= (int)classes[i].count))
        i++;
    return i;
}

static uint64_t number_of(const uint8_t *p, size_t n, uint64_t *below)
{
    uint64_t v = 0;
    *below = 1;
    for (size_t i = 0; i < n; i++) {
        unsigned of = class_of(p[i]);
        uint8_t c = is_lower(p[i]) ? (uint8_t)(p[i] - 'a' + 'A') : p[i];
        v = v * classes[of].count + (uint64_t)(c - classes[of].first);
        *below *= classes[of].count;
    }
    return v;
}

static void put_number(uint8_t *p, size_t n, uint64_t v)
{
    while (n-- > 0) {
        unsigned of = class_of(p[n]);
        unsigned c = classes[of].first + (unsigned)(v % classes[of].count);
        v /= classes[of].count;
        p[n] = (uint8_t)(is_lower(p[n]) ? c - 'A' + 'a' : c);
    }
}

static void replace_word(const cap_anon_map *m, uint8_t *p, size_t n)
{
    permutation perm = { .m = m, .tweak = "w", .n = 1 };
    assert(n > 0 && n <= WORD_MAX);
    for (size_t i = 0; i < n; i++)
        perm.tweak[perm.n++] = (uint8_t)class_of(p[i]);
    size_t left = (n + 1) / 2;
    pair x;
    x.l = number_of(p, left, &perm.left);
    x.r = number_of(p + left, n - left, &perm.right);
    x = permute(&perm, x);
    put_number(p, left, x.l);
    put_number(p + left, n - left, x.r);
}

void cap_anon_text(const cap_anon_map *m, uint8_t *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && end - at < WORD_MAX && class_of(p[end]) < CLASSES)
            end++;
        if (end > at)
            replace_word(m, p + at, end - at);
        at = end > at ? end : at + 1;
    }
}

static bool is_well_known(const uint8_t b[NBT_NAME_LEN])
{
    static const char *const known[] = { "\x01\x02__MSBROWSE__\x02", "*SMBSERVER     " };
    if (nbt_name_is_wildcard(b))
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (memcmp(b, known[i], NBT_NAME_TEXT_MAX) == 0)
            return true;
    }
    return false;
}

void cap_anon_name(const cap_anon_map *m, uint8_t b[NBT_NAME_LEN])
{
    static const uint8_t permanent[10];
    if (is_well_known(b))
        return;
    if (memcmp(b, permanent, sizeof permanent) == 0)
        cap_anon_mac(m, b + sizeof permanent);
    else
        cap_anon_text(m, b, NBT_NAME_TEXT_MAX);
}

/* ---- Addresses ----------------------------------------------------------------------------- */

/* How many bits say what kind of address it is; 32 where it stays. */
static unsigned kind_bits(uint32_t ip)
{
    static const struct {
        uint32_t net;
        unsigned bits, kept;
    } kinds[] = {
        { 0x00000000, 8, 32 },  { 0x7F000000, 8, 32 },  { 0xE0000000, 3, 32 },
        { 0x0A000000, 8, 8 },   { 0xAC100000, 12, 12 }, { 0xC0A80000, 16, 16 },
        { 0xA9FE0000, 16, 16 }, { 0x64400000, 10, 10 },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if ((ip ^ kinds[i].net) >> (32 - kinds[i].bits) == 0)
            return kinds[i].kept;
    }
    return 0;
}

/*
 * Turns over some of the bits from `from` to 24, each by what is before it: so as many leading bits
 * of two addresses are alike as were. An octet of ones stays one, as those of broadcast addresses;
 * where an octet ceases to be that, the next bit is always turned over, so that the octet changes.
 */
static uint32_t turn_prefix(const cap_anon_map *m, uint32_t ip, unsigned from)
{
    uint32_t out = ip;
    for (unsigned bit = from; bit < 24; bit++) {
        unsigned in_octet = bit % 8, first = from > bit - in_octet ? from % 8 : 0;
        uint32_t before = bit ? ip >> (32 - bit) : 0;
        uint32_t octet = before & ((1U << (in_octet - first)) - 1);
        uint32_t ones = (1U << (in_octet - first)) - 1;
        bool left_now = octet != ones && octet >> 1 == ones >> 1;
        uint8_t b[] = { 'p', (uint8_t)bit, (uint8_t)(before >> 16), (uint8_t)(before >> 8),
                        (uint8_t)before };
        if (octet != ones && (left_now || sip(m, b, sizeof b) & 1))
            out ^= UINT32_C(1) << (31 - bit);
    }
    return out;
}

/* The host's octet, in its subnet: 255 stays, what else ends in two ones does so again. */
static uint8_t host(const cap_anon_map *m, uint32_t ip)
{
    uint8_t c = (uint8_t)ip;
    permutation p = { .m = m,
                      .tweak = { 'h', c % 4 == 3, (uint8_t)(ip >> 24), (uint8_t)(ip >> 16),
                                 (uint8_t)(ip >> 8) },
                      .n = 5 };
    if (c == 0xFF)
        return c;
    bool ones = c % 4 == 3;
    p.left = ones ? 7 : 12; /* there are 63 of these, 192 of the others */
    p.right = ones ? 9 : 16;
    unsigned v = ones ? c / 4U : c / 4U * 3 + c % 4;
    pair x = permute(&p, (pair){ v / p.right, v % p.right });
    v = (unsigned)(x.l * p.right + x.r);
    return (uint8_t)(ones ? v * 4 + 3 : v / 3 * 4 + v % 3);
}

uint32_t cap_anon_ip(const cap_anon_map *m, uint32_t ip)
{
    unsigned kept = kind_bits(ip);
    if (kept == 32)
        return ip;
    uint32_t to = ip;
    do /* a public address goes on until it is one again; it came from one, so it will be */
        to = turn_prefix(m, to, kept);
    while (kind_bits(to) != kept);
    return (to & 0xFFFFFF00) | host(m, ip);
}

void cap_anon_ip6(const cap_anon_map *m, uint8_t b[16])
{
    static const uint8_t zeros[15];
    bool local = b[0] == 0xFE && b[1] == 0x80, multicast = b[0] == 0xFF;
    if (memcmp(b, zeros, 15) == 0 && b[15] <= 1)
        return;
    size_t kept = local || multicast ? 2 : 4;
    uint8_t net[9] = "6", address[17] = "7";
    memcpy(net + 1, b, 8);
    memcpy(address + 1, b, 16);
    uint64_t high = sip(m, net, sizeof net), low = sip(m, address, sizeof address);
    if (!local && !multicast)
        memcpy(b, "\x20\x01\x0D\xB8", 4);
    for (size_t i = kept; i < 8; i++)
        b[i] = (uint8_t)(local ? 0 : high >> 8 * i);
    for (size_t i = 8; i < 16; i++)
        b[i] = (uint8_t)(low >> 8 * (i - 8));
}

void cap_anon_mac(const cap_anon_map *m, uint8_t b[6])
{
    static const uint8_t zeros[6];
    bool group = b[0] & 1, ip6 = b[0] == 0x33 && b[1] == 0x33;
    permutation p = { .m = m, .left = 1 << 23, .right = 1 << 23, .tweak = { 'm', ip6, b[0] & 2 } };
    p.n = 3;
    if (memcmp(b, zeros, 6) == 0 || (group && !ip6))
        return;
    if (ip6)
        p.left = 1 << 16, p.right = 1 << 16;
    do {
        uint64_t v = ip6 ? 0 : (uint64_t)(b[0] >> 2) << 8 | b[1];
        for (int i = 2; i < 6; i++)
            v = v << 8 | b[i];
        pair x = permute(&p, (pair){ v / p.right, v % p.right });
        v = x.l * p.right + x.r;
        for (int i = 5; i > (ip6 ? 1 : 0); i--, v >>= 8)
            b[i] = (uint8_t)v;
        if (!ip6)
            b[0] = (uint8_t)(v << 2 | (b[0] & 3));
    } while (memcmp(b, zeros, 6) == 0);
}
