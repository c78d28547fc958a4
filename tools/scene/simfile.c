/*
 * What is read is worked out, what is written is compared.
 */
#include "tools/scene/simfile.h"

#include <string.h>

static simfile_answer answer(int64_t value)
{
    return (simfile_answer){ .due = true, .value = value };
}

static simfile_answer open_file(simfile *f, const scene_program *p, bool writes, nbt_bytes name)
{
    f->writes = writes;
    f->wrong = false;
    if (writes)
        return answer(f->part);
    if (p->file && strlen(p->file) == name.n && memcmp(p->file, name.p, name.n) == 0)
        return answer(p->file_size);
    return answer(-(int64_t)RC_RESULT_NO_FILE);
}

/* Of its own, or of what it has of another. */
static simfile_answer read_file(const simfile *f, const scene_program *p, const nbt_act *act,
                                uint8_t room[RC_PIECE_MAX])
{
    uint32_t n = f->writes ? f->part : p->file_size, at = (uint32_t)act->value;
    n = at >= n ? 0 : n - at < act->tag ? n - at : act->tag;
    for (uint32_t i = 0; i < n; i++)
        room[i] = scene_file_octet(at + i);
    return (simfile_answer){ .due = true, .value = n, .data = { room, n } };
}

simfile_answer simfile_act(simfile *f, const scene_program *p, const nbt_act *act, nbt_bytes data,
                           uint8_t room[RC_PIECE_MAX])
{
    switch ((unsigned)act->app) {
    case RC_APP_FILE_OPEN:
        return open_file(f, p, act->value != 0, data);
    case RC_APP_FILE_READ:
        return read_file(f, p, act, room);
    case RC_APP_FILE_WRITE:
        for (size_t i = 0; i < data.n; i++)
            f->wrong |= data.p[i] != scene_file_octet((uint32_t)act->value + (uint32_t)i);
        f->part = (uint32_t)act->value + (uint32_t)data.n;
        break;
    case RC_APP_FILE_CUT:
        f->part = (uint32_t)act->value;
        break;
    case RC_APP_FILE_PLACE:
        f->part = 0;
        return answer(0);
    case RC_APP_FILE_OVER:
        if (!act->value)
            f->part = 0;
        break;
    }
    return (simfile_answer){ .due = false };
}
