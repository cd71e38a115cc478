// AVX-512 (x86-64-v4): vectors of 16 floats, 32 registers.
// Compile with -march=x86-64-v4 -mprefer-vector-width=512.
#define IRNN_NAMESPACE irnn_avx512
#define IRNN_NAME "avx512"
#define IRNN_TABLE irnn_kernels_avx512
#define IRNN_LANES 16
#define IRNN_REGISTERS 32
#include "isa/table.inc"
