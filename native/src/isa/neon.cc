// NEON, which every aarch64 has: vectors of 4 floats, 32 registers.
// Tested under emulation (scripts/test-neon.sh).
#define IRNN_NAMESPACE irnn_neon
#define IRNN_NAME "neon"
#define IRNN_TABLE irnn_kernels_neon
#define IRNN_LANES 4
#define IRNN_REGISTERS 32
#include "isa/table.inc"
