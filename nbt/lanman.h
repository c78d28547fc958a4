/*
 * One session with somebody who wants the list of a local master: as much of a file server as
 * NetServerEnum2 needs (MS-CIFS, MS-RAP). It lets everybody log on as a guest, connect to IPC$, and
 * ask \PIPE\LANMAN for servers and workgroups; anything else it refuses with an error of SMB. It
 * has no files, reads no passwords, and knows nothing of who carries its messages.
 */
#ifndef NBT_LANMAN_H
#define NBT_LANMAN_H

#include "nbt/browser.h"
#include "nbt/wire.h"

enum {
    NBT_LANMAN_REQUEST_MAX = 4356, /* what a client is told that it may send at a time */
    /* An answer with as many servers as a browser keeps, each with the longest comment. */
    NBT_LANMAN_REPLY_MAX = 256 + NBT_BROWSER_SERVERS_MAX * (26 + NBT_BROWSER_COMMENT_MAX + 1),
};

/* What is asked for. All borrowed, for one call. */
typedef struct nbt_lanman_lists {
    const char *group, *machine; /* the workgroup whose list this is, and who keeps it */
    const nbt_browser_server *servers;
    size_t nservers;
    const nbt_browser_server *groups; /* other workgroups; ours may be among them */
    size_t ngroups;
} nbt_lanman_lists;

/* The session. All zero at first. */
typedef struct nbt_lanman {
    bool negotiated, guest, tree;
    uint32_t room;  /* octets that the client takes at a time */
    bool gave;      /* the last message was a question, and was answered */
    uint32_t given; /* with how many entries */
} nbt_lanman;

/*
 * A message of the client's. True: `reply` is what it is answered with, of up to
 * NBT_LANMAN_REPLY_MAX octets. False: it is no request of SMB at all, or cut off, and the session
 * is to end; `reply` is of no use then.
 */
bool nbt_lanman_rx(nbt_lanman *l, const nbt_lanman_lists *lists, nbt_bytes smb, nbt_wr *reply);

#endif
