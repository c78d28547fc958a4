/*
 * The limit that tools/bench measures against: libpcap gives every packet, and each is counted.
 */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char why[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *head;
    const u_char *bytes;
    unsigned long long packets = 0, octets = 0;
    int got;
    if (argc != 2) {
        fprintf(stderr, "usage: bench.count FILE\n");
        return 2;
    }
    pcap_t *p = pcap_open_offline(argv[1], why);
    if (!p) {
        fprintf(stderr, "bench.count: %s\n", why);
        return 1;
    }
    while ((got = pcap_next_ex(p, &head, &bytes)) == 1) {
        packets++;
        octets += head->caplen;
    }
    pcap_close(p);
    printf("packets %llu octets %llu\n", packets, octets);
    return got == PCAP_ERROR_BREAK ? 0 : 1;
}
