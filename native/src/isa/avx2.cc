// AVX2 and FMA (x86-64-v3): vectors of 8 floats, 16 registers. Compile with -march=x86-64-v3.
#define IRNN_NAMESPACE irnn_avx2
#define IRNN_NAME "avx2"
#define IRNN_TABLE irnn_kernels_avx2
#define IRNN_LANES 8
#define IRNN_REGISTERS 16
#include "isa/table.inc"
