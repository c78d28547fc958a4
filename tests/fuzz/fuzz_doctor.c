/*
 * Any bytes as what a doctor sees: the answer of a node, of a name server, a packet that passes.
 * The first byte says which; whatever it is, there is a judgement, and it has room.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "nbt/doctor.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define OWN 0x0A000001u
#define PEER 0x0A000002u

enum { PORT = 40000 };

static void answer(nbt_doctor_sight *s, unsigned which, const nbt_ns *m)
{
    for (size_t i = 0; i < NBT_DOCTOR_NAMES_MAX; i++) {
        nbt_doctor_answered(&s->peer.names[i].broadcast, which & 1 ? PEER : OWN, m);
        nbt_doctor_answered(&s->peer.names[i].direct, PEER, m);
        nbt_doctor_answered(&s->peer.names[i].server, s->server, m);
    }
    nbt_doctor_answered(&s->server_any, s->server, m);
}

static void judge(const nbt_doctor_sight *s)
{
    nbt_doctor_finding found[NBT_DOCTOR_FINDINGS_MAX];
    size_t n = nbt_doctor_judge(s, found);
    assert(n > 0 && n <= NBT_DOCTOR_FINDINGS_MAX);
    for (size_t i = 0; i < n; i++) {
        const char *sentence = nbt_doctor_row_of(found[i].kind)->sentence;
        assert(!strstr(sentence, "%n") || found[i].name);
        assert(!strstr(sentence, "%w") || found[i].who);
        assert(!strstr(sentence, "%p") || found[i].port);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    nbt_msg m;
    if (len < 1)
        return 0;
    unsigned which = bytes[0];
    nbt_bytes data = { bytes + 1, len - 1 };
    nbt_doctor_sight s = { .ip = OWN, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF, .wire = true };
    s.own = (nbt_doctor_node){ .ip = OWN, .attached = true, .status = NBT_DOCTOR_SILENT };
    s.peer = (nbt_doctor_node){ .ip = PEER, .attached = true, .status = NBT_DOCTOR_SILENT };
    s.server = which & 2 ? 0x0A000009 : 0;
    nbt_doctor_passed(&s, (nbt_ep){ OWN, 137 }, (nbt_ep){ 0x0A000009, 137 }, which & 4, PORT, data);
    nbt_doctor_passed(&s, (nbt_ep){ PEER, 137 }, (nbt_ep){ OWN, PORT }, which & 4, PORT, data);
    if (nbt_msg_rd(&m, NBT_SERVICE_NAME, data.p, data.n)) {
        nbt_doctor_listed(&s.own, &m.u.ns);
        nbt_doctor_listed(&s.peer, &m.u.ns);
        assert(s.peer.n <= NBT_DOCTOR_NAMES_MAX);
        answer(&s, which, &m.u.ns);
    }
    judge(&s);
    return 0;
}
