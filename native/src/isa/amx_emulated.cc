// The bits of amx.cc on any processor, for tests: tiles are emulated, and the vectors are whatever the
// compiler makes of 16 floats. Compile with -ffp-contract=off.
#define IRNN_NAMESPACE irnn_amx_emulated
#define IRNN_NAME "amx-emulated"
#define IRNN_TABLE irnn_kernels_amx_emulated
#define IRNN_LANES 16
#define IRNN_REGISTERS 32
#define IRNN_TILES EmulatedUnit
#define IRNN_PEAK irnn_kernels_sse2
#include "isa/table.inc"
