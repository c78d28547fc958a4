/*
 * The store: what a server's journal told comes back to another server; what goes wrong is said,
 * and nothing is lost by it.
 */
#include "tools/host/store.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/nbserver.h"
#include "tests/support/test.h"
#include "tests/support/turn.h"

#define A "10.0.0.10"

typedef struct world {
    uv_loop_t uv;
    char folder[64], path[96];
    host_store *store;
    nbserver n;
    unsigned ended, failed;
} world;

static void committed(void *ctx, const char *trouble)
{
    world *w = ctx;
    w->ended++;
    w->failed += trouble != NULL;
}

static void open_store(world *w)
{
    host_err err = { .text = "" };
    host_store_cfg cfg = { .ctx = w, .committed = committed };
    w->store = host_store_open(&w->uv, w->path, &cfg, &err);
    if (!w->store)
        fail_msg("%s", err.text);
}

static world *begin(void)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    uv_loop_init(&w->uv);
    strcpy(w->folder, "/tmp/nbtlab-store-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->path, sizeof w->path, "%s/names.db", w->folder);
    open_store(w);
    nbserver_init(&w->n, "rfc");
    nbserver_start(&w->n);
    return w;
}

static void end(world *w)
{
    static const char *const files[] = { "names.db", "names.db-wal", "names.db-shm",
                                         "names.db-lock" };
    char path[96];
    host_store_close(w->store, w->n.s);
    nbserver_fini(&w->n);
    test_turn_end(&w->uv);
    for (size_t i = 0; i < LENGTH_OF(files); i++) {
        snprintf(path, sizeof path, "%s/%s", w->folder, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(w->folder), 0);
    free(w);
}

static void commit(world *w)
{
    unsigned before = w->ended;
    assert_false(host_store_busy(w->store));
    host_store_commit(w->store, w->n.s);
    assert_true(host_store_busy(w->store));
    while (w->ended == before)
        uv_run(&w->uv, UV_RUN_ONCE);
    assert_false(host_store_busy(w->store));
}

static void hear(world *w, const char *line)
{
    nbserver_hear(&w->n, A, line);
    nbt_out_clear(&w->n.out);
}

/* A new server, in place of the one that has the store. */
static void restart(world *w)
{
    size_t refused;
    host_err err;
    host_store_close(w->store, NULL); /* as if it had been killed: the journal is lost */
    nbserver_fini(&w->n);
    nbserver_init(&w->n, "rfc");
    nbserver_start(&w->n);
    open_store(w);
    assert_true(host_store_load(w->store, w->n.s, &refused, &err));
    assert_int_equal(refused, 0);
}

static void assert_found(world *w, const char *query, const char *text)
{
    nbserver_hear(&w->n, A, query);
    const char *said = nbserver_said(&w->n);
    if (!strstr(said, text))
        fail_msg("%s: %s", query, said);
}

static void what_is_committed_comes_back(void **state)
{
    (void)state;
    world *w = begin();
    hear(w, "registration-request FRED<20> ttl=1000 owner=10.0.0.10 node=H unique");
    hear(w, "registration-request \\x00\\xFF\\x22<1C>.A.B ttl=1000 owner=10.0.0.11 node=P unique");
    hear(w, "registration-request LAB<00> ttl=1000 owner=10.0.0.10 node=B group");
    hear(w, "registration-request LAB<00> ttl=2000 owner=10.0.0.11 node=P group");
    hear(w, "registration-request LAB<00> ttl=3000 owner=10.0.0.12 node=M group");
    hear(w, "registration-request GONE<20> ttl=1000 owner=10.0.0.10 node=H unique");
    nbt_nbns_cmd fixed = { .verb = NBT_NBNS_ADD, .name = name_of("STATIC<20>"), .ip = 0x01020304 };
    nbt_nbns_do(w->n.s, w->n.now, &fixed, &w->n.out);
    commit(w);
    hear(w, "release-request GONE<20> owner=10.0.0.10 node=H unique");
    hear(w, "release-request LAB<00> owner=10.0.0.11 node=P group");
    commit(w);
    hear(w, "registration-request LATE<20> ttl=1000 owner=10.0.0.10 node=H unique");
    assert_int_equal(w->failed, 0);
    restart(w);
    assert_found(w, "query-request FRED<20>", "ttl=2000 owners=10.0.0.10/H/unique");
    assert_found(w, "query-request LAB<00>", "owners=10.0.0.10/B/group,10.0.0.12/M/group");
    assert_found(w, "query-request \\x00\\xFF\\x22<1C>.A.B", "owners=10.0.0.11/P/unique");
    assert_found(w, "query-request STATIC<20>", "owners=1.2.3.4/B/unique");
    assert_found(w, "query-request GONE<20>", "rcode=NAM_ERR");
    assert_found(w, "query-request LATE<20>", "rcode=NAM_ERR");
    assert_int_equal(nbt_nbns_names(w->n.s), 4);
    end(w);
}

/* Names are taken and given back for a while, in batches of any size; nothing is mixed up. */
static void many_batches(void **state)
{
    (void)state;
    world *w = begin();
    nbt_rng rng = { test_seed() };
    bool there[200] = { false };
    for (unsigned batch = 0; batch < 20; batch++) {
        for (unsigned i = nbt_rng_below(&rng, 150); i > 0; i--) {
            unsigned k = nbt_rng_below(&rng, LENGTH_OF(there));
            char line[200];
            snprintf(line, sizeof line,
                     there[k]
                         ? "release-request N%u<20> owner=10.0.0.10 node=H unique"
                         : "registration-request N%u<20> ttl=1000 owner=10.0.0.10 node=H unique",
                     k);
            there[k] = !there[k];
            hear(w, line);
        }
        commit(w);
    }
    restart(w);
    for (unsigned k = 0; k < LENGTH_OF(there); k++) {
        char text[30];
        snprintf(text, sizeof text, "N%u<20>", k);
        nbt_name name = name_of(text);
        assert_int_equal(nbt_nbns_find(w->n.s, &name) != NULL, there[k]);
    }
    end(w);
}

static void the_journal_is_committed_at_the_end(void **state)
{
    (void)state;
    world *w = begin();
    hear(w, "registration-request FRED<20> ttl=1000 owner=10.0.0.10 node=H unique");
    host_store_close(w->store, w->n.s);
    open_store(w);
    restart(w);
    assert_found(w, "query-request FRED<20>", "owners=10.0.0.10/H/unique");
    /* Also if a batch is under way just then: the loop ends it. */
    hear(w, "registration-request WILMA<20> ttl=1000 owner=10.0.0.10 node=H unique");
    host_store_commit(w->store, w->n.s);
    host_store_close(w->store, w->n.s);
    while (uv_run(&w->uv, UV_RUN_DEFAULT) != 0)
        ;
    assert_int_equal(w->ended, 0);
    open_store(w);
    restart(w);
    assert_found(w, "query-request WILMA<20>", "owners=10.0.0.10/H/unique");
    end(w);
}

/* No room on the disk, for a while. */
static void a_failed_batch_is_tried_again(void **state)
{
    (void)state;
    world *w = begin();
    struct rlimit was, none;
    struct stat st;
    char wal[120];
    hear(w, "registration-request FRED<20> ttl=1000 owner=10.0.0.10 node=H unique");
    commit(w);
    snprintf(wal, sizeof wal, "%s-wal", w->path);
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    none = was;
    none.rlim_cur = (rlim_t)st.st_size;
    signal(SIGXFSZ, SIG_IGN);
    hear(w, "registration-request WILMA<20> ttl=1000 owner=10.0.0.10 node=H unique");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    commit(w);
    hear(w, "registration-request BARNEY<20> ttl=1000 owner=10.0.0.10 node=H unique");
    commit(w);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(w->failed, 2);
    commit(w);
    assert_int_equal(w->failed, 2);
    restart(w);
    assert_found(w, "query-request WILMA<20>", "owners=10.0.0.10/H/unique");
    assert_found(w, "query-request BARNEY<20>", "owners=10.0.0.10/H/unique");
    end(w);
}

static void refuses(world *w, host_status status, const char *text)
{
    host_err err = { .text = "" };
    host_store_cfg cfg = { .ctx = w, .committed = committed };
    assert_null(host_store_open(&w->uv, w->path, &cfg, &err));
    assert_int_equal(err.status, status);
    assert_non_null(strstr(err.text, text));
}

static void a_store_has_one_server(void **state)
{
    (void)state;
    world *w = begin();
    refuses(w, HOST_SYSTEM, "is used by another nbtd");
    end(w);
}

static void sql(world *w, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void what_is_no_store_is_left_alone(void **state)
{
    (void)state;
    world *w = begin();
    host_store_close(w->store, NULL);
    w->store = NULL;
    sql(w, "PRAGMA user_version = 2");
    refuses(w, HOST_SYSTEM, "is no name server's store of this version");
    sql(w, "PRAGMA application_id = 7");
    refuses(w, HOST_SYSTEM, "is no name server's store;");
    FILE *f = fopen(w->path, "w");
    assert_non_null(f);
    fputs("this is a letter to my mother, and no database at all: dear mother", f);
    fclose(f);
    refuses(w, HOST_SYSTEM, "file is not a database");
    end(w);
}

/* Rows that somebody has changed by hand. */
static void rows_without_sense_are_passed_over(void **state)
{
    (void)state;
    world *w = begin();
    hear(w, "registration-request FRED<20> ttl=1000 owner=10.0.0.10 node=H unique");
    host_store_close(w->store, w->n.s);
    w->store = NULL;
    sql(w, "INSERT INTO names VALUES (5, 'NOSUFFIX', 0, 0, 0, 0, 0, 1, 0, 0, NULL),"
           "(6, 'KIND<20>', 7, 0, 0, 0, 0, 1, 0, 0, NULL),"
           "(7, 'STATE<20>', 0, 3, 0, 0, 0, 1, 0, 0, NULL),"
           "(8, 'FRED<20>', 0, 0, 0, 0, 0, 1, 0, 0, NULL),"
           "(9, 'OTHERS<20>', 1, 0, 0, 0, 0, 1, 0, 0, 'nonsense'),"
           "(4000000000, 'FAR<20>', 0, 0, 0, 0, 0, 1, 0, 0, NULL)");
    nbserver_fini(&w->n);
    nbserver_init(&w->n, "rfc");
    nbserver_start(&w->n);
    open_store(w);
    size_t refused;
    host_err err;
    assert_true(host_store_load(w->store, w->n.s, &refused, &err));
    assert_int_equal(refused, 5);
    assert_int_equal(nbt_nbns_names(w->n.s), 2);
    end(w);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", what_is_committed_comes_back),
    NBT_TEST("", many_batches),
    NBT_TEST("", the_journal_is_committed_at_the_end),
    NBT_TEST("", a_failed_batch_is_tried_again),
    NBT_TEST("", a_store_has_one_server),
    NBT_TEST("", what_is_no_store_is_left_alone),
    NBT_TEST("", rows_without_sense_are_passed_over),
};

NBT_MAIN("store", tests)
