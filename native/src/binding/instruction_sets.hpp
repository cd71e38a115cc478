// Which instruction sets this processor has: the tables of kernels to choose from.
#pragma once

#include <string.h>

#include "binding/amx.hpp"
#include "interface/kernels.h"

/**
 * The tables that this processor can execute, fastest first, but those with tiles after all others; ends with
 * null.
 */
inline const Kernels* const* supported_kernels() {
  static const Kernels* found[6];
  static bool looked = false;
  if (looked) return found;
  int n = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd")) {
    found[n++] = irnn_kernels_avx512();
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
    found[n++] = irnn_kernels_avx2();
  }
  found[n++] = irnn_kernels_sse2();
  if (found[0] == irnn_kernels_avx512() && amx_obstacle() == nullptr) found[n++] = irnn_kernels_amx();
  found[n++] = irnn_kernels_amx_emulated();
#elif defined(__aarch64__)
  found[n++] = irnn_kernels_neon();
#elif defined(__wasm__)
  found[n++] = irnn_kernels_wasm();
#endif
  looked = true;
  return found;
}

/** The table of that name; null when the processor lacks it. */
inline const Kernels* kernels_named(const char* name) {
  const Kernels* const* all = supported_kernels();
  for (; *all; all++) {
    if (strcmp(name, (*all)->name) == 0) return *all;
  }
  return nullptr;
}
