/*
 * The limit for gzipped captures: zlib inflates the file, and its octets are counted.
 */
#include <stdio.h>
#include <zlib.h>

enum { BLOCK = 128 * 1024 };

int main(int argc, char **argv)
{
    static char block[BLOCK];
    unsigned long long octets = 0;
    int n;
    if (argc != 2) {
        fprintf(stderr, "usage: bench.inflate FILE\n");
        return 2;
    }
    gzFile file = gzopen(argv[1], "rb");
    if (!file) {
        perror(argv[1]);
        return 1;
    }
    gzbuffer(file, BLOCK);
    while ((n = gzread(file, block, sizeof block)) > 0)
        octets += (unsigned)n;
    gzclose(file);
    printf("octets %llu\n", octets);
    return n < 0;
}
