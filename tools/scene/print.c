/*
 * A scenario as lines: what is done, what goes wrong, what is expected. Things are print_thing.c's.
 */
#include "tools/scene/print_impl.h"

#include "nbt/digits.h"

#include <string.h>

/* -- sights ------------------------------------------------------------------------------------ */

static void put_host_key(scene_put *o, const scene *s, const char *key, uint16_t host, uint32_t ip)
{
    if (host == SCENE_NOBODY && ip == 0)
        return;
    scene_put_key(o, key);
    if (host == SCENE_EVERYBODY)
        scene_put_str(o, "broadcast");
    else if (host == SCENE_NOBODY)
        scene_put_ip(o, ip);
    else
        scene_put_str(o, s->host[host].name);
}

void scene_put_pattern(scene_put *o, const scene *s, const scene_pattern *p)
{
    static const char malformed[] = "malformed-";
    put_host_key(o, s, "from=", p->from, p->from_ip);
    put_host_key(o, s, "to=", p->to, p->to_ip);
    scene_put_key(o, p->kind);
    if (strncmp(p->kind, malformed, sizeof malformed - 1) != 0)
        scene_put_key(o, p->name);
    for (uint32_t i = 0; i < p->nwords; i++)
        scene_put_key(o, p->word[i]);
}

static void put_nrc(scene_put *o, int16_t retcode)
{
    if (retcode >= 0)
        scene_put_key(o, nbt_code_word(NBT_CODESET_NRC, (unsigned)retcode));
}

static void put_sight_name(scene_put *o, const scene_sight *sight)
{
    scene_put_str(o, " ");
    scene_put_name(o, &sight->name);
}

static void put_on(scene_put *o, const scene *s, const scene_sight *sight)
{
    scene_put_key(o, "on=");
    scene_put_str(o, s->host[sight->host].name);
}

static void put_phase(scene_put *o, const scene *s, const scene_sight *sight)
{
    scene_put_str(o, s->program[sight->program].name);
    scene_put_key(o, scene_word(SCENE_SET_PHASE, sight->phase));
    if (sight->phase == SCENE_PHASE_CONNECTED && sight->via >= 0) {
        scene_put_key(o, "via=");
        scene_put_str(o, rc_transport_str((rc_transport)sight->via));
    }
    if (sight->phase == SCENE_PHASE_REFUSED)
        put_nrc(o, sight->retcode);
    if (sight->phase == SCENE_PHASE_ENDED && sight->end >= 0)
        scene_put_key(o, rc_end_str((rc_end)sight->end));
    if (sight->phase == SCENE_PHASE_SHOWS) {
        scene_put_str(o, " ");
        scene_put_quoted(o, sight->text);
    }
}

static void put_done(scene_put *o, const scene *s, const scene_sight *sight)
{
    scene_put_key(o, s->program[sight->program].name);
    if (sight->verb)
        scene_put_key(o, scene_word(SCENE_SET_VERB, sight->verb));
    if (sight->named)
        put_sight_name(o, sight);
    put_nrc(o, sight->retcode);
}

static void put_record(scene_put *o, const scene *s, const scene_sight *sight)
{
    put_sight_name(o, sight);
    put_on(o, s, sight);
    if (sight->record >= 0)
        scene_put_key(o, scene_word(SCENE_SET_RECORD, (unsigned)sight->record));
    if (sight->owner) {
        scene_put_key(o, "owner=");
        scene_put_ip(o, sight->owner);
    }
}

void scene_put_sight(scene_put *o, const scene *s, const scene_sight *sight)
{
    if (sight->see == SCENE_SEE_PROGRAM) {
        put_phase(o, s, sight);
        return;
    }
    scene_put_str(o, scene_word(SCENE_SET_SEE, sight->see));
    switch (sight->see) {
    case SCENE_SEE_MESSAGE:
        scene_put_pattern(o, s, &sight->msg);
        return;
    case SCENE_SEE_DONE:
        put_done(o, s, sight);
        return;
    case SCENE_SEE_LOG:
        scene_put_key(o, s->program[sight->program].name);
        if (sight->count >= 0)
            scene_put_key_dec(o, "", (uint64_t)sight->count);
        return;
    case SCENE_SEE_NAME:
        put_sight_name(o, sight);
        put_on(o, s, sight);
        scene_put_key(o, scene_word(SCENE_SET_NAME_STATE, sight->state));
        return;
    case SCENE_SEE_OWNERS:
        put_sight_name(o, sight);
        scene_put_key_dec(o, "count=", (uint64_t)sight->count);
        return;
    case SCENE_SEE_RECORD:
        put_record(o, s, sight);
        return;
    case SCENE_SEE_SESSIONS:
        put_on(o, s, sight);
        scene_put_key_dec(o, "count=", (uint64_t)sight->count);
        return;
    case SCENE_SEE_READY:
        scene_put_key(o, s->host[sight->host].name);
        return;
    case SCENE_SEE_PROGRAM:
        return;
    }
}

/* -- faults ------------------------------------------------------------------------------------ */

static void put_damage(scene_put *o, const scene_fault *f)
{
    scene_put_key(o, scene_word(SCENE_SET_FIELD, f->field));
    scene_put_str(o, "=");
    if (f->field == SCENE_FIELD_NAME)
        scene_put_name(o, &f->to_name);
    else
        scene_put_dec(o, f->value);
}

void scene_put_fault(scene_put *o, const scene *s, const scene_fault *f)
{
    scene_put_str(o, "fault");
    if (f->name[0])
        scene_put_key(o, f->name);
    scene_put_key(o, scene_word(SCENE_SET_HARM, f->harm));
    if (f->harm == SCENE_HARM_DELAY)
        scene_put_key_time(o, "by=", f->more);
    if (f->harm == SCENE_HARM_DUPLICATE && f->times != 1)
        scene_put_key_dec(o, "times=", f->times);
    if (f->harm == SCENE_HARM_DUPLICATE && f->more > 0)
        scene_put_key_time(o, "later=", f->more);
    if (f->harm == SCENE_HARM_CORRUPT)
        put_damage(o, f);
    if (f->first)
        scene_put_key_dec(o, "first=", f->first);
    if (f->nth)
        scene_put_key_dec(o, "nth=", f->nth);
    if (f->every)
        scene_put_key_dec(o, "every=", f->every);
    if (f->on)
        scene_put_key_time(o, "on=", f->on);
    if (f->off)
        scene_put_key_time(o, "off=", f->off);
    scene_put_pattern(o, s, &f->msg);
}

/* -- steps ------------------------------------------------------------------------------------- */

static void put_sent(scene_put *o, const scene_step *step)
{
    if (step->text) {
        scene_put_quoted(o, step->text);
        return;
    }
    scene_put_str(o, step->nbytes ? "data=" : "data=-");
    for (uint32_t i = 0; i < step->nbytes; i++) {
        char hex[2];
        (void)nbt_digits_hex(hex, step->bytes + i, 1);
        scene_put_n(o, hex, sizeof hex);
    }
}

/* NCB_CALLNAME as "*" has it; *SMBSERVER is a name as others are. */
static bool is_anybody(const uint8_t name[NBT_NAME_LEN])
{
    static const uint8_t anybody[NBT_NAME_LEN] = "*               ";
    return memcmp(name, anybody, NBT_NAME_LEN) == 0;
}

static void put_ncb(scene_put *o, const scene_step *step)
{
    unsigned verb = nbt_ncb_verb(&step->ncb);
    scene_put_key(o, scene_word(SCENE_SET_VERB, verb));
    for (const char *arg = scene_verb_args(verb); *arg; arg++) {
        const uint8_t *name = *arg == 'r' ? step->ncb.callname : step->ncb.name;
        scene_put_str(o, " ");
        if (*arg == 't')
            put_sent(o, step);
        else if (*arg != 'n' && is_anybody(name))
            scene_put_str(o, "*");
        else
            scene_put_name16(o, name);
    }
}

static void put_ep(scene_put *o, nbt_ep ep)
{
    scene_put_str(o, " ");
    scene_put_ip(o, ep.ip);
    scene_put_str(o, ":");
    scene_put_dec(o, ep.port);
}

/* The port of a message's service, by its kind. */
static uint16_t port_of(const char *text)
{
    char kind[64] = "";
    size_t n = strcspn(text, " ");
    memcpy(kind, text, n < sizeof kind ? n : sizeof kind - 1);
    if (strstr(kind, "datagram"))
        return NBT_PORT_DGM;
    return strstr(kind, "session") ? NBT_PORT_SSN : NBT_PORT_NS;
}

/* Whose sender goes without saying begins with the host. */
static void put_send(scene_put *o, const scene *s, const scene_step *step)
{
    uint16_t port = port_of(step->text);
    bool plain = step->from.port == port && step->host < s->nhosts &&
                 step->from.ip == scene_sends_from(s, step->host, step->to.ip);
    if (!plain) {
        scene_put_key(o, "send");
        put_ep(o, step->from);
        scene_put_str(o, " >");
        put_ep(o, step->to);
    } else {
        scene_put_key(o, s->host[step->host].name);
        scene_put_key(o, "send ");
        scene_put_ip(o, step->to.ip);
        if (step->to.port != port) {
            scene_put_str(o, ":");
            scene_put_dec(o, step->to.port);
        }
    }
    scene_put_key(o, step->text);
}

static void put_host_step(scene_put *o, const scene *s, const scene_step *step)
{
    scene_put_key(o, s->host[step->host].name);
    scene_put_key(o, scene_word(SCENE_SET_HOST_DO, step->what));
    if (step->what == SCENE_DO_CLOCK) {
        scene_put_str(o, " ");
        scene_put_time(o, step->jump);
    }
    if (step->what == SCENE_DO_STATIC || step->what == SCENE_DO_FORGET) {
        scene_put_str(o, " ");
        scene_put_name(o, &step->name);
    }
    if (step->what == SCENE_DO_STATIC) {
        scene_put_str(o, " ");
        scene_put_ip(o, step->ip);
        scene_put_str(o, step->group ? " group" : "");
    }
}

/* VERB NAME */
static void put_verb(scene_put *o, const scene_step *step, const char *name)
{
    scene_put_key(o, scene_word(SCENE_SET_DO, step->what));
    scene_put_key(o, name);
}

static void put_what(scene_put *o, const scene *s, const scene_step *step)
{
    switch (step->what) {
    case SCENE_DO_AWAIT:
        scene_put_key_time(o, "await ", step->limit);
        scene_put_str(o, " ");
        scene_put_sight(o, s, &step->sight);
        return;
    case SCENE_DO_START:
    case SCENE_DO_STOP:
    case SCENE_DO_CRASH:
        put_verb(o, step, s->host[step->host].name);
        return;
    case SCENE_DO_RUN:
    case SCENE_DO_KILL:
    case SCENE_DO_CLOSE:
        put_verb(o, step, s->program[step->program].name);
        return;
    case SCENE_DO_TYPE:
        scene_put_key(o, s->program[step->program].name);
        scene_put_str(o, " type ");
        scene_put_quoted(o, step->text);
        return;
    case SCENE_DO_PERMIT:
        scene_put_key(o, s->program[step->program].name);
        scene_put_str(o, step->yes ? " permit yes" : " permit no");
        return;
    case SCENE_DO_NCB:
        scene_put_key(o, s->program[step->program].name);
        put_ncb(o, step);
        return;
    case SCENE_DO_SEND:
        put_send(o, s, step);
        return;
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
    case SCENE_DO_CLOCK:
        put_host_step(o, s, step);
        return;
    case SCENE_DO_LINK:
        put_verb(o, step, s->network[step->network].name);
        scene_put_link(o, &step->link, &s->network[step->network].link);
        return;
    case SCENE_DO_PARTITION:
        put_verb(o, step, s->network[step->network].name);
        for (uint32_t i = 0; i < step->nhosts; i++)
            scene_put_key(o, s->host[step->hosts[i]].name);
        return;
    case SCENE_DO_HEAL:
        put_verb(o, step, s->network[step->network].name);
        return;
    case SCENE_DO_FAULT:
        scene_put_str(o, " ");
        scene_put_fault(o, s, &s->fault[step->fault]);
        return;
    case SCENE_DO_MEND:
        put_verb(o, step, s->fault[step->fault].name);
        return;
    }
}

void scene_put_step(scene_put *o, const scene *s, const scene_step *step)
{
    if (step->what == SCENE_DO_AWAIT && step->relative && step->at == 0 && step->slack == 0) {
        scene_put_str(o, "await ");
        scene_put_time(o, step->limit);
        scene_put_str(o, " ");
        scene_put_sight(o, s, &step->sight);
        return;
    }
    scene_put_str(o, step->relative ? "at +" : "at ");
    scene_put_time(o, step->at);
    if (step->slack)
        scene_put_key_time(o, "slack=", step->slack);
    put_what(o, s, step);
}

/* -- expectations ------------------------------------------------------------------------------ */

static void put_window(scene_put *o, const scene_expect *e)
{
    const char *plus = e->since_step ? "+" : "";
    if (e->until == NBT_NEVER && e->from == 0 && !e->since_step)
        return;
    if (e->until == NBT_NEVER) {
        scene_put_key(o, "since ");
    } else if (e->from == 0 && e->since_step) {
        scene_put_key_time(o, "within ", e->until);
        return;
    } else {
        scene_put_key(o, "between ");
    }
    scene_put_str(o, plus);
    scene_put_time(o, e->from);
    if (e->until == NBT_NEVER)
        return;
    scene_put_str(o, " ");
    scene_put_str(o, plus);
    scene_put_time(o, e->until);
}

void scene_put_expect(scene_put *o, const scene *s, const scene_expect *e)
{
    scene_put_str(o, e->never ? "never" : "expect");
    if (e->label[0]) {
        scene_put_key(o, e->label);
        scene_put_str(o, ":");
    }
    scene_put_str(o, e->finally ? " finally" : "");
    if (e->count >= 0)
        scene_put_key_dec(o, "count=", (uint64_t)e->count);
    for (uint8_t i = 0; i < e->nafter; i++) {
        scene_put_str(o, i ? "," : " after=");
        scene_put_str(o, s->expect[e->after[i]].label);
    }
    scene_put_str(o, " ");
    scene_put_sight(o, s, &e->sight);
    put_window(o, e);
    if (e->share != 1000000) {
        scene_put_key(o, "share=");
        scene_put_share(o, e->share);
    }
    if (e->because) {
        scene_put_key(o, "because=");
        scene_put_quoted(o, e->because);
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

/* How far the lists have been printed that have to stand between steps. */
typedef struct printer {
    scene_put *o;
    const scene *s;
    uint32_t fault, expect;
} printer;

/* Faults that begin by themselves, up to that one. */
static void put_faults(printer *p, uint32_t until)
{
    for (; p->fault < until && p->fault < p->s->nfaults; p->fault++) {
        if (p->s->fault[p->fault].stepped)
            continue;
        scene_put_fault(p->o, p->s, &p->s->fault[p->fault]);
        scene_put_str(p->o, "\n");
    }
}

/* Expectations up to the last one that counts from the end of step `step`. */
static void put_expects(printer *p, uint32_t step)
{
    uint32_t until = p->expect;
    for (uint32_t i = p->expect; i < p->s->nexpects; i++) {
        if (p->s->expect[i].since_step && p->s->expect[i].step == step)
            until = i + 1;
    }
    for (; p->expect < until; p->expect++) {
        scene_put_expect(p->o, p->s, &p->s->expect[p->expect]);
        scene_put_str(p->o, "\n");
    }
}

static void put_head(scene_put *o, const scene *s)
{
    scene_put_str(o, "scenario ");
    scene_put_str(o, s->name ? s->name : "unnamed");
    scene_put_str(o, " ");
    scene_put_quoted(o, s->title ? s->title : "");
    scene_put_str(o, "\n");
    for (uint32_t i = 0; i < s->nsources; i++) {
        scene_put_str(o, "source ");
        scene_put_quoted(o, s->source[i]);
        scene_put_str(o, "\n");
    }
    for (uint32_t i = 0; i < s->nabouts; i++) {
        scene_put_str(o, "about ");
        scene_put_quoted(o, s->about[i]);
        scene_put_str(o, "\n");
    }
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++) {
        if (!s->allow[i])
            continue;
        scene_put_str(o, "allow ");
        scene_put_str(o, scene_word(SCENE_SET_INVARIANT, i));
        scene_put_key(o, "because=");
        scene_put_quoted(o, s->allow[i]);
        scene_put_str(o, "\n");
    }
    for (uint32_t i = 0; i < s->nallowed; i++) {
        scene_put_str(o, "allow ");
        scene_put_subnet(o, s->allowed[i].ip, s->allowed[i].mask);
        scene_put_key(o, "because=");
        scene_put_quoted(o, s->allowed[i].because);
        scene_put_str(o, "\n");
    }
    if (s->only == SCENE_BOTH)
        return;
    scene_put_str(o, "only ");
    scene_put_str(o, scene_word(SCENE_SET_ONLY, s->only));
    if (s->only_why) {
        scene_put_str(o, " ");
        scene_put_quoted(o, s->only_why);
    }
    scene_put_str(o, "\n");
}

static void put_end(scene_put *o, const scene *s)
{
    if (s->end_relative && s->end == NBT_S(10))
        return;
    scene_put_str(o, s->end_relative ? "end +" : "end ");
    scene_put_time(o, s->end);
    scene_put_str(o, "\n");
}

size_t scene_print(const scene *s, char *buf, size_t cap)
{
    scene_put o;
    scene_put_init(&o, buf, cap);
    printer p = { .o = &o, .s = s };
    put_head(&o, s);
    scene_put_str(&o, "\n");
    scene_put_things(&o, s);
    scene_put_str(&o, "\n");
    for (uint32_t i = 0; i < s->nsteps; i++) {
        if (s->step[i].what == SCENE_DO_FAULT) {
            put_faults(&p, s->step[i].fault);
            p.fault = s->step[i].fault + 1u;
        }
        scene_put_step(&o, s, &s->step[i]);
        scene_put_str(&o, "\n");
        put_expects(&p, i);
    }
    put_faults(&p, s->nfaults);
    put_end(&o, s);
    if (p.expect < s->nexpects)
        scene_put_str(&o, "\n");
    for (; p.expect < s->nexpects; p.expect++) {
        scene_put_expect(&o, s, &s->expect[p.expect]);
        scene_put_str(&o, "\n");
    }
    return o.len;
}
