/*
 * Datagram service packets from anywhere: read, written, and the same again.
 */
#include "tests/fuzz/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    nbt_msg m;
    if (fuzz_message(&m, NBT_SERVICE_DATAGRAM, bytes, len, NULL))
        assert(m.u.dgm.data.n <= len);
    return 0;
}
