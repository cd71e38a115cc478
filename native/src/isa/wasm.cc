// WebAssembly's SIMD: vectors of 4 floats, no fused multiply-add. Of the registers behind it, which are x86's
// 16 or arm64's 32, compilers in browsers and Node make good use of about 11.
#define IRNN_NAMESPACE irnn_wasm
#define IRNN_NAME "simd128"
#define IRNN_TABLE irnn_kernels_wasm
#define IRNN_LANES 4
#define IRNN_REGISTERS 11
#include "isa/table.inc"
