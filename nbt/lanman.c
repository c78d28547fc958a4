/*
 * SMB as NetServerEnum2 needs it. Each command has its words and its octets, and some carry another
 * command behind them (AndX); a reply is made block by block in the same order, and its header
 * last, when it is known what became of it. Texts are those of the OEM character set: Unicode is
 * not offered.
 */
#include "nbt/lanman.h"
#include "nbt/smb.h"

#include <string.h>

/* MS-CIFS 2.2.2.1 */
enum {
    TRANSACTION = 0x25,
    TREE_DISCONNECT = 0x71,
    NEGOTIATE = 0x72,
    SESSION_SETUP = 0x73,
    LOGOFF = 0x74,
    TREE_CONNECT = 0x75,
    NO_MORE = 0xFF,
};

/* Errors as SMB's header has them: class, and the code above it. MS-CIFS 2.2.2.4 */
#define ERRDOS(code) (0x01u | (uint32_t)(code) << 16)
#define ERRSRV(code) (0x02u | (uint32_t)(code) << 16)
#define BAD_FILE ERRDOS(2)
#define UNSUPPORTED ERRDOS(50)
#define FAILED ERRSRV(1)
#define BAD_TID ERRSRV(5)
#define BAD_SHARE ERRSRV(6)
#define BAD_DEVICE ERRSRV(7)
#define BAD_COMMAND ERRSRV(64)
#define BAD_UID ERRSRV(91)

/* MS-RAP 2.5.5.2, and the errors of its answers, 3.2.5.12 */
enum {
    NET_SERVER_ENUM2 = 0x68,
    RAP_OK = 0,
    RAP_INVALID_PARAMETER = 87,
    RAP_INVALID_LEVEL = 124,
    RAP_MORE_DATA = 234,
    RAP_NO_BROWSER_SERVERS = 6118,
    RAP_PARAMETERS = 8,
    RAP_NAME = 16,
    RAP_LEVEL1 = 26,
};

enum {
    UID = 1,
    TID = 1,
    LONG_NAMES = 0x0001, /* Flags2 */
    USER_LEVEL = 0x03,   /* SecurityMode: users, and passwords that are not sent as they are */
    CHALLENGE = 8,
    AS_GUEST = 0x0001,            /* Action of a logon */
    ANSWER_HEAD = 1 + 20 + 2 + 1, /* of a transaction: words, count and pad before its parameters */
};

typedef struct talk {
    nbt_lanman *l;
    const nbt_lanman_lists *lists;
    nbt_smb h;
    nbt_bytes smb;
    nbt_wr *w;
    uint32_t status;
    uint8_t next; /* command behind this one */
    size_t next_at, andx_at;
} talk;

/* A command's words and octets, where they are in the message. */
typedef struct block {
    nbt_rd words, bytes;
    size_t nwords, end;
} block;

static bool block_rd(const talk *t, size_t at, block *b)
{
    nbt_rd r;
    nbt_rd_init(&r, t->smb.p, t->smb.n);
    nbt_rd_bytes(&r, at, "before");
    b->nwords = nbt_rd_u8(&r, "WordCount");
    b->words = nbt_rd_sub(&r, 2 * b->nwords, "Words");
    size_t n = nbt_rd_u16le(&r, "ByteCount");
    b->bytes = nbt_rd_sub(&r, n, "Bytes");
    b->end = r.at;
    return !r.err;
}

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

static bool same(nbt_bytes text, const char *word)
{
    if (text.n != strlen(word))
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (upper(text.p[i]) != upper((uint8_t)word[i]))
            return false;
    return true;
}

static nbt_bytes text_of(const char *text)
{
    return (nbt_bytes){ (const uint8_t *)text, strlen(text) };
}

static void text_wr(nbt_wr *w, const char *text, const char *field)
{
    nbt_smb_string_wr(w, text_of(text), field);
}

/* --- AndX ----------------------------------------------------------------------------------- */

static void andx_rd(talk *t, nbt_rd *words)
{
    t->next = nbt_rd_u8(words, "AndXCommand");
    nbt_rd_u8(words, "AndXReserved");
    t->next_at = nbt_rd_u16le(words, "AndXOffset");
}

/* That there is no other; the next block corrects it. */
static void andx_wr(talk *t)
{
    t->andx_at = t->w->at;
    nbt_wr_u8(t->w, NO_MORE, "AndXCommand");
    nbt_wr_u8(t->w, 0, "AndXReserved");
    nbt_wr_u16le(t->w, 0, "AndXOffset");
}

static void andx_fill(talk *t, uint8_t command)
{
    if (t->andx_at == 0 || t->w->err)
        return;
    nbt_wr at;
    nbt_wr_init(&at, t->w->base + t->andx_at, 4);
    nbt_wr_u8(&at, command, "AndXCommand");
    nbt_wr_u8(&at, 0, "AndXReserved");
    nbt_wr_u16le(&at, t->w->at, "AndXOffset");
    t->andx_at = 0;
}

static size_t bytes_begin(nbt_wr *w)
{
    nbt_wr_room(w, 2, "ByteCount");
    return w->at;
}

static void bytes_end(nbt_wr *w, size_t from)
{
    nbt_wr count;
    if (w->err)
        return;
    nbt_wr_init(&count, w->base + from - 2, 2);
    nbt_wr_u16le(&count, w->at - from, "ByteCount");
}

/* No words, no octets. */
static void nothing(nbt_wr *w)
{
    nbt_wr_u8(w, 0, "WordCount");
    nbt_wr_u16le(w, 0, "ByteCount");
}

/* --- the commands: each gives the error it is refused with, or 0 and has written its block ---- */

/* MS-CIFS 2.2.4.52: NT LM 0.12, without extended security. */
static uint32_t negotiate(talk *t, block *b)
{
    unsigned dialect = 0, chosen = UINT16_MAX;
    if (t->l->negotiated)
        return FAILED;
    for (; nbt_rd_left(&b->bytes) > 0; dialect++) {
        uint8_t format = nbt_rd_u8(&b->bytes, "BufferFormat");
        nbt_bytes name = nbt_smb_string_rd(&b->bytes, "DialectString");
        if (b->bytes.err || format != 2)
            return FAILED;
        if (same(name, "NT LM 0.12"))
            chosen = dialect;
    }
    if (chosen == UINT16_MAX) {
        nbt_wr_u8(t->w, 1, "WordCount");
        nbt_wr_u16le(t->w, chosen, "DialectIndex");
        nbt_wr_u16le(t->w, 0, "ByteCount");
        return 0;
    }
    t->l->negotiated = true;
    nbt_wr_u8(t->w, 17, "WordCount");
    nbt_wr_u16le(t->w, chosen, "DialectIndex");
    nbt_wr_u8(t->w, USER_LEVEL, "SecurityMode");
    nbt_wr_u16le(t->w, 1, "MaxMpxCount");
    nbt_wr_u16le(t->w, 1, "MaxNumberVcs");
    nbt_wr_u32le(t->w, NBT_LANMAN_REQUEST_MAX, "MaxBufferSize");
    nbt_wr_u32le(t->w, 0, "MaxRawSize");
    nbt_wr_u32le(t->w, 0, "SessionKey");
    nbt_wr_u32le(t->w, 0, "Capabilities");
    nbt_wr_room(t->w, 8, "SystemTime"); /* it has no clock */
    nbt_wr_u16le(t->w, 0, "ServerTimeZone");
    nbt_wr_u8(t->w, CHALLENGE, "ChallengeLength");
    size_t from = bytes_begin(t->w);
    nbt_wr_room(t->w, CHALLENGE, "Challenge"); /* no password is looked at */
    bytes_end(t->w, from); /* without DomainName: Samba reads it as Unicode, agreed or not */
    return 0;
}

/* MS-CIFS 2.2.4.53: whoever he says he is, he is a guest. */
static uint32_t session_setup(talk *t, block *b)
{
    if (!t->l->negotiated)
        return FAILED;
    if (b->nwords != 13)
        return BAD_COMMAND; /* 10: LAN Manager's; 12: extended security; neither was offered */
    andx_rd(t, &b->words);
    t->l->room = nbt_rd_u16le(&b->words, "MaxBufferSize");
    t->l->guest = true;
    t->h.uid = UID;
    nbt_wr_u8(t->w, 3, "WordCount");
    andx_wr(t);
    nbt_wr_u16le(t->w, AS_GUEST, "Action");
    size_t from = bytes_begin(t->w);
    text_wr(t->w, "nbtlab", "NativeOS");
    text_wr(t->w, "nbtlab", "NativeLanMan");
    text_wr(t->w, t->lists->group, "PrimaryDomain");
    bytes_end(t->w, from);
    return 0;
}

/* What is behind the last backslash. */
static nbt_bytes share_of(nbt_bytes path)
{
    for (size_t i = path.n; i > 0; i--)
        if (path.p[i - 1] == '\\')
            return (nbt_bytes){ path.p + i, path.n - i };
    return path;
}

/* MS-CIFS 2.2.4.55 */
static uint32_t tree_connect(talk *t, block *b)
{
    if (!t->l->guest || t->h.uid != UID)
        return BAD_UID;
    if (b->nwords != 4)
        return BAD_COMMAND;
    andx_rd(t, &b->words);
    nbt_rd_u16le(&b->words, "Flags");
    size_t password = nbt_rd_u16le(&b->words, "PasswordLength");
    nbt_rd_bytes(&b->bytes, password, "Password");
    nbt_bytes path = nbt_smb_string_rd(&b->bytes, "Path");
    nbt_bytes service = nbt_smb_string_rd(&b->bytes, "Service");
    if (b->bytes.err)
        return FAILED;
    if (!same(share_of(path), "IPC$"))
        return BAD_SHARE;
    if (!same(service, "IPC") && !same(service, "?????"))
        return BAD_DEVICE;
    t->l->tree = true;
    t->h.tid = TID;
    nbt_wr_u8(t->w, 3, "WordCount");
    andx_wr(t);
    nbt_wr_u16le(t->w, 0, "OptionalSupport");
    size_t from = bytes_begin(t->w);
    text_wr(t->w, "IPC", "Service");
    text_wr(t->w, "", "NativeFileSystem");
    bytes_end(t->w, from);
    return 0;
}

static uint32_t logoff(talk *t, block *b)
{
    if (!t->l->guest || t->h.uid != UID)
        return BAD_UID;
    if (b->nwords != 2)
        return BAD_COMMAND;
    andx_rd(t, &b->words);
    t->l->guest = t->l->tree = false;
    nbt_wr_u8(t->w, 2, "WordCount");
    andx_wr(t);
    nbt_wr_u16le(t->w, 0, "ByteCount");
    return 0;
}

static uint32_t tree_disconnect(talk *t)
{
    if (!t->l->tree || t->h.tid != TID)
        return BAD_TID;
    t->l->tree = false;
    nothing(t->w);
    return 0;
}

/* --- the question --------------------------------------------------------------------------- */

typedef struct question {
    uint16_t level, room; /* room: octets of data that its program takes */
    uint32_t type;
    nbt_bytes domain; /* empty: ours */
    uint16_t max_data;
} question;

typedef struct answer {
    uint16_t error, available, returned;
    size_t data; /* octets */
} answer;

/* The i-th of what is asked for; NULL behind the last. Workgroups are ours first. */
static const nbt_browser_server *candidate(const nbt_lanman_lists *lists, bool groups,
                                           nbt_browser_server *own, size_t i)
{
    if (!groups)
        return i < lists->nservers ? &lists->servers[i] : NULL;
    if (i > 0)
        return i <= lists->ngroups ? &lists->groups[i - 1] : NULL;
    memset(own, 0, sizeof *own);
    memcpy(own->name, lists->group, strlen(lists->group));
    memcpy(own->comment, lists->machine, strlen(lists->machine));
    own->type = NBT_SERVER_DOMAIN;
    return own;
}

static bool of_domains(const question *q)
{
    return q->type != UINT32_MAX && (q->type & NBT_SERVER_DOMAIN);
}

/*
 * Whether an entry is asked for: any of the bits, or no bit. All that is here is of this subnet, so
 * that NBT_SERVER_LOCAL is no condition (MS-RAP 2.5.5.2.1).
 */
static bool wanted(const nbt_lanman_lists *lists, const question *q, const nbt_browser_server *s,
                   size_t i)
{
    if (of_domains(q))
        return i == 0 || !same(text_of(s->name), lists->group);
    uint32_t bits = q->type & ~(NBT_SERVER_LOCAL | NBT_SERVER_DOMAIN);
    return bits == 0 || (s->type & bits);
}

static size_t size_of(const question *q, const nbt_browser_server *s)
{
    return q->level == 0 ? RAP_NAME : RAP_LEVEL1 + strlen(s->comment) + 1;
}

/* How many there are, and how many of them fit. */
static void measure(const talk *t, const question *q, answer *a)
{
    size_t head = t->w->at + ANSWER_HEAD + RAP_PARAMETERS;
    size_t room = t->l->room > head ? t->l->room - head : 0;
    nbt_browser_server own;
    const nbt_browser_server *s;
    room = room < q->room ? room : q->room;
    room = room < q->max_data ? room : q->max_data;
    for (size_t i = 0; (s = candidate(t->lists, of_domains(q), &own, i)) != NULL; i++) {
        if (!wanted(t->lists, q, s, i))
            continue;
        if (a->returned == a->available && a->data + size_of(q, s) <= room) {
            a->data += size_of(q, s);
            a->returned++;
        }
        a->available++;
    }
    if (a->returned < a->available)
        a->error = RAP_MORE_DATA;
    else if (a->available == 0)
        a->error = RAP_NO_BROWSER_SERVERS;
}

/* Entries of one size, and behind the last of them the comments that they point to. */
static void entries_wr(const talk *t, const question *q, const answer *a)
{
    size_t comment = (size_t)a->returned * RAP_LEVEL1;
    nbt_browser_server own;
    const nbt_browser_server *s;
    for (int pass = 0; pass < (q->level == 0 ? 1 : 2); pass++) {
        unsigned left = a->returned;
        for (size_t i = 0; left > 0 && (s = candidate(t->lists, of_domains(q), &own, i)); i++) {
            if (!wanted(t->lists, q, s, i))
                continue;
            left--;
            if (pass == 1) {
                text_wr(t->w, s->comment, "ServerComment");
                continue;
            }
            nbt_wr_bytes(t->w, s->name, RAP_NAME, "ServerName");
            if (q->level == 0)
                continue;
            nbt_wr_u8(t->w, s->os_major, "MajorVersion");
            nbt_wr_u8(t->w, s->os_minor, "MinorVersion");
            nbt_wr_u32le(t->w, s->type, "ServerType");
            nbt_wr_u32le(t->w, comment, "ServerCommentOffset");
            comment += strlen(s->comment) + 1;
        }
    }
}

/* MS-CIFS 2.2.4.33.2, in one message. */
static void answer_wr(const talk *t, const question *q, const answer *a)
{
    size_t parameters = t->w->at + ANSWER_HEAD, data = parameters + RAP_PARAMETERS;
    nbt_wr_u8(t->w, 10, "WordCount");
    nbt_wr_u16le(t->w, RAP_PARAMETERS, "TotalParameterCount");
    nbt_wr_u16le(t->w, a->data, "TotalDataCount");
    nbt_wr_u16le(t->w, 0, "Reserved1");
    nbt_wr_u16le(t->w, RAP_PARAMETERS, "ParameterCount");
    nbt_wr_u16le(t->w, parameters, "ParameterOffset");
    nbt_wr_u16le(t->w, 0, "ParameterDisplacement");
    nbt_wr_u16le(t->w, a->data, "DataCount");
    nbt_wr_u16le(t->w, data, "DataOffset");
    nbt_wr_u16le(t->w, 0, "DataDisplacement");
    nbt_wr_u8(t->w, 0, "SetupCount");
    nbt_wr_u8(t->w, 0, "Reserved2");
    size_t from = bytes_begin(t->w);
    nbt_wr_u8(t->w, 0, "Pad");
    nbt_wr_u16le(t->w, a->error, "Win32ErrorCode");
    nbt_wr_u16le(t->w, 0, "Converter");
    nbt_wr_u16le(t->w, a->returned, "EntriesReturned");
    nbt_wr_u16le(t->w, a->available, "EntriesAvailable");
    entries_wr(t, q, a);
    bytes_end(t->w, from);
}

/* MS-RAP 2.5.5.2.1 and 3.2.5.12 */
static uint32_t server_enum(talk *t, nbt_rd *r, uint16_t max_data)
{
    question q = { .max_data = max_data };
    answer a = { .error = RAP_OK };
    nbt_bytes form = nbt_smb_string_rd(r, "ParamDesc");
    nbt_smb_string_rd(r, "DataDesc");
    q.level = nbt_rd_u16le(r, "InfoLevel");
    q.room = nbt_rd_u16le(r, "ReceiveBufferSize");
    q.type = nbt_rd_u32le(r, "ServerType");
    if (same(form, "WrLehDz"))
        q.domain = nbt_smb_string_rd(r, "Domain");
    else if (!same(form, "WrLehDO"))
        a.error = RAP_INVALID_PARAMETER;
    if (r->err)
        return FAILED;
    if (!a.error && q.level > 1)
        a.error = RAP_INVALID_LEVEL;
    else if (!a.error && q.domain.n > 0 && !same(q.domain, t->lists->group))
        a.error = RAP_NO_BROWSER_SERVERS; /* another workgroup's list is another master's */
    if (!a.error)
        measure(t, &q, &a);
    answer_wr(t, &q, &a);
    t->l->gave = true;
    t->l->given = a.returned;
    return 0;
}

/* MS-CIFS 2.2.4.33.1: a call of \PIPE\LANMAN, in one message. */
static uint32_t transaction(talk *t, block *b)
{
    if (!t->l->tree || t->h.tid != TID)
        return BAD_TID;
    size_t total = nbt_rd_u16le(&b->words, "TotalParameterCount");
    nbt_rd_u16le(&b->words, "TotalDataCount");
    size_t max_parameters = nbt_rd_u16le(&b->words, "MaxParameterCount");
    uint16_t max_data = nbt_rd_u16le(&b->words, "MaxDataCount");
    nbt_rd_bytes(&b->words, 2 + 2 + 4 + 2, "MaxSetupCount to Reserved2");
    size_t n = nbt_rd_u16le(&b->words, "ParameterCount");
    size_t at = nbt_rd_u16le(&b->words, "ParameterOffset");
    nbt_bytes name = nbt_smb_string_rd(&b->bytes, "Name");
    nbt_rd r;
    nbt_rd_init(&r, t->smb.p, t->smb.n);
    nbt_rd_bytes(&r, at, "before");
    nbt_rd parameters = nbt_rd_sub(&r, n, "Parameters");
    uint16_t opcode = nbt_rd_u16le(&parameters, "RAPOpcode");
    if (b->words.err || b->bytes.err || parameters.err || n != total)
        return FAILED;
    if (!same(name, "\\PIPE\\LANMAN"))
        return BAD_FILE;
    if (opcode != NET_SERVER_ENUM2 || max_parameters < RAP_PARAMETERS)
        return UNSUPPORTED;
    return server_enum(t, &parameters, max_data);
}

/* --- a message ------------------------------------------------------------------------------ */

static uint32_t command(talk *t, uint8_t code, block *b)
{
    switch (code) {
    case NEGOTIATE:
        return negotiate(t, b);
    case SESSION_SETUP:
        return session_setup(t, b);
    case TREE_CONNECT:
        return tree_connect(t, b);
    case TREE_DISCONNECT:
        return tree_disconnect(t);
    case LOGOFF:
        return logoff(t, b);
    case TRANSACTION:
        return transaction(t, b);
    default: /* what a server of files would do */
        return BAD_COMMAND;
    }
}

bool nbt_lanman_rx(nbt_lanman *l, const nbt_lanman_lists *lists, nbt_bytes smb, nbt_wr *reply)
{
    talk t = { .l = l, .lists = lists, .smb = smb, .w = reply };
    size_t at = NBT_SMB_LEN;
    nbt_rd r;
    nbt_wr head;
    l->gave = false;
    nbt_rd_init(&r, smb.p, smb.n);
    nbt_smb_rd(&r, &t.h);
    if (r.err || (t.h.flags & NBT_SMB_REPLY))
        return false;
    nbt_wr_room(reply, NBT_SMB_LEN, "header");
    uint8_t first = t.h.command, code = first;
    do {
        block b;
        if (!block_rd(&t, at, &b))
            return false;
        t.next = NO_MORE;
        andx_fill(&t, code);
        t.status = command(&t, code, &b);
        if (t.status)
            nothing(reply);
        if (!t.status && t.next != NO_MORE && t.next_at < b.end)
            return false; /* behind it, so that no chain is without end */
        at = t.next_at;
        code = t.next;
    } while (!t.status && code != NO_MORE);
    if (reply->err)
        return false;
    nbt_smb h = { .command = first,
                  .status = t.status,
                  .flags = t.h.flags | NBT_SMB_REPLY,
                  .flags2 = LONG_NAMES,
                  .tid = t.h.tid,
                  .pid = t.h.pid,
                  .uid = t.h.uid,
                  .mid = t.h.mid };
    nbt_wr_init(&head, reply->base, NBT_SMB_LEN);
    nbt_smb_wr(&head, &h);
    return true;
}
