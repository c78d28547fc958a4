/*
 * Any bytes as a frame of any link type: always an answer, and a payload that lies in the bytes.
 */
#include "capture/frame.h"

#include <pcap/dlt.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int links[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_RAW, DLT_IPV4, DLT_NULL };
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        cap_frame f;
        cap_frame_rd(&f, links[i], (nbt_bytes){ data, size });
        if (f.kind == CAP_FRAME_OTHER) {
            if (!f.what || !f.what[0])
                abort();
        } else if (f.payload.n > 0 &&
                   (f.payload.p < data || f.payload.p + f.payload.n > data + size)) {
            abort();
        }
    }
    return 0;
}
