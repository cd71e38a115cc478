// SSE2, which every x86-64 has: vectors of 4 floats, 16 registers, no fused multiply-add.
#define IRNN_NAMESPACE irnn_sse2
#define IRNN_NAME "sse2"
#define IRNN_TABLE irnn_kernels_sse2
#define IRNN_LANES 4
#define IRNN_REGISTERS 16
#include "isa/table.inc"
