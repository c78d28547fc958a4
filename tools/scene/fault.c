/*
 * Each fault counts the messages that fit it while it acts.
 */
#include "tools/scene/fault.h"
#include "nbt/mem.h"

#include <string.h>

struct scene_faults {
    nbt_mem mem;
    const scene *s;
    uint32_t acting; /* how many are on */
    scene_acting of[];
};

static size_t size_of(const scene *s)
{
    return sizeof(scene_faults) + s->nfaults * sizeof(scene_acting);
}

scene_faults *scene_faults_new(nbt_mem mem, const scene *s)
{
    scene_faults *f = nbt_mem_new(mem, size_of(s));
    if (!f)
        return NULL;
    f->mem = mem;
    f->s = s;
    scene_faults_reset(f);
    return f;
}

void scene_faults_free(scene_faults *f)
{
    if (f)
        nbt_mem_free(f->mem, f, size_of(f->s));
}

void scene_faults_reset(scene_faults *f)
{
    f->acting = 0;
    for (uint32_t i = 0; i < f->s->nfaults; i++) {
        f->of[i] = (scene_acting){ .on = !f->s->fault[i].stepped };
        f->acting += f->of[i].on;
    }
}

void scene_faults_begin(scene_faults *f, uint32_t index, nbt_time now)
{
    f->acting += !f->of[index].on;
    f->of[index] = (scene_acting){ .on = true, .since = now };
}

void scene_faults_end(scene_faults *f, uint32_t index)
{
    f->acting -= f->of[index].on;
    f->of[index].on = false;
}

void scene_faults_save(const scene_faults *f, scene_acting *of)
{
    if (f->s->nfaults > 0)
        memcpy(of, f->of, f->s->nfaults * sizeof *of);
}

void scene_faults_load(scene_faults *f, const scene_acting *of)
{
    f->acting = 0;
    for (uint32_t i = 0; i < f->s->nfaults; i++) {
        f->of[i] = of[i];
        f->acting += of[i].on;
    }
}

bool scene_faults_any(const scene_faults *f)
{
    return f->acting > 0;
}

/* --- which message ---------------------------------------------------------------------------- */

static bool is_its_time(const scene_fault *fault, const scene_acting *a, nbt_time now)
{
    if (!a->on)
        return false;
    return fault->on == 0 || (now - a->since) % (fault->on + fault->off) < fault->on;
}

/* The count is that of the message itself, from 1. */
static bool is_its_turn(const scene_fault *fault, uint32_t count)
{
    if (fault->first && count > fault->first)
        return false;
    if (fault->nth && count != fault->nth)
        return false;
    return !fault->every || count % fault->every == 0;
}

/* No more than it takes to answer that from now on: what has counted all that it counts, counts no
   further. */
static uint32_t settled(const scene_fault *fault, uint32_t count)
{
    uint32_t last = fault->first > fault->nth ? fault->first : fault->nth;
    if (last > 0)
        return count > last ? last + 1 : count;
    return fault->every ? count % fault->every : 0;
}

/* --- damage ------------------------------------------------------------------------------------
 */

enum { SPANS_MAX = 256, ENCODED = 2 * NBT_NAME_LEN };

static const char *const fields[] = {
    [SCENE_FIELD_TTL] = "TTL",
    [SCENE_FIELD_RDLENGTH] = "RDLENGTH",
};

static bool is_field(const nbt_span *span, scene_field field)
{
    static const char *const names[] = { "QUESTION_NAME", "RR_NAME", "DESTINATION_NAME",
                                         "CALLED_NAME" };
    if (field != SCENE_FIELD_NAME)
        return strcmp(span->field, fields[field]) == 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(span->field, names[i]) == 0)
            return span->n > ENCODED;
    }
    return false;
}

/* Where the first such field stands; NULL: the message has none. */
static uint8_t *find_field(const nbt_msg *m, scene_field field, uint8_t *data, size_t n,
                           size_t least)
{
    nbt_span room[SPANS_MAX];
    nbt_spans spans;
    nbt_msg again;
    nbt_spans_init(&spans, room, SPANS_MAX);
    nbt_msg_rd_note(&again, m->service, data, n, &spans);
    for (size_t i = 0; i < spans.n; i++) {
        if (is_field(&room[i], field) && room[i].n >= least)
            return data + room[i].at;
    }
    return NULL;
}

static void put_number(uint8_t *to, size_t n, uint32_t value)
{
    while (n > 0) {
        to[--n] = (uint8_t)value;
        value >>= 8;
    }
}

/* The first label: its length, then the name in half-ASCII (RFC 1001 14.1). */
static void put_name(uint8_t *to, const nbt_name *name)
{
    for (size_t i = 0; i < NBT_NAME_LEN; i++) {
        to[1 + 2 * i] = (uint8_t)('A' + (name->b[i] >> 4));
        to[2 + 2 * i] = (uint8_t)('A' + (name->b[i] & 0xF));
    }
}

static bool corrupt(const scene_fault *fault, const nbt_msg *m, uint8_t *data, size_t n)
{
    bool ns = m->service == NBT_SERVICE_NAME && n >= NBT_NS_HEADER_LEN;
    uint8_t *at;
    switch (fault->field) {
    case SCENE_FIELD_TRN_ID:
        if (ns)
            put_number(data, 2, fault->value);
        return ns;
    case SCENE_FIELD_RCODE:
        if (ns)
            data[3] = (uint8_t)((data[3] & 0xF0U) | (fault->value & NBT_NS_RCODE_MASK));
        return ns;
    case SCENE_FIELD_TTL:
        at = find_field(m, fault->field, data, n, 4);
        if (at)
            put_number(at, 4, fault->value);
        return at;
    case SCENE_FIELD_RDLENGTH:
        at = find_field(m, fault->field, data, n, 2);
        if (at)
            put_number(at, 2, fault->value);
        return at;
    case SCENE_FIELD_NAME:
        at = find_field(m, fault->field, data, n, 1 + ENCODED);
        if (at)
            put_name(at, &fault->to_name);
        return at;
    }
    return false;
}

static void harm(const scene_fault *fault, const scene_sent *sent, uint8_t *data, size_t n,
                 scene_fate *fate)
{
    switch (fault->harm) {
    case SCENE_HARM_DROP:
        fate->drop = true;
        return;
    case SCENE_HARM_DELAY:
        fate->more += fault->more;
        return;
    case SCENE_HARM_DUPLICATE:
        fate->copies += fault->times;
        fate->later = fate->later > fault->more ? fate->later : fault->more;
        return;
    case SCENE_HARM_REORDER:
        fate->behind = true;
        return;
    case SCENE_HARM_CORRUPT:
        if (sent->msg && corrupt(fault, sent->msg, data, n))
            fate->corrupted = true;
        return;
    }
}

scene_fate scene_faults_meet(scene_faults *f, nbt_time now, const scene_sent *sent, uint8_t *data,
                             size_t n)
{
    scene_fate fate = { 0 };
    for (uint32_t i = 0; i < f->s->nfaults; i++) {
        const scene_fault *fault = &f->s->fault[i];
        scene_acting *a = &f->of[i];
        if (!is_its_time(fault, a, now) || !scene_pattern_fits(f->s, &fault->msg, sent))
            continue;
        if (is_its_turn(fault, a->fitted + 1))
            harm(fault, sent, data, n, &fate);
        a->fitted = settled(fault, a->fitted + 1);
    }
    return fate;
}
