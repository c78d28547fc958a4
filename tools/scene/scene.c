/*
 * A scene's memory: blocks that are given back together. It knows nothing of what stands in them
 * but the defaults.
 */
#include "tools/scene/scene.h"
#include "nbt/mem.h"

enum { BLOCK = 8192, ALIGN = 16, FIRST = 8 };

typedef struct scene_block {
    struct scene_block *next;
    size_t size, used; /* of what follows */
} scene_block;

/* Where a block's room begins. */
#define HEAD ((sizeof(scene_block) + ALIGN - 1) / ALIGN * ALIGN)

void scene_init(scene *s, nbt_mem mem)
{
    *s = (scene){ .mem = mem, .end_relative = true, .end = NBT_S(10) };
}

void scene_free(scene *s)
{
    for (scene_block *b = s->blocks, *next; b; b = next) {
        next = b->next;
        nbt_mem_free(s->mem, b, HEAD + b->size);
    }
    scene_init(s, s->mem);
}

void *scene_room(scene *s, size_t size)
{
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    scene_block *b = s->blocks;
    if (!b || b->size - b->used < size) {
        size_t room = size > BLOCK ? size : BLOCK;
        b = nbt_mem_new(s->mem, HEAD + room);
        if (!b)
            return NULL;
        *b = (scene_block){ .next = s->blocks, .size = room };
        s->blocks = b;
    }
    void *p = (unsigned char *)b + HEAD + b->used;
    b->used += size;
    return p;
}

char *scene_text(scene *s, const char *p, size_t n)
{
    char *text = scene_room(s, n + 1);
    if (text && n > 0)
        memcpy(text, p, n);
    return text;
}

/* Room for item n of a list, whose place may change; NULL without memory. The lists are as long as
 * the next power of two. */
static void *grow(scene *s, void *list, uint32_t n, size_t item)
{
    if (list && (n < FIRST || (n & (n - 1)) != 0))
        return list;
    void *longer = scene_room(s, (n < FIRST ? FIRST : (size_t)n * 2) * item);
    if (longer && n > 0)
        memcpy(longer, list, n * item);
    return longer;
}

bool scene_name_make(char to[NBT_NAME_LEN], const char *p, size_t n)
{
    if (n == 0 || n > NBT_NAME_TEXT_MAX)
        return false;
    memset(to, 0, NBT_NAME_LEN);
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(p[i] >= 'a' && p[i] <= 'z' ? p[i] - 'a' + 'A' : p[i]);
    return true;
}

bool scene_host_netbios(scene_host *h, const char *p, size_t n)
{
    return scene_name_make(h->netbios, p, n);
}

uint16_t scene_network_of(const scene *s, uint32_t ip)
{
    for (uint32_t i = 0; i < s->nnetworks; i++) {
        if ((ip & s->network[i].mask) == s->network[i].subnet)
            return (uint16_t)i;
    }
    return 0;
}

uint32_t scene_sends_from(const scene *s, uint16_t host, uint32_t to)
{
    const scene_host *h = &s->host[host];
    for (uint8_t i = 0; i < h->nadapters; i++) {
        const scene_network *n = &s->network[h->adapter[i].network];
        if ((to & n->mask) == n->subnet)
            return h->adapter[i].ip;
    }
    return h->nadapters > 0 ? h->adapter[0].ip : 0;
}

scene_network scene_network_default(void)
{
    return (scene_network){ .subnet = 0x0A000000,
                            .mask = 0xFFFFFF00,
                            .link = { .delay = 200, .jitter = 100, .late = NBT_MS(10) },
                            .mtu = 1500 };
}

scene_network *scene_add_network(scene *s)
{
    scene_network *list = grow(s, s->network, s->nnetworks, sizeof *list);
    if (!list)
        return NULL;
    s->network = list;
    scene_network *n = &s->network[s->nnetworks++];
    *n = scene_network_default();
    return n;
}

scene_host *scene_add_host(scene *s)
{
    scene_host *list = grow(s, s->host, s->nhosts, sizeof *list);
    if (!list)
        return NULL;
    s->host = list;
    scene_host *h = &s->host[s->nhosts++];
    h->profile = nbt_profile_find("rfc", 3);
    h->server = *nbt_nbns_profile_find("rfc", 3);
    h->services = SCENE_WORKSTATION | SCENE_FILESERVER | SCENE_MESSENGER;
    return h;
}

scene_program *scene_add_program(scene *s)
{
    static const uint8_t first_lana[] = { 0 };
    scene_program *list = grow(s, s->program, s->nprograms, sizeof *list);
    if (!list)
        return NULL;
    s->program = list;
    scene_program *p = &s->program[s->nprograms++];
    const rc_profile *product = rc_profile_find("sms2.0", 6);
    p->host = SCENE_NOBODY;
    p->agent = (rc_agent_cfg){ .profile = product,
                               .protocols = product->usual,
                               .permission = RC_PERMISSION_GRANT,
                               .ask_timeout = NBT_S(30),
                               .down_time = NBT_S(10),
                               .compression = RC_COMPRESS_AUTO,
                               .lanas = first_lana,
                               .nlanas = 1 };
    p->viewer = (rc_viewer_cfg){ .profile = product,
                                 .protocols = product->usual,
                                 .user = "user",
                                 .lanas = first_lana,
                                 .nlanas = 1 };
    return p;
}

scene_step *scene_add_step(scene *s)
{
    scene_step *list = grow(s, s->step, s->nsteps, sizeof *list);
    if (!list)
        return NULL;
    s->step = list;
    scene_step *step = &s->step[s->nsteps++];
    step->host = step->program = step->network = step->fault = SCENE_NOBODY;
    return step;
}

scene_fault *scene_add_fault(scene *s)
{
    scene_fault *list = grow(s, s->fault, s->nfaults, sizeof *list);
    if (!list)
        return NULL;
    s->fault = list;
    scene_fault *f = &s->fault[s->nfaults++];
    scene_pattern_init(&f->msg);
    return f;
}

scene_expect *scene_add_expect(scene *s)
{
    scene_expect *list = grow(s, s->expect, s->nexpects, sizeof *list);
    if (!list)
        return NULL;
    s->expect = list;
    scene_expect *e = &s->expect[s->nexpects++];
    e->count = -1;
    e->until = NBT_NEVER;
    e->share = 1000000;
    return e;
}

nbt_lmhost *scene_add_lmhost(scene *s, scene_host *h)
{
    nbt_lmhost *list = grow(s, h->lmhosts, h->nlmhosts, sizeof *list);
    if (!list)
        return NULL;
    h->lmhosts = list;
    return &h->lmhosts[h->nlmhosts++];
}

void scene_pattern_init(scene_pattern *p)
{
    *p = (scene_pattern){ .from = SCENE_NOBODY, .to = SCENE_NOBODY, .kind = "*", .name = "*" };
}

void scene_sight_init(scene_sight *sight, scene_see see)
{
    memset(sight, 0, sizeof *sight);
    sight->see = see;
    sight->host = sight->program = SCENE_NOBODY;
    sight->retcode = sight->via = sight->end = sight->record = -1;
    scene_pattern_init(&sight->msg);
}
