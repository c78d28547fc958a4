/*
 * A network's doctor: judges what was seen of a computer and its network. It asks nobody and looks
 * at nothing itself; whoever does fills in a sight.
 */
#ifndef NBT_DOCTOR_H
#define NBT_DOCTOR_H

#include "nbt/msg.h"

enum {
    NBT_DOCTOR_NAMES_MAX = 4,     /* of a node, so many are looked at */
    NBT_DOCTOR_OWNERS_MAX = 4,    /* of a name, so many answers are kept */
    NBT_DOCTOR_FINDINGS_MAX = 64, /* more than there can be */
};

typedef enum nbt_doctor_grade {
    NBT_DOCTOR_GOOD,
    NBT_DOCTOR_NOTE,
    NBT_DOCTOR_FAULT
} nbt_doctor_grade;

typedef enum nbt_doctor_kind {
#define NBT_DOCTOR(sym, word, grade, sentence, remedy, source) NBT_DOCTOR_##sym,
#include "nbt/doctor.def"
#undef NBT_DOCTOR
    NBT_DOCTOR_KINDS
} nbt_doctor_kind;

/* A row of nbt/doctor.def. */
typedef struct nbt_doctor_row {
    const char *word;
    nbt_doctor_grade grade;
    const char *sentence, *remedy, *source;
} nbt_doctor_row;

const nbt_doctor_row *nbt_doctor_row_of(nbt_doctor_kind kind);

/* What came of a question. */
typedef enum nbt_doctor_reply {
    NBT_DOCTOR_UNASKED,
    NBT_DOCTOR_SILENT,
    NBT_DOCTOR_CLOSED,    /* ICMP: port unreachable */
    NBT_DOCTOR_FORBIDDEN, /* ICMP: somebody prohibits it */
    NBT_DOCTOR_NO,        /* a negative answer */
    NBT_DOCTOR_YES,
} nbt_doctor_reply;

/* What was answered for a name. */
typedef struct nbt_doctor_answers {
    nbt_doctor_reply reply;
    size_t n; /* 0 unless it is YES; further ones are left out */
    uint32_t from[NBT_DOCTOR_OWNERS_MAX], ip[NBT_DOCTOR_OWNERS_MAX];
} nbt_doctor_answers;

/* A name of a node's table. Only unique ones that are active are asked for. */
typedef struct nbt_doctor_name {
    nbt_name name;
    bool group, conflict;
    bool uses_servers;                            /* its NB_FLAGS say P, M or H */
    nbt_doctor_answers broadcast, direct, server; /* everybody, its node, the name server */
} nbt_doctor_name;

typedef struct nbt_doctor_node {
    uint32_t ip;             /* 0: nobody was asked for */
    bool attached;           /* on the interface's network */
    bool there;              /* it answers ARP */
    nbt_doctor_reply status; /* of a node status request */
    bool at_137;             /* it answered that to port 137, where it was not asked from */
    uint32_t by;             /* CLOSED, FORBIDDEN: who says so */
    size_t n;
    nbt_doctor_name names[NBT_DOCTOR_NAMES_MAX];
} nbt_doctor_node;

/* NULL: nobody holds it. */
typedef struct nbt_doctor_ports {
    const char *udp137, *udp138, *tcp139, *tcp445;
} nbt_doctor_ports;

typedef struct nbt_doctor_sight {
    uint32_t ip, mask, broadcast; /* of the interface */
    nbt_doctor_ports ports;
    nbt_doctor_node own, peer;
    nbt_doctor_answers own_any;    /* of a question at the own address for a name that nobody has */
    uint32_t server;               /* 0: none is known */
    nbt_doctor_answers server_any; /* the same, there */
    const char *unsent;            /* why packets could not be sent; NULL: they could */
    bool wire;                     /* what passes on the interface was seen: */
    unsigned heard;                /* broadcasts of others */
    uint32_t other_from, other_to; /* one that went to another broadcast address; 0: none */
    unsigned passed, taken;        /* answers to us that passed, and that reached our socket */
} nbt_doctor_sight;

/*
 * What was answered: fills in what came of a question. A status response gives the node its names:
 * the unique ones, but for that of the master browser, which no name server knows.
 */
void nbt_doctor_answered(nbt_doctor_answers *a, uint32_t from, const nbt_ns *m);
void nbt_doctor_listed(nbt_doctor_node *node, const nbt_ns *m);

/* A datagram that passed on the interface: `to_all` by its link layer; our questions came from
 * `port`. */
void nbt_doctor_passed(nbt_doctor_sight *s, nbt_ep from, nbt_ep to, bool to_all, uint16_t port,
                       nbt_bytes data);

/* ICMP has said of a packet of ours that it did not arrive. */
void nbt_doctor_refused(nbt_doctor_sight *s, uint32_t by, nbt_ep to, bool prohibited);

/* One finding; what its sentence has no place for is 0. */
typedef struct nbt_doctor_finding {
    nbt_doctor_kind kind;
    uint32_t a, b;
    const nbt_name *name; /* of the sight */
    const char *port, *who;
    unsigned count;
} nbt_doctor_finding;

/* Judges. Fills in `out` and gives how many: for the same sight the same, in the order of the .def.
 */
size_t nbt_doctor_judge(const nbt_doctor_sight *s, nbt_doctor_finding out[NBT_DOCTOR_FINDINGS_MAX]);

#endif
