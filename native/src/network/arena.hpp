// One block of memory for everything a network owns, aligned for huge pages: the kernels stride through
// several megabytes with a step of more than a page, which would cost a TLB miss for every few vectors
// otherwise.
#pragma once

#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "kernels/vector.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define GUARD_BYTES 1024
#define FORBID(from, to) __asan_poison_memory_region(from, (size_t)((to) - (from)))
#else
#define GUARD_BYTES 0
#define FORBID(from, to)
#endif

namespace IRNN_NAMESPACE {

constexpr size_t CACHE_LINE = 64, HUGE_PAGE = 2u << 20;
constexpr uint64_t MOST_BYTES = (uint64_t)1 << 60;  // more than there is

/**
 * The stride of a time step: whole cache lines and an odd number of them, so that steps spread over all cache
 * sets.
 */
inline uint64_t odd_lines(uint64_t floats) {
  const uint64_t lines = (floats * sizeof(float) + CACHE_LINE - 1) / CACHE_LINE;
  return (lines | 1) * (CACHE_LINE / sizeof(float));
}

/**
 * Hands out consecutive arrays. With a null base it only measures. For AddressSanitizer, which sees one
 * block, the bytes between them are forbidden.
 */
struct Arena {
  char* base = nullptr;
  uint64_t used = 0;  // wider than an address of WebAssembly

  float* floats(uint64_t count) {
    char* p = base + used;
    used += odd_lines(count) * sizeof(float) + GUARD_BYTES;
    if (!base) {
      if (used > MOST_BYTES) used = MOST_BYTES;  // sums of sizes must not overflow before memory is asked for
      return nullptr;
    }
    FORBID(p + count * sizeof(float), base + used);
    return (float*)p;
  }

  /** Zeroed memory of `bytes`; null when there is none. */
  static char* reserve(uint64_t bytes) {
    const size_t alignment = bytes >= HUGE_PAGE ? HUGE_PAGE : 4096;
    const uint64_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* block = nullptr;
    if (rounded > SIZE_MAX || posix_memalign(&block, alignment, rounded) != 0) return nullptr;
#if defined(__linux__)
    if (alignment == HUGE_PAGE) madvise(block, rounded, MADV_HUGEPAGE);
#endif
    return (char*)memset(block, 0, rounded);
  }
};

}  // namespace IRNN_NAMESPACE
