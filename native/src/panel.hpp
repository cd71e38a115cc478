// The product every sweep over time is made of: a panel of weight rows times a matrix whose vectors run over the batch.
//
//   out[j][b] = sum over k of panel[k][j] * z_KB[k][b],   j < height, b < vectors * LANES
//
// The accumulators of the whole panel stay in registers. For each k the weights enter as scalars, which the
// instruction sets broadcast while loading, so that no weight and no sequence needs padding to the vector length.
#pragma once

#include "vector.hpp"

namespace IRNN_NAMESPACE {

// Accumulators take all registers but those for the vectors of z (and a broadcast weight on small register files).
constexpr int MAX_HEIGHT_1 = REGISTERS >= 32 ? 28 : 12;
constexpr int MAX_HEIGHT_2 = REGISTERS >= 32 ? 14 : 6;
constexpr int MAX_PANEL_OUTPUT = 28 * 16;

typedef void (*PanelProduct)(const float* panel, const float* z_KB, size_t B, int K, float* out);

template <int HEIGHT, int VECTORS>
__attribute__((noinline)) void panel_product(const float* panel, const float* z_KB, size_t B, int K, float* out) {
  V sum[HEIGHT][VECTORS] = {};
  for (int k = 0; k < K; k++) {
    V z[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) z[v] = load(z_KB + v * LANES);
    UNROLL for (int j = 0; j < HEIGHT; j++) {
      UNROLL for (int v = 0; v < VECTORS; v++) sum[j][v] += z[v] * panel[j];
    }
    panel += HEIGHT;
    z_KB += B;
  }
  UNROLL for (int j = 0; j < HEIGHT; j++) {
    UNROLL for (int v = 0; v < VECTORS; v++) store(out + (j * VECTORS + v) * LANES, sum[j][v]);
  }
}

template <int VECTORS, int... N>
PanelProduct choose_panel_product(int height, Lanes<N...>) {
  static const PanelProduct by_height[] = {panel_product<N + 1, VECTORS>...};
  return by_height[height - 1];
}

/** The product for a panel of this height and this many vectors of the batch (1 or 2). */
inline PanelProduct panel_product_for(int height, int vectors) {
  return vectors == 2 ? choose_panel_product<2>(height, CountLanes<MAX_HEIGHT_2>::type{})
                      : choose_panel_product<1>(height, CountLanes<MAX_HEIGHT_1>::type{});
}

}  // namespace IRNN_NAMESPACE
