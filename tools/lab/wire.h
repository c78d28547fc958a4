/*
 * What a case's capture says: frames of the name service, found by name, kind and time. The proof
 * is read back from the file, as anybody else would read it.
 */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include "nbt/ns.h"

/* One name service packet of a capture. */
typedef struct lab_packet {
    uint64_t frame; /* its number in the capture, from 1 */
    int64_t time;   /* microseconds since 1970 */
    nbt_ep from, to;
    nbt_ns_kind kind;
    unsigned rcode;
    nbt_name name;
} lab_packet;

typedef struct lab_wire {
    lab_packet *packets; /* in the order of the capture */
    size_t n;
    uint64_t frames;     /* all frames of the capture, of whatever kind */
    uint64_t unreadable; /* datagrams of port 137 that are no name service packet */
} lab_wire;

/* Reads a capture file. False after one line on standard error; `w` is then empty. */
bool lab_wire_read(lab_wire *w, const char *capture);
void lab_wire_free(lab_wire *w);

/* What to look for; a zero field asks for nothing. */
typedef struct lab_look {
    const uint8_t *name; /* 16 bytes */
    nbt_ns_kind kind;
    bool any_kind;
    uint32_t to_ip, from_ip;
    uint64_t after_frame;  /* only frames behind this one */
    int64_t after, before; /* times: >= after, < before */
} lab_look;

/* The first packet that fits, NULL if none does; and how many fit. */
const lab_packet *lab_wire_first(const lab_wire *w, const lab_look *look);
size_t lab_wire_count(const lab_wire *w, const lab_look *look);

#endif
