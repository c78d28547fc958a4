/*
 * User data. Of SMB in a session only the header is known to hold no name; a datagram is a request
 * that writes to a mailslot, and what browsers write there has names in known places (MS-BRWS 2.2).
 */
#include "capture/anon_msg.h"

#include <string.h>

enum {
    SMB1_LEN = 32,
    SMB1_SIGNATURE = 14,
    SMB2_LEN = 64,
    SMB2_SIGNATURE = 48,
    TRANSACTION = 0x25,
    WORDS = 17,      /* of a transaction that writes to a mailslot, */
    DATA_COUNT = 11, /* and which of them say where the data is */
    DATA_OFFSET = 12,
};

static const char word_slot[] = "\\MAILSLOT\\";

/* Words of paths that are everybody's; others may be a computer's name. */
static bool is_usual_word(const uint8_t *p, size_t n)
{
    static const char *const words[] = { "MAILSLOT", "BROWSE",  "LANMAN", "NET", "NETLOGON",
                                         "NTLOGON",  "MESSNGR", "GETDC",  "TEMP" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == n && memcmp(words[i], p, n) == 0)
            return true;
    }
    return false;
}

static void put_path(const cap_anon_map *m, nbt_bytes in, uint8_t *out)
{
    memcpy(out, in.p, in.n);
    for (size_t at = 0; at < in.n;) {
        size_t end = at;
        while (end < in.n && in.p[end] != '\\')
            end++;
        if (!is_usual_word(in.p + at, end - at))
            cap_anon_text(m, out + at, end - at);
        at = end + 1;
    }
}

/* How a message to a mailslot of browsers is made up. */
typedef struct layout {
    bool lanman;     /* of LAN Manager's, which has an own mailslot */
    uint8_t opcode;  /* its first octet */
    uint8_t before;  /* octets that are numbers, that one included; then, where `name` is, */
    bool name;       /* a name in 16 octets, */
    uint8_t between; /* and more numbers. What is behind are texts, each with a NUL */
} layout;

static const layout layouts[] = {
    { false, 1, 6, true, 10 },  /* HostAnnouncement: server, comment */
    { false, 2, 2, false, 0 },  /* AnnouncementRequest: who asks */
    { false, 8, 14, false, 0 }, /* RequestElection: server */
    { false, 9, 6, false, 0 },  /* GetBackupListRequest */
    { false, 10, 6, false, 0 }, /* GetBackupListResponse: servers */
    { false, 11, 1, false, 0 }, /* BecomeBackup: server */
    { false, 12, 6, true, 10 }, /* DomainAnnouncement: group, its master */
    { false, 13, 1, false, 0 }, /* MasterAnnouncement: server */
    { false, 14, 2, false, 0 }, /* ResetStateRequest */
    { false, 15, 6, true, 10 }, /* LocalMasterAnnouncement: server, comment */
    { true, 1, 10, false, 0 },  /* announcement: server, comment */
    { true, 2, 2, false, 0 },   /* announcement request: who asks */
};

static void put_written(const cap_anon_map *m, nbt_bytes in, const layout *l, uint8_t *out)
{
    size_t name = l->before, numbers = name + (l->name ? NBT_NAME_LEN : 0);
    size_t texts = numbers + l->between;
    memcpy(out, in.p, in.n);
    if (in.n > name)
        cap_anon_text(m, out + name, (in.n < numbers ? in.n : numbers) - name);
    if (in.n > texts)
        cap_anon_text(m, out + texts, in.n - texts);
}

/* The request's words, its path and what is written, where all that is there. */
static void put_transaction(const cap_anon_map *m, nbt_bytes in, uint8_t *out)
{
    const size_t words = SMB1_LEN + 1, slot = sizeof word_slot - 1;
    size_t count = in.n > SMB1_LEN ? in.p[SMB1_LEN] : 0, path = words + 2 * count + 2;
    if (count != WORDS || in.n < path + slot || memcmp(in.p + path, word_slot, slot) != 0)
        return;
    const uint8_t *nul = memchr(in.p + path, '\0', in.n - path);
    const uint8_t *w = in.p + words + (size_t)2 * DATA_COUNT;
    size_t n = w[0] | (size_t)w[1] << 8, at = w[2] | (size_t)w[3] << 8;
    if (!nul)
        return;
    size_t length = (size_t)(nul - (in.p + path));
    memcpy(out + SMB1_LEN, in.p + SMB1_LEN, path - SMB1_LEN);
    put_path(m, (nbt_bytes){ in.p + path, length }, out + path);
    if (at < path + length || at >= in.n || n == 0)
        return;
    nbt_bytes data = { in.p + at, n < in.n - at ? n : in.n - at };
    bool lanman = length == 16 && memcmp(in.p + path + slot, "LANMAN", 6) == 0;
    bool browse = length == 16 && memcmp(in.p + path + slot, "BROWSE", 6) == 0;
    out[at] = data.p[0];
    for (size_t i = 0; (lanman || browse) && i < sizeof layouts / sizeof layouts[0]; i++) {
        if (layouts[i].lanman == lanman && layouts[i].opcode == data.p[0])
            put_written(m, data, &layouts[i], out + at);
    }
}

/* A header whose last field but these is a signature, which says nothing of what is zeros now. */
static void put_header(nbt_bytes in, size_t n, size_t signature, size_t length, uint8_t *out)
{
    if (n > in.n)
        n = in.n;
    memcpy(out, in.p, n);
    if (n > signature)
        memset(out + signature, 0, n - signature < length ? n - signature : length);
}

void cap_anon_smb(const cap_anon_map *m, nbt_bytes in, bool mailslot, uint8_t *out)
{
    if (in.n < 5 || memcmp(in.p + 1, "SMB", 3) != 0)
        return;
    if (in.p[0] == 0xFE)
        put_header(in, SMB2_LEN, SMB2_SIGNATURE, 16, out);
    if (in.p[0] != 0xFF)
        return;
    put_header(in, SMB1_LEN, SMB1_SIGNATURE, 8, out);
    if (mailslot && in.p[4] == TRANSACTION)
        put_transaction(m, in, out);
}
