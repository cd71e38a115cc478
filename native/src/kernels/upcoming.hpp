// What is worth fetching while a product runs: the cache lines that the elementwise half of the cell touches
// after it. The activations of hundreds of steps do not fit the caches; fetched all at once they stall the
// core, fetched a line or two at a time they cost little. A processor guesses rows in groups badly, because
// their lines lie in many short runs.
#pragma once

#include "kernels/rows.hpp"

namespace IRNN_NAMESPACE {

constexpr int LINE_FLOATS = 16;

#if defined(__wasm__)
/** WebAssembly has no instruction for it, and counting lines all the same took a tenth of a step. */
struct Lines {
  template <typename... Any>
  INLINE Lines(const Any&...) {}
  template <bool WRITE>
  INLINE void prefetch_one() {}
};
#else
/** Cache lines that the caller will read or write next: runs of consecutive ones, `jump` floats apart. */
struct Lines {
  const float* at = nullptr;
  int count = 0, left = 0, run = 0;
  size_t jump = 0;

  Lines() = default;
  /** So many floats from an address on; none if it is null. */
  INLINE Lines(const float* first, size_t floats)
      : at(first), count(first ? whole(floats) : 0), left(count), run(count) {}
  /** Consecutive rows. */
  template <int GROUP>
  INLINE Lines(Rows<GROUP> rows, int first, int number)
      : at(rows.at(first)),
        count(whole(number * rows.B)),
        left(whole((GROUP - first % GROUP) * rows.B)),
        run(whole(GROUP * rows.B)),
        jump(rows.group_stride - GROUP * rows.B) {}

  template <bool WRITE>
  INLINE void prefetch_one() {
    if (count == 0) return;
    __builtin_prefetch(at, WRITE);
    at += LINE_FLOATS, count--;
    if (--left == 0) at += jump, left = run;
  }

 private:
  static INLINE int whole(size_t floats) { return (int)((floats + LINE_FLOATS - 1) / LINE_FLOATS); }
};
#endif

/** What the elementwise half of a cell touches. */
struct Upcoming {
  Lines h, gates, c;

  template <bool WRITE>
  INLINE void prefetch_some() {
    h.prefetch_one<WRITE>();
    gates.prefetch_one<WRITE>();
    c.prefetch_one<WRITE>();
  }
};

}  // namespace IRNN_NAMESPACE
