// AMX: AVX-512's vectors, and products on the tile unit.
// Compile with -march=x86-64-v4 -mprefer-vector-width=512 -ffp-contract=off.
#define IRNN_NAMESPACE irnn_amx
#define IRNN_NAME "amx"
#define IRNN_TABLE irnn_kernels_amx
#define IRNN_LANES 16
#define IRNN_REGISTERS 32
#define IRNN_TILES AmxUnit
#define IRNN_PEAK irnn_kernels_avx512
#include "isa/table.inc"
