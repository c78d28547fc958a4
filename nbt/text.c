/*
 * The text form of messages, printed and parsed: one vocabulary, the table of keys, for both. It
 * never allocates, and it knows no packet layout: bytes are read and written by the codecs alone.
 */
#include "nbt/text_impl.h"

const char *nbt_text_kind(const nbt_msg *m)
{
    if (m->err)
        return nbt_text_malformed_word(m->service);
    switch (m->service) {
    case NBT_SERVICE_NAME:
        return nbt_ns_kind_word(nbt_ns_kind_of(&m->u.ns));
    case NBT_SERVICE_DATAGRAM:
        return nbt_code_word(NBT_CODESET_DGM_TYPE, m->u.dgm.type);
    case NBT_SERVICE_SESSION:
        return nbt_code_word(NBT_CODESET_SSN_TYPE, m->u.ssn.type);
    }
    return "unknown";
}

static void print_malformed(nbt_text_out *o, const nbt_msg *m)
{
    nbt_text_put_str(o, nbt_text_malformed_word(m->service));
    nbt_text_put_num(o, NBT_KEY_AT, (uint32_t)m->err_at);
    nbt_text_put_key(o, NBT_KEY_FIELD);
    nbt_text_put_hyphened(o, m->err_field ? m->err_field : "-");
    nbt_text_put_key(o, NBT_KEY_WHY);
    nbt_text_put_hyphened(o, nbt_err_str(m->err));
}

static void print_words(nbt_text_out *o, const nbt_msg *m)
{
    if (m->err) {
        print_malformed(o, m);
        return;
    }
    switch (m->service) {
    case NBT_SERVICE_NAME:
        nbt_text_print_ns(o, &m->u.ns);
        return;
    case NBT_SERVICE_DATAGRAM:
        nbt_text_print_dgm(o, &m->u.dgm);
        return;
    case NBT_SERVICE_SESSION:
        nbt_text_print_ssn(o, &m->u.ssn);
        return;
    }
}

size_t nbt_text_print(const nbt_msg *m, char *buf, size_t cap)
{
    nbt_text_out o = { .buf = buf, .room = cap > 0 ? cap - 1 : 0 };
    print_words(&o, m);
    if (m->err || (!m->exact && m->bytes.p)) {
        nbt_text_put_key(&o, NBT_KEY_RAW);
        nbt_text_put_bytes(&o, m->bytes);
    }
    if (cap > 0)
        buf[o.len < o.room ? o.len : o.room] = '\0';
    return o.len;
}

static void parse_words(nbt_text_line *l, nbt_text_what k, nbt_msg *m)
{
    m->service = k.service;
    m->err = NBT_OK;
    m->err_at = 0;
    m->err_field = NULL;
    m->exact = true;
    m->bytes = (nbt_bytes){ NULL, 0 };
    switch (k.service) {
    case NBT_SERVICE_NAME:
        nbt_text_parse_ns(l, k.ns, &m->u.ns);
        return;
    case NBT_SERVICE_DATAGRAM:
        nbt_text_parse_dgm(l, k.type, &m->u.dgm);
        return;
    case NBT_SERVICE_SESSION:
        nbt_text_parse_ssn(l, k.type, &m->u.ssn);
        return;
    }
}

/* The bytes are what counts, but the words beside them must not lie. */
static void check_raw(nbt_text_line *l, const nbt_msg *m)
{
    const char *is = nbt_text_kind(m);
    if (!nbt_word_eq(nbt_word_next(l->text, l->text + l->len), is)) {
        nbt_text_fail(l, l->text, "raw= is another kind of message", is);
        return;
    }
    nbt_text_out o = { .buf = NULL, .beside = l };
    print_words(&o, m);
    nbt_text_compare_end(&o);
    for (nbt_text_key k = 0; k < NBT_KEY_RAW; k++) {
        if (nbt_text_has(l, k))
            nbt_text_fail(l, nbt_text_start_of(l, k), "raw= does not say this", "no such word");
    }
}

static void parse_message(nbt_text_line *l, nbt_text_what k, nbt_msg *m)
{
    if (!nbt_text_has(l, NBT_KEY_RAW)) {
        if (k.words == NBT_IN_MALFORMED)
            nbt_text_need(l, NBT_KEY_RAW);
        else
            parse_words(l, k, m);
        return;
    }
    nbt_bytes raw = nbt_text_get_octets(l, NBT_KEY_RAW);
    if (l->bad)
        return;
    nbt_msg_rd(m, k.service, raw.p, raw.n);
    check_raw(l, m);
}

bool nbt_text_parse(nbt_msg *m, const char *text, size_t len, uint8_t *arena, size_t arena_cap,
                    nbt_text_err *err)
{
    nbt_text_line l;
    nbt_text_what k;
    memset(&l, 0, sizeof l);
    l.text = text;
    l.len = len;
    nbt_wr_init(&l.arena, arena, arena_cap);
    nbt_word kind_word = nbt_word_next(text, text + len);
    if (nbt_text_find_kind(kind_word, &k)) {
        l.words = k.words;
        nbt_text_file_words(&l, kind_word.p + kind_word.n);
    } else {
        nbt_text_fail(&l, text, "not a kind of message", nbt_text_all_kinds());
    }
    if (!l.bad)
        parse_message(&l, k, m);
    if (l.bad)
        *err = l.err;
    return !l.bad;
}

bool nbt_text_may_say(const char *kind_text, size_t kind_len, const char *word, size_t len,
                      nbt_text_err *err)
{
    nbt_text_line l;
    nbt_text_what k = { .words = NBT_IN_ALL };
    nbt_word kind_word = { kind_text, kind_len };
    memset(&l, 0, sizeof l);
    if (!nbt_word_eq(kind_word, "*") && !nbt_text_find_kind(kind_word, &k)) {
        *err = (nbt_text_err){ 1, "not a kind of message", nbt_text_all_kinds() };
        return false;
    }
    if (len == 0)
        return true;
    l.text = word;
    l.len = len;
    l.words = k.words;
    nbt_text_file_word(&l, (nbt_word){ word, len });
    if (l.bad)
        *err = l.err;
    return !l.bad;
}
