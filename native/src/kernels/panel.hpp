// The product every sweep over time is made of: a panel of weight rows times a matrix of vectors
// over the batch.
//
//   out[j][b] = sum over k of panel[k][j] * rows[k][b],   j < height, b < vectors * LANES
//
// The accumulators of the whole panel stay in registers. For each k the weights enter as scalars, which the
// instruction sets broadcast while loading, so that no weight and no sequence needs padding.
//
// Meanwhile it prefetches what the elementwise half of the cell touches afterwards (upcoming.hpp).
#pragma once

#include "kernels/rows.hpp"
#include "kernels/upcoming.hpp"

namespace IRNN_NAMESPACE {

// Accumulators take all registers but those for the vectors of z (and a broadcast weight where they are few).
constexpr int MAX_HEIGHT_1 = REGISTERS >= 32 ? 28 : REGISTERS >= 16 ? 12 : 8;
constexpr int MAX_HEIGHT_2 = REGISTERS >= 32 ? 14 : REGISTERS >= 16 ? 6 : 4;
constexpr int MAX_PANEL_OUTPUT = 28 * 16;

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

#if defined(__wasm__)
/**
 * All k, each in a block of instructions of its own, which the way out after it makes: V8 puts all loads of a
 * block before its arithmetic, and those of two k are more than the registers hold.
 */
template <int GROUP, int HEIGHT, int VECTORS>
INLINE void add_all_products(V (&sum)[HEIGHT][VECTORS], const float* panel, Rows<GROUP> rows, int K,
                             Upcoming&) {
  for (const float* group = rows.base;; group += rows.group_stride, panel += GROUP * HEIGHT) {
    UNROLL for (int k = 0; k < GROUP; k++) {
      add_products<HEIGHT, VECTORS>(sum, panel + k * HEIGHT, group + k * rows.B);
      if (--K == 0) return;
    }
  }
}
#else
/** All k. */
template <int GROUP, int HEIGHT, int VECTORS>
INLINE void add_all_products(V (&sum)[HEIGHT][VECTORS], const float* panel, Rows<GROUP> rows, int K,
                             Upcoming& upcoming) {
  const float* group = rows.base;
  const size_t B = rows.B;
  for (; K >= GROUP; K -= GROUP, group += rows.group_stride, panel += GROUP * HEIGHT) {
    // Forward (few, long groups): two lines of each kind, to be written. Backward (many, short groups): one,
    // to be read.
    constexpr bool FORWARD = GROUP == Z_GROUP;
    upcoming.prefetch_some<FORWARD>();
    if (FORWARD) upcoming.prefetch_some<FORWARD>();
    UNROLL for (int k = 0; k < GROUP; k++) {
      add_products<HEIGHT, VECTORS>(sum, panel + k * HEIGHT, group + k * B);
    }
  }
  for (; K > 0; K--, group += B, panel += HEIGHT) {
    add_products<HEIGHT, VECTORS>(sum, panel, group);
  }
}
#endif

template <int GROUP, int HEIGHT, int VECTORS>
__attribute__((noinline)) void panel_product(const float* panel, Rows<GROUP> rows, int K, float* out,
                                             Upcoming upcoming) {
  V sum[HEIGHT][VECTORS] = {};
  add_all_products<GROUP, HEIGHT, VECTORS>(sum, panel, rows, K, upcoming);
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
