// Which instruction sets this processor has, and the floating-point mode the kernels run in.
#pragma once

#include <string.h>

#include "kernels.h"

/** The tables that this processor can execute, fastest first; ends with null. */
inline const Kernels* const* supported_kernels() {
  static const Kernels* found[4];
  static bool looked = false;
  if (looked) return found;
  int n = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd")) {
    found[n++] = irnn_kernels_avx512();
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) {
    found[n++] = irnn_kernels_avx2();
  }
  found[n++] = irnn_kernels_sse2();
#elif defined(__aarch64__)
  found[n++] = irnn_kernels_neon();
#endif
  looked = true;
  return found;
}

/** The table of that name, or the fastest for "auto"; null when the processor lacks it. */
inline const Kernels* kernels_named(const char* name) {
  const Kernels* const* all = supported_kernels();
  if (strcmp(name, "auto") == 0) return all[0];
  for (; *all; all++) {
    if (strcmp(name, (*all)->name) == 0) return *all;
  }
  return nullptr;
}

/**
 * While it lives, denormal numbers count as zero on this thread: vanishing gradients are full of them, and without
 * this they halve the speed of many processors. The mode belongs to the thread, so it is put back.
 */
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : saved_(__builtin_ia32_stmxcsr()) { __builtin_ia32_ldmxcsr(saved_ | FLUSH_TO_ZERO | ZERO_INPUTS); }
  ~FlushDenormals() { __builtin_ia32_ldmxcsr(saved_); }

 private:
  static constexpr unsigned FLUSH_TO_ZERO = 0x8000, ZERO_INPUTS = 0x40;
  unsigned saved_;
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" : : "r"(saved_ | FLUSH_TO_ZERO));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(saved_)); }

 private:
  static constexpr unsigned long FLUSH_TO_ZERO = 1ul << 24;
  unsigned long saved_;
#endif
};
