// The roof: how many floating-point operations a second this core can do with this instruction set.
#pragma once

#include <time.h>

#include "kernels/vector.hpp"

namespace IRNN_NAMESPACE {

inline double seconds_now() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// Enough independent sums to hide the latency of a multiply-add on any core (4 cycles x 2 units, with room).
constexpr int PEAK_SUMS = REGISTERS >= 32 ? 24 : 12;
constexpr int PEAK_ROUNDS = 100000;

// Keeps the compiler from computing the loop beforehand, without an instruction.
#if defined(__aarch64__)
#define OPAQUE(v) asm volatile("" : "+w"(v))
#elif defined(__wasm__)
#define OPAQUE(v) asm volatile("" : "+r"(v))
#else
#define OPAQUE(v) asm volatile("" : "+v"(v))
#endif

__attribute__((noinline)) inline double multiply_add_burst() {
  V sum[PEAK_SUMS] = {};
  V x = splat(1.0f), y = splat(1e-9f);
  OPAQUE(x);
  OPAQUE(y);
  const double start = seconds_now();
  for (int round = 0; round < PEAK_ROUNDS; round++) {
    UNROLL for (int i = 0; i < PEAK_SUMS; i++) {
#if defined(__wasm__)
      sum[i] = sum[i] * x + y;  // a second compiler would take a product of constants out of the loop
#else
      sum[i] += x * y;
#endif
      OPAQUE(sum[i]);
    }
  }
#if defined(__wasm__)
  // It would leave out sums that nobody reads, and put away at every round those that are read after a call.
  [[maybe_unused]] static volatile float used;
  for (int i = 0; i < PEAK_SUMS; i++) used = sum[i][0];
#endif
  const double elapsed = seconds_now() - start;
  return 2.0 * LANES * PEAK_SUMS * PEAK_ROUNDS / elapsed;
}

/**
 * Best burst (about half a millisecond each) within so many seconds: operations a second, multiply-add
 * counted as two.
 */
inline double peak_flops(double seconds) {
  double best = 0;
  const double end = seconds_now() + seconds;
  do {
    const double burst = multiply_add_burst();
    if (burst > best) best = burst;
  } while (seconds_now() < end);
  return best;
}

}  // namespace IRNN_NAMESPACE
