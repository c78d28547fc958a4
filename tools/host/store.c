/*
 * The store: rows by the numbers of the server's records, so that new names lie side by side and a
 * refresh writes where the name was.
 */
#include "tools/host/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tools/host/iface.h"

enum {
    APPLICATION = 0x4E424E53, /* "NBNS", in the file's header: file(1) can tell */
    VERSION = 1,
    CHECKPOINT = 8192, /* pages: a checkpoint is the only thing that waits for the disk */
};

/* A record as it was when the journal told it. Its scope and addresses lie in the arena. */
typedef struct row {
    uint32_t idx;
    nbt_sec since, due;
    size_t at;
    uint16_t naddrs;
    uint8_t kind, state, scope_len;
    bool fixed;
    uint8_t name[NBT_NAME_LEN];
} row;

struct host_store {
    uv_loop_t *uv;
    host_store_cfg cfg;
    sqlite3 *db;
    sqlite3_stmt *put, *drop, *begin, *commit, *rollback;
    int lock;
    row *rows;
    size_t nrows, rows_cap;
    uint8_t *arena;
    size_t used, arena_cap;
    bool no_memory; /* for a row: nothing may be committed behind it */
    uv_work_t work;
    bool busy, closing;
    char trouble[200];
};

static const char schema[] =
    "CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind INTEGER NOT NULL,"
    " state INTEGER NOT NULL, fixed INTEGER NOT NULL, since INTEGER NOT NULL,"
    " due INTEGER NOT NULL, address INTEGER NOT NULL, nb_flags INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, others TEXT);"
    /* The same for people. */
    "CREATE VIEW registrations AS SELECT name,"
    " CASE kind WHEN 0 THEN 'unique' WHEN 1 THEN 'group' WHEN 2 THEN 'internet group'"
    "  ELSE 'multihomed' END AS kind,"
    " CASE state WHEN 0 THEN 'active' WHEN 1 THEN 'released' ELSE 'extinct' END AS state,"
    " fixed AS static, datetime(since, 'unixepoch') AS since,"
    " printf('%d.%d.%d.%d', address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255)"
    "  AS address, printf('%04x', nb_flags) AS nb_flags,"
    " CASE expires WHEN 0 THEN 'never' ELSE datetime(expires, 'unixepoch') END AS expires,"
    " others FROM names;"
    "PRAGMA application_id = 1312968275; PRAGMA user_version = 1;";

/* --- opening --------------------------------------------------------------------------------- */

static bool complain(host_store *st, const char *path, host_err *err)
{
    host_err_set(err, HOST_SYSTEM, "the store %s cannot be used: %s; choose another --store", path,
                 sqlite3_errmsg(st->db));
    return false;
}

/* One process a store: the records of two servers would overwrite each other. */
static bool take_lock(host_store *st, const char *path, host_err *err)
{
    char name[4096];
    snprintf(name, sizeof name, "%s-lock", path);
    st->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (st->lock >= 0 && flock(st->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        host_err_set(err, HOST_SYSTEM,
                     "the store %s is used by another nbtd; stop it, or choose another --store",
                     path);
    else
        host_err_set(err, HOST_SYSTEM, "the store's lock %s cannot be made: %s", name,
                     strerror(errno));
    return false;
}

static int pragma(host_store *st, const char *text)
{
    int value = -1;
    sqlite3_stmt *stmt;
    if (sqlite3_prepare_v2(st->db, text, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        value = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

static bool make_tables(host_store *st, const char *path, host_err *err)
{
    int id = pragma(st, "PRAGMA application_id"), version = pragma(st, "PRAGMA user_version");
    if (id == APPLICATION && version == VERSION)
        return true;
    if (id == 0 && pragma(st, "SELECT count(*) FROM sqlite_master") == 0)
        return sqlite3_exec(st->db, schema, NULL, NULL, NULL) == SQLITE_OK ||
               complain(st, path, err);
    if (id < 0)
        return complain(st, path, err);
    host_err_set(err, HOST_SYSTEM, "%s is no name server's store%s; choose another --store", path,
                 id == APPLICATION ? " of this version" : "");
    return false;
}

static bool prepare(host_store *st, const char *path, host_err *err)
{
    static const char put[] = "INSERT OR REPLACE INTO names VALUES (?,?,?,?,?,?,?,?,?,?,?)";
    const struct {
        sqlite3_stmt **stmt;
        const char *text;
    } all[] = { { &st->put, put },
                { &st->drop, "DELETE FROM names WHERE id = ?" },
                { &st->begin, "BEGIN IMMEDIATE" },
                { &st->commit, "COMMIT" },
                { &st->rollback, "ROLLBACK" } };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (sqlite3_prepare_v3(st->db, all[i].text, -1, SQLITE_PREPARE_PERSISTENT, all[i].stmt,
                               NULL) != SQLITE_OK)
            return complain(st, path, err);
    return true;
}

/* A cache of 1 MB: names come and go at random, and no cache holds them; the system's has the file.
 */
static const char settings[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1000;";

static bool open_file(host_store *st, const char *path, host_err *err)
{
    if (sqlite3_open_v2(path, &st->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
        SQLITE_OK)
        return complain(st, path, err);
    sqlite3_busy_timeout(st->db, 2000); /* somebody reads it, or has it open for writing by hand */
    return (sqlite3_exec(st->db, settings, NULL, NULL, NULL) == SQLITE_OK &&
            sqlite3_wal_autocheckpoint(st->db, CHECKPOINT) == SQLITE_OK) ||
           complain(st, path, err);
}

static void free_all(host_store *st)
{
    sqlite3_finalize(st->put);
    sqlite3_finalize(st->drop);
    sqlite3_finalize(st->begin);
    sqlite3_finalize(st->commit);
    sqlite3_finalize(st->rollback);
    sqlite3_close(st->db);
    if (st->lock >= 0)
        close(st->lock);
    free(st->rows);
    free(st->arena);
    free(st);
}

host_store *host_store_open(uv_loop_t *uv, const char *path, const host_store_cfg *cfg,
                            host_err *err)
{
    host_store *st = calloc(1, sizeof *st);
    if (!st) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    st->uv = uv;
    st->cfg = *cfg;
    st->lock = -1;
    if (!take_lock(st, path, err) || !open_file(st, path, err) || !make_tables(st, path, err) ||
        !prepare(st, path, err)) {
        free_all(st);
        return NULL;
    }
    return st;
}

/* --- reading --------------------------------------------------------------------------------- */

enum { ID, NAME, KIND, STATE, FIXED, SINCE, DUE, ADDRESS, NB_FLAGS, EXPIRES, OTHERS };

/* The first address, and those of "10.0.0.2 6000 1790000000, ...": as put_others has it. */
static size_t read_addresses(sqlite3_stmt *stmt, nbt_nbaddr *addrs)
{
    size_t n = 1;
    addrs[0].ip = (uint32_t)sqlite3_column_int64(stmt, ADDRESS);
    addrs[0].nb_flags = (uint16_t)sqlite3_column_int(stmt, NB_FLAGS);
    addrs[0].expires = (nbt_sec)sqlite3_column_int64(stmt, EXPIRES);
    const char *p = (const char *)sqlite3_column_text(stmt, OTHERS);
    unsigned a, b, c, d, flags, expires;
    int used;
    while (p && n < NBT_NBADDR_MAX &&
           sscanf(p, "%3u.%3u.%3u.%3u %4x %10u%n", &a, &b, &c, &d, &flags, &expires, &used) == 6) {
        addrs[n++] =
            (nbt_nbaddr){ .ip = (a & 255) << 24 | (b & 255) << 16 | (c & 255) << 8 | (d & 255),
                          .expires = expires,
                          .nb_flags = (uint16_t)flags };
        p += used;
        p += strspn(p, ", ");
    }
    return n;
}

static bool read_row(sqlite3_stmt *stmt, nbt_nbns *into, nbt_nbaddr *addrs)
{
    nbt_name name;
    const char *text = (const char *)sqlite3_column_text(stmt, NAME);
    if (!text || !nbt_name_parse(&name, text, (size_t)sqlite3_column_bytes(stmt, NAME)))
        return false;
    nbt_nbns_kept kept = { .idx = (uint32_t)sqlite3_column_int64(stmt, ID), .name = &name };
    kept.kind = (uint8_t)sqlite3_column_int(stmt, KIND);
    kept.state = (uint8_t)sqlite3_column_int(stmt, STATE);
    kept.fixed = sqlite3_column_int(stmt, FIXED) != 0;
    kept.since = (nbt_sec)sqlite3_column_int64(stmt, SINCE);
    kept.due = (nbt_sec)sqlite3_column_int64(stmt, DUE);
    kept.addrs = addrs;
    kept.naddrs = read_addresses(stmt, addrs);
    return nbt_nbns_restore(into, &kept);
}

bool host_store_load(host_store *st, nbt_nbns *into, size_t *refused, host_err *err)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(st->db, "SELECT * FROM names ORDER BY id", -1, &stmt, NULL);
    nbt_nbaddr *addrs = calloc(NBT_NBADDR_MAX, sizeof *addrs);
    *refused = 0;
    while (addrs && rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        *refused += !read_row(stmt, into, addrs);
        rc = SQLITE_OK;
    }
    bool ok = addrs && rc == SQLITE_DONE;
    if (!ok)
        host_err_set(err, HOST_SYSTEM, "the store cannot be read: %s",
                     addrs ? sqlite3_errmsg(st->db) : "no memory");
    free(addrs);
    sqlite3_finalize(stmt);
    return ok;
}

/* --- writing: gathered in the loop's thread, committed in another ------------------------------
 */

static bool grow(void *array, size_t *cap, size_t need, size_t item)
{
    void **p = array;
    if (need <= *cap)
        return true;
    size_t longer = *cap ? *cap * 2 : 1024;
    while (longer < need)
        longer *= 2;
    void *q = realloc(*p, longer * item);
    if (!q)
        return false;
    *p = q;
    *cap = longer;
    return true;
}

static bool gather(host_store *st, const nbt_nbrec *rec)
{
    nbt_name name;
    bool gone = rec->state == NBT_NBSTATE_GONE;
    name.scope.len = 0;
    if (!gone)
        nbt_nbdb_name(rec, &name);
    size_t addrs = gone ? 0 : rec->n * sizeof(nbt_nbaddr);
    if (!grow(&st->rows, &st->rows_cap, st->nrows + 1, sizeof *st->rows) ||
        !grow(&st->arena, &st->arena_cap, st->used + addrs + name.scope.len, 1))
        return false;
    row *r = &st->rows[st->nrows++];
    *r = (row){ .idx = rec->idx, .since = rec->since, .due = rec->due, .at = st->used };
    r->kind = rec->kind;
    r->state = rec->state;
    r->fixed = rec->fixed;
    if (gone)
        return true;
    r->naddrs = rec->n;
    r->scope_len = name.scope.len;
    memcpy(r->name, name.b, NBT_NAME_LEN);
    memcpy(st->arena + st->used, nbt_nbdb_addrs_const(rec), addrs);
    memcpy(st->arena + st->used + addrs, name.scope.b, name.scope.len);
    st->used += addrs + name.scope.len;
    return true;
}

/* All addresses but the first, as text; NULL without memory. */
static char *others(const uint8_t *addrs, size_t n)
{
    enum { ONE = 40 };
    char *text = malloc(n * ONE), *p = text;
    for (size_t i = 1; text && i < n; i++) {
        nbt_nbaddr a;
        memcpy(&a, addrs + i * sizeof a, sizeof a);
        char ip[HOST_IP_STR_MAX];
        p += snprintf(p, ONE, "%s%s %04x %u", i > 1 ? ", " : "", host_ip_str(a.ip, ip), a.nb_flags,
                      (unsigned)a.expires);
    }
    return text;
}

static int write_row(host_store *st, const row *r)
{
    if (r->state == NBT_NBSTATE_GONE) {
        sqlite3_bind_int64(st->drop, 1, r->idx);
        sqlite3_step(st->drop);
        return sqlite3_reset(st->drop);
    }
    nbt_name name = { .form = NBT_NAME_NETBIOS };
    nbt_nbaddr first;
    char text[NBT_NAME_STR_MAX];
    const uint8_t *addrs = st->arena + r->at;
    memcpy(&first, addrs, sizeof first);
    memcpy(name.b, r->name, NBT_NAME_LEN);
    name.scope.len = r->scope_len;
    memcpy(name.scope.b, addrs + r->naddrs * sizeof first, r->scope_len);
    size_t len = nbt_name_print(&name, text, sizeof text);
    const int64_t numbers[] = { r->kind, r->state, r->fixed,       r->since,
                                r->due,  first.ip, first.nb_flags, first.expires };
    sqlite3_bind_int64(st->put, 1 + ID, r->idx);
    sqlite3_bind_text(st->put, 1 + NAME, text, (int)len, SQLITE_STATIC);
    for (int i = 0; i < (int)(sizeof numbers / sizeof numbers[0]); i++)
        sqlite3_bind_int64(st->put, 1 + KIND + i, numbers[i]);
    sqlite3_bind_null(st->put, 1 + OTHERS);
    if (r->naddrs > 1) {
        char *more = others(addrs, r->naddrs);
        if (!more)
            return SQLITE_NOMEM;
        sqlite3_bind_text(st->put, 1 + OTHERS, more, -1, free);
    }
    sqlite3_step(st->put);
    return sqlite3_reset(st->put);
}

static int run(sqlite3_stmt *stmt)
{
    sqlite3_step(stmt);
    return sqlite3_reset(stmt);
}

/* All of the batch, or nothing. */
static void write_batch(host_store *st)
{
    int rc = st->no_memory ? SQLITE_NOMEM : run(st->begin);
    for (size_t i = 0; rc == SQLITE_OK && i < st->nrows; i++)
        rc = write_row(st, &st->rows[i]);
    if (rc == SQLITE_OK)
        rc = run(st->commit);
    st->trouble[0] = 0;
    if (rc == SQLITE_OK) {
        st->nrows = 0;
        st->used = 0;
        return;
    }
    snprintf(st->trouble, sizeof st->trouble, "%s", sqlite3_errstr(rc));
    if (!sqlite3_get_autocommit(st->db))
        (void)run(st->rollback);
}

static void work(uv_work_t *req)
{
    write_batch(req->data);
}

static void after_work(uv_work_t *req, int status)
{
    host_store *st = req->data;
    (void)status;
    st->busy = false;
    if (st->closing)
        free_all(st);
    else
        st->cfg.committed(st->cfg.ctx, st->trouble[0] ? st->trouble : NULL);
}

static void empty_journal(host_store *st, nbt_nbns *from)
{
    for (const nbt_nbrec *rec; !st->no_memory && (rec = nbt_nbns_changed(from));)
        st->no_memory = !gather(st, rec);
}

bool host_store_busy(const host_store *st)
{
    return st->busy;
}

void host_store_commit(host_store *st, nbt_nbns *from)
{
    assert(!st->busy);
    empty_journal(st, from);
    st->busy = true;
    st->work.data = st;
    int rc = uv_queue_work(st->uv, &st->work, work, after_work);
    assert(rc == 0);
    (void)rc;
}

void host_store_close(host_store *st, nbt_nbns *from)
{
    if (!st)
        return;
    if (st->busy) {
        st->closing = true;
        return;
    }
    if (from)
        empty_journal(st, from);
    write_batch(st);
    free_all(st);
}
