// The product every sweep over time is made of: a panel of weight rows times a matrix whose vectors run over the batch.
//
//   out[j][b] = sum over k of panel[k][j] * rows[k][b],   j < height, b < vectors * LANES
//
// The accumulators of the whole panel stay in registers. For each k the weights enter as scalars, which the
// instruction sets broadcast while loading, so that no weight and no sequence needs padding to the vector length.
//
// Meanwhile it prefetches what the elementwise half of the cell touches afterwards. The activations of hundreds of steps
// do not fit the caches; fetched all at once they stall the core, fetched a line or two at a time they cost little.
#pragma once

#include "rows.hpp"

namespace IRNN_NAMESPACE {

// Accumulators take all registers but those for the vectors of z (and a broadcast weight on small register files).
constexpr int MAX_HEIGHT_1 = REGISTERS >= 32 ? 28 : 12;
constexpr int MAX_HEIGHT_2 = REGISTERS >= 32 ? 14 : 6;
constexpr int MAX_PANEL_OUTPUT = 28 * 16;

constexpr int LINE_FLOATS = 16;

/** The cache lines that the caller will read or write next: runs of consecutive ones, `jump` floats apart. */
struct Upcoming {
  const float* at;
  size_t jump;
  int left, run;

  explicit INLINE Upcoming(const float* first) : at(first), jump(0), left(1 << 30), run(1 << 30) {}
  /** The lines of consecutive rows. */
  template <int GROUP>
  INLINE Upcoming(Rows<GROUP> rows, int first)
      : at(rows.at(first)),
        jump(rows.group_stride - GROUP * rows.B),
        left(lines((GROUP - first % GROUP) * rows.B)),
        run(lines(GROUP * rows.B)) {}
  INLINE void next() {
    at += LINE_FLOATS;
    if (--left == 0) at += jump, left = run;
  }

 private:
  static INLINE int lines(size_t floats) { return (int)((floats + LINE_FLOATS - 1) / LINE_FLOATS); }
};

template <int GROUP>
using PanelProduct = void (*)(const float* panel, Rows<GROUP> rows, int K, float* out, Upcoming upcoming);

/** One k. Each weight is broadcast once for all vectors of the batch. */
template <int HEIGHT, int VECTORS>
INLINE void add_products(V (&sum)[HEIGHT][VECTORS], const float* weights, const float* z_B) {
  V z[VECTORS];
  UNROLL for (int v = 0; v < VECTORS; v++) z[v] = load(z_B + v * LANES);
  UNROLL for (int j = 0; j < HEIGHT; j++) {
    UNROLL for (int v = 0; v < VECTORS; v++) sum[j][v] += z[v] * weights[j];
  }
}

template <int GROUP, int HEIGHT, int VECTORS>
__attribute__((noinline)) void panel_product(const float* panel, Rows<GROUP> rows, int K, float* out,
                                             Upcoming upcoming) {
  V sum[HEIGHT][VECTORS] = {};
  const float* group = rows.base;
  const size_t B = rows.B;
  for (; K >= GROUP; K -= GROUP, group += rows.group_stride, panel += GROUP * HEIGHT) {
    // Forward (few, long groups): two lines to be written. Backward (many, short groups): one to be read.
    __builtin_prefetch(upcoming.at, GROUP == Z_GROUP);
    upcoming.next();
    if (GROUP == Z_GROUP) {
      __builtin_prefetch(upcoming.at, 1);
      upcoming.next();
    }
    UNROLL for (int k = 0; k < GROUP; k++) {
      add_products<HEIGHT, VECTORS>(sum, panel + k * HEIGHT, group + k * B);
    }
  }
  for (; K > 0; K--, group += B, panel += HEIGHT) {
    add_products<HEIGHT, VECTORS>(sum, panel, group);
  }
  UNROLL for (int j = 0; j < HEIGHT; j++) {
    UNROLL for (int v = 0; v < VECTORS; v++) store(out + (j * VECTORS + v) * LANES, sum[j][v]);
  }
}

template <int GROUP, int VECTORS, int... N>
PanelProduct<GROUP> choose_panel_product(int height, Lanes<N...>) {
  static const PanelProduct<GROUP> by_height[] = {panel_product<GROUP, N + 1, VECTORS>...};
  return by_height[height - 1];
}

/** The product for a panel of this height and this many vectors of the batch (1 or 2). */
template <int GROUP>
inline PanelProduct<GROUP> panel_product_for(int height, int vectors) {
  return vectors == 2 ? choose_panel_product<GROUP, 2>(height, CountLanes<MAX_HEIGHT_2>::type{})
                      : choose_panel_product<GROUP, 1>(height, CountLanes<MAX_HEIGHT_1>::type{});
}

}  // namespace IRNN_NAMESPACE
