/*
 * The builders of build.h. A packet that does not fit its room fails the test that asked for it.
 */
#include "tests/support/build.h"

#include "tests/support/test.h"

nbt_name name_of(const char *text)
{
    nbt_name name;
    if (!nbt_name_parse(&name, text, strlen(text)))
        fail_msg("no name: %s", text);
    return name;
}

uint32_t ip_of(const char *text)
{
    uint32_t ip = 0;
    const char *at = text;
    for (int part = 0; part < 4; part++) {
        char *end;
        unsigned long v = strtoul(at, &end, 10);
        if (end == at || v > 255 || *end != (part < 3 ? '.' : '\0'))
            fail_msg("no address: %s", text);
        ip = ip << 8 | (uint32_t)v;
        at = end + 1;
    }
    return ip;
}

static void begin(nbt_wr *w, packet *p)
{
    nbt_wr_init(w, p->b, sizeof p->b);
}

static void end(const nbt_wr *w, packet *p)
{
    if (w->err)
        fail_msg("%s in %s", nbt_err_str(w->err), w->err_field);
    p->n = w->at;
}

static void put_name(nbt_wr *w, const char *text, const char *field)
{
    nbt_name name = name_of(text);
    nbt_name_wr(w, &name, field);
}

void put_header(nbt_wr *w, uint16_t trn_id, unsigned word, unsigned qdcount, unsigned ancount,
                unsigned nscount, unsigned arcount)
{
    nbt_wr_u16(w, trn_id, "NAME_TRN_ID");
    nbt_wr_u16(w, word, "OPCODE");
    nbt_wr_u16(w, qdcount, "QDCOUNT");
    nbt_wr_u16(w, ancount, "ANCOUNT");
    nbt_wr_u16(w, nscount, "NSCOUNT");
    nbt_wr_u16(w, arcount, "ARCOUNT");
}

void put_question(nbt_wr *w, const char *name, unsigned type)
{
    put_name(w, name, "QUESTION_NAME");
    nbt_wr_u16(w, type, "QUESTION_TYPE");
    nbt_wr_u16(w, NBT_CLASS_IN, "QUESTION_CLASS");
}

void put_record(nbt_wr *w, const char *name, unsigned type, uint32_t ttl, const void *rdata,
                size_t n)
{
    if (name)
        put_name(w, name, "RR_NAME");
    else
        nbt_wr_u16(w, 0xC00C, "RR_NAME");
    nbt_wr_u16(w, type, "RR_TYPE");
    nbt_wr_u16(w, NBT_CLASS_IN, "RR_CLASS");
    nbt_wr_u32(w, ttl, "TTL");
    nbt_wr_u16(w, n, "RDLENGTH");
    nbt_wr_bytes(w, rdata, n, "RDATA");
}

void put_address_record(nbt_wr *w, const char *name, uint32_t ttl, unsigned nb_flags,
                        const char *ip)
{
    uint8_t rdata[6];
    nbt_wr address;
    nbt_wr_init(&address, rdata, sizeof rdata);
    nbt_wr_u16(&address, nb_flags, "NB_FLAGS");
    nbt_wr_u32(&address, ip_of(ip), "NB_ADDRESS");
    put_record(w, name, NBT_RR_NB, ttl, rdata, sizeof rdata);
}

packet build_question(uint16_t trn_id, unsigned word, const char *name, unsigned type)
{
    packet p;
    nbt_wr w;
    begin(&w, &p);
    put_header(&w, trn_id, word, 1, 0, 0, 0);
    put_question(&w, name, type);
    end(&w, &p);
    return p;
}

packet build_request(uint16_t trn_id, unsigned word, const char *name, uint32_t ttl,
                     unsigned nb_flags, const char *ip)
{
    packet p;
    nbt_wr w;
    begin(&w, &p);
    put_header(&w, trn_id, word, 1, 0, 0, 1);
    put_question(&w, name, NBT_RR_NB);
    put_address_record(&w, NULL, ttl, nb_flags, ip);
    end(&w, &p);
    return p;
}

packet build_answer(uint16_t trn_id, unsigned word, const char *name, unsigned type, uint32_t ttl,
                    const void *rdata, size_t n)
{
    packet p;
    nbt_wr w;
    begin(&w, &p);
    put_header(&w, trn_id, word, 0, 1, 0, 0);
    put_record(&w, name, type, ttl, rdata, n);
    end(&w, &p);
    return p;
}

packet build_address_answer(uint16_t trn_id, unsigned word, const char *name, uint32_t ttl,
                            unsigned nb_flags, const char *ip)
{
    packet p;
    nbt_wr w;
    begin(&w, &p);
    put_header(&w, trn_id, word, 0, 1, 0, 0);
    put_address_record(&w, name, ttl, nb_flags, ip);
    end(&w, &p);
    return p;
}

packet build_datagram(unsigned type, uint16_t id, const char *ip, const char *from, const char *to,
                      const void *data, size_t n)
{
    packet p;
    nbt_wr w;
    begin(&w, &p);
    nbt_wr_u8(&w, type, "MSG_TYPE");
    nbt_wr_u8(&w, NBT_DGM_FIRST, "FLAGS");
    nbt_wr_u16(&w, id, "DGM_ID");
    nbt_wr_u32(&w, ip_of(ip), "SOURCE_IP");
    nbt_wr_u16(&w, NBT_PORT_DGM, "SOURCE_PORT");
    size_t length = nbt_wr_reserve16(&w, "DGM_LENGTH");
    nbt_wr_u16(&w, 0, "PACKET_OFFSET");
    put_name(&w, from, "SOURCE_NAME");
    put_name(&w, to, "DESTINATION_NAME");
    nbt_wr_bytes(&w, data, n, "USER_DATA");
    nbt_wr at_length;
    nbt_wr_init(&at_length, p.b + length, 2);
    nbt_wr_u16(&at_length, w.at - NBT_DGM_HEADER_LEN, "DGM_LENGTH");
    end(&w, &p);
    return p;
}

packet build_session_request(const char *called, const char *calling)
{
    packet p;
    nbt_wr w;
    begin(&w, &p);
    nbt_wr_u16(&w, NBT_SSN_REQUEST << 8, "TYPE");
    size_t length = nbt_wr_reserve16(&w, "LENGTH");
    put_name(&w, called, "CALLED_NAME");
    put_name(&w, calling, "CALLING_NAME");
    nbt_wr_fill16(&w, length, "LENGTH");
    end(&w, &p);
    return p;
}

packet build_session(unsigned type, const void *trailer, size_t n)
{
    packet p;
    nbt_wr w;
    begin(&w, &p);
    nbt_wr_u8(&w, type, "TYPE");
    nbt_wr_u8(&w, 0, "FLAGS");
    nbt_wr_u16(&w, n, "LENGTH");
    nbt_wr_bytes(&w, trailer, n, "TRAILER");
    end(&w, &p);
    return p;
}
