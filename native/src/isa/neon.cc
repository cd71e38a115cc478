// NEON, which every aarch64 has: vectors of 4 floats, 32 registers. Untested: written without such a machine at hand.
#define IRNN_NAMESPACE irnn_neon
#define IRNN_NAME "neon"
#define IRNN_TABLE irnn_kernels_neon
#define IRNN_LANES 4
#define IRNN_REGISTERS 32
#include "isa/table.inc"
