/*
 * The data of NetBT's events 4319, 4320 and 4321, as people copy it out of Windows' Event Viewer:
 * which event it is of, and the address of the other machine, which stands in it byte by byte
 * backwards (KB Q120752).
 */
#ifndef CAPTURE_EVENT_H
#define CAPTURE_EVENT_H

#include "capture/buf.h"

enum { CAP_EVENT_MAX = 512 };

typedef struct cap_event {
    uint8_t b[CAP_EVENT_MAX];
    size_t n;
    bool has_code, has_ip;
    uint32_t code; /* 0xC00010E0 of event 4320 */
    uint32_t ip;   /* host order */
} cap_event;

/*
 * Reads the data, in octets or in words of 16 or 32 bits, each of which Event Viewer shows as a
 * number; with or without the offsets before a line ("0008:") and the characters behind it; with
 * its lines apart or run together. Nothing of it is trusted. False: it is no such data, and `why`
 * says in a few words, of static text, why.
 */
bool cap_event_parse(cap_event *e, const char *text, size_t len, const char **why);

/* Adds what the data says, and what to do. */
void cap_event_explain(const cap_event *e, cap_buf *out);

#endif
