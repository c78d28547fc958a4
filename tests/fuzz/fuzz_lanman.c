/*
 * Whatever a caller says to who has a list: messages, each behind two octets of its length, in one
 * session. What is answered is a reply of SMB, within the room that is promised.
 */
#include "nbt/lanman.h"
#include "nbt/smb.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void is_reply(const uint8_t *p, size_t n, const nbt_lanman *talk)
{
    nbt_rd r;
    nbt_smb h;
    nbt_rd_init(&r, p, n);
    nbt_smb_rd(&r, &h);
    size_t nwords = nbt_rd_u8(&r, "WordCount");
    nbt_rd words = nbt_rd_sub(&r, 2 * nwords, "Words");
    size_t bytes = nbt_rd_u16le(&r, "ByteCount");
    nbt_rd_bytes(&r, bytes, "Bytes");
    must(!r.err && !words.err && (h.flags & NBT_SMB_REPLY));
    must(!talk->gave || (talk->tree && talk->guest && talk->negotiated));
    must(talk->given <= NBT_BROWSER_SERVERS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static nbt_browser_server servers[NBT_BROWSER_SERVERS_MAX];
    static const nbt_browser_server groups[] = { { .name = "LAB", .comment = "BOX" },
                                                 { .name = "OTHER", .comment = "ALPHA" } };
    nbt_lanman_lists lists = { .group = "LAB", .machine = "BOX", .servers = servers };
    static uint8_t reply[NBT_LANMAN_REPLY_MAX];
    nbt_lanman talk = { 0 };
    lists.nservers = NBT_BROWSER_SERVERS_MAX;
    lists.groups = groups;
    lists.ngroups = 2;
    for (size_t i = 0; i < NBT_BROWSER_SERVERS_MAX; i++) {
        memcpy(servers[i].name, "SERVER", 7);
        memset(servers[i].comment, 'x', i % (NBT_BROWSER_COMMENT_MAX + 1));
        servers[i].type = UINT32_C(1) << (i % 24);
    }
    for (bool open = true; open && size >= 2;) {
        size_t n = data[0] | (size_t)data[1] << 8;
        n = n < size - 2 ? n : size - 2;
        uint8_t *exact = malloc(n + 1);
        nbt_wr w;
        must(exact != NULL);
        if (n > 0)
            memcpy(exact, data + 2, n);
        nbt_wr_init(&w, reply, sizeof reply);
        open = nbt_lanman_rx(&talk, &lists, (nbt_bytes){ exact, n }, &w);
        if (open)
            is_reply(reply, w.at, &talk);
        free(exact);
        data += 2 + n;
        size -= 2 + n;
    }
    return 0;
}
