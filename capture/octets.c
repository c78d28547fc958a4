/*
 * Octets beside fields. Which are whose, the codecs say (nbt/span.h); here it is but laid out.
 */
#include "capture/octets.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    ROW = 16,
    SPANS_MAX = 1024, /* of more, the records at the end are shown as one RDATA */
};

/* How the value of a field is written. */
typedef enum form {
    FORM_NUMBER,     /* of 1, 2 or 4 octets; else it is data */
    FORM_HEX,        /* the same, for what is made of bits or is a code */
    FORM_IP,         /* RFC 1002 4.2.1.3 */
    FORM_MAC,        /* UNIT_ID */
    FORM_NAME,       /* RFC 1002 4.1 */
    FORM_SHORT_NAME, /* 16 octets */
    FORM_DATA,       /* characters */
} form;

/* Fields that are no plain numbers; and how they are called here, if not as in errors. */
static const struct {
    const char *field, *shown;
    form form;
} forms[] = {
    { "NAME_TRN_ID", NULL, FORM_HEX },
    { "OPCODE", "OPCODE NM_FLAGS RCODE", FORM_HEX },
    { "QUESTION_NAME", NULL, FORM_NAME },
    { "RR_NAME", NULL, FORM_NAME },
    { "(not read)", NULL, FORM_DATA },
    { "RDATA", NULL, FORM_DATA },
    { "NB_FLAGS", NULL, FORM_HEX },
    { "NB_ADDRESS", NULL, FORM_IP },
    { "NETBIOS_NAME", NULL, FORM_SHORT_NAME },
    { "NAME_FLAGS", NULL, FORM_HEX },
    { "UNIT_ID", NULL, FORM_MAC },
    { "NSD_NAME", NULL, FORM_NAME },
    { "NSD_IP_ADDR", NULL, FORM_IP },
    { "TRAILER", NULL, FORM_DATA },
    { "MSG_TYPE", NULL, FORM_HEX },
    { "FLAGS", NULL, FORM_HEX },
    { "DGM_ID", NULL, FORM_HEX },
    { "SOURCE_IP", NULL, FORM_IP },
    { "SOURCE_NAME", NULL, FORM_NAME },
    { "DESTINATION_NAME", NULL, FORM_NAME },
    { "USER_DATA", NULL, FORM_DATA },
    { "ERROR_CODE", NULL, FORM_HEX },
    { "TYPE", NULL, FORM_HEX },
    { "CALLED_NAME", NULL, FORM_NAME },
    { "CALLING_NAME", NULL, FORM_NAME },
    { "RETARGET_IP_ADDRESS", NULL, FORM_IP },
    { "MACHINE", NULL, FORM_SHORT_NAME },
    { "USER", NULL, FORM_DATA },
    { "TICKET", NULL, FORM_HEX },
    { "DATA", NULL, FORM_DATA },
};

typedef struct table {
    char *to;
    size_t n;
    nbt_bytes all; /* the message */
} table;

static void add(table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(table *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->to + t->n, CAP_LINE_MAX - t->n, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < CAP_LINE_MAX - t->n);
    t->n += (size_t)n;
}

static uint32_t number_of(nbt_bytes b)
{
    uint32_t v = 0;
    for (size_t i = 0; i < b.n; i++)
        v = v << 8 | b.p[i];
    return v;
}

/* A name may go on elsewhere in the message. */
static void add_name(table *t, size_t at)
{
    char text[NBT_NAME_STR_MAX];
    nbt_name name;
    nbt_rd r;
    nbt_rd_init(&r, t->all.p, t->all.n);
    nbt_rd_take(&r, at, "");
    nbt_name_rd(&r, &name, NBT_NAME_POINTERS | NBT_NAME_LONG | NBT_NAME_ANY_FORM, "");
    if (r.err)
        return; /* it is what is malformed */
    nbt_name_print(&name, text, sizeof text);
    add(t, "  %s", text);
}

static void add_short_name(table *t, nbt_bytes b)
{
    char text[NBT_NAME_STR_MAX];
    if (b.n != NBT_NAME_LEN)
        return;
    nbt_name16_print(b.p, text, sizeof text);
    add(t, "  %s", text);
}

/* The value, on a field's first row. */
static void add_value(table *t, size_t at, nbt_bytes b, form f)
{
    switch (f) {
    case FORM_NUMBER:
        add(t, "  %u", number_of(b));
        return;
    case FORM_HEX:
        add(t, "  0x%0*x", (int)(2 * b.n), number_of(b));
        return;
    case FORM_IP:
        add(t, "  %u.%u.%u.%u", b.p[0], b.p[1], b.p[2], b.p[3]);
        return;
    case FORM_MAC:
        for (size_t i = 0; i < b.n; i++)
            add(t, "%s%02x", i == 0 ? "  " : ":", b.p[i]);
        return;
    case FORM_NAME:
        add_name(t, at);
        return;
    case FORM_SHORT_NAME:
        add_short_name(t, b);
        return;
    case FORM_DATA:
        return;
    }
}

static void add_characters(table *t, nbt_bytes b)
{
    add(t, "  ");
    for (size_t i = 0; i < b.n; i++)
        t->to[t->n++] = b.p[i] > 0x1F && b.p[i] < 0x7F ? (char)b.p[i] : '.';
}

/* What a field has too many octets for, or too few, is shown as data. */
static form form_of(const char *field, size_t n, const char **shown)
{
    form f = FORM_NUMBER;
    *shown = field;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(forms[i].field, field) == 0) {
            f = forms[i].form;
            *shown = forms[i].shown ? forms[i].shown : field;
        }
    }
    if (((f == FORM_NUMBER || f == FORM_HEX) && n > 4) || (f == FORM_IP && n != 4))
        return FORM_DATA;
    return f;
}

static void add_field(table *t, size_t at, size_t n, const char *field)
{
    static const char hex[] = "0123456789abcdef";
    const char *shown;
    form f = form_of(field, n, &shown);
    for (size_t done = 0; done < n; done += ROW) {
        nbt_bytes row = { t->all.p + at + done, n - done < ROW ? n - done : ROW };
        add(t, "    %05zx ", at + done); /* a session packet has up to 131 075 */
        char columns[3 * ROW + 1];
        memset(columns, ' ', sizeof columns - 1);
        columns[sizeof columns - 1] = '\0';
        for (size_t i = 0; i < row.n; i++) {
            columns[3 * i + 1] = hex[row.p[i] >> 4];
            columns[3 * i + 2] = hex[row.p[i] & 15];
        }
        add(t, "%s  %s", columns, shown);
        if (f == FORM_DATA)
            add_characters(t, row);
        else if (done == 0)
            add_value(t, at, (nbt_bytes){ row.p, n }, f);
        add(t, "\n");
    }
}

size_t cap_octets_print(const cap_item *item, char *to)
{
    nbt_span room[SPANS_MAX];
    nbt_spans spans;
    table t = { .to = to };
    nbt_spans_init(&spans, room, SPANS_MAX);
    if (item->msg) {
        t.all = item->msg->bytes;
        nbt_msg again;
        nbt_msg_rd_note(&again, item->msg->service, t.all.p, t.all.n, &spans);
    } else if (item->rc) {
        t.all = item->rc->bytes;
        rc_packet_note(&spans, item->rc);
    }
    size_t at = 0;
    for (size_t i = 0; i < spans.n; i++) {
        const nbt_span *s = &spans.p[i];
        add_field(&t, at, s->at - at, "(not read)");
        add_field(&t, s->at, s->n, s->field);
        at = s->at + s->n;
    }
    add_field(&t, at, t.all.n - at, "(not read)");
    return t.n;
}
