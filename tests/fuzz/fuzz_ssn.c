/*
 * The session service's stream from anywhere: cut into packets, each read, written, and the same
 * again.
 */
#include "tests/fuzz/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    nbt_msg m;
    (void)fuzz_message(&m, NBT_SERVICE_SESSION, bytes, len, NULL);
    for (size_t at = 0; at < len;) {
        size_t n = nbt_ssn_frame((nbt_bytes){ bytes + at, len - at });
        assert(n == 0 ? len - at < NBT_SSN_HEADER_LEN : n >= NBT_SSN_HEADER_LEN);
        if (n == 0 || n > len - at)
            break;
        (void)fuzz_message(&m, NBT_SERVICE_SESSION, bytes + at, n, NULL);
        at += n;
    }
    return 0;
}
