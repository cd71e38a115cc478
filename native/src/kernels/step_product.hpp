// The product of a step: out = W z, where z are the rows of a time step. Vectors multiply packed panels of W
// (panel.hpp); where there are tiles, the same interface is theirs (tile_step.hpp).
#pragma once

#if defined(IRNN_TILES)
#include "kernels/tile_step.hpp"
#else

#include "kernels/packing.hpp"

namespace IRNN_NAMESPACE {

/** The most rows of a panel, for one and for two vectors of the batch. */
constexpr int TALLEST_PANEL_1 = MAX_HEIGHT_1, TALLEST_PANEL_2 = MAX_HEIGHT_2;
constexpr int MAX_STEP_OUTPUT = MAX_PANEL_OUTPUT;

template <int GROUP>
struct StepProduct {
  int rows, depth;
  float* packed;

  void plan(int rows_, int depth_, int, bool, int) { rows = rows_, depth = depth_; }
  template <typename Arena>
  void place(Arena& arena, int) {
    packed = arena.floats((size_t)rows * depth);
  }
  /** Panels [from, to) of units of G rows each: rows of w_RK. */
  void pack_rows(const Panels& units, int G, const float* w_RK, int from, int to) const {
    pack_forward(units, G, depth, w_RK, packed, from, to);
  }
  /** Panels [from, to) of the columns of w, which has `depth` rows of K, from first_column on. */
  void pack_columns(const Panels& columns, int first_column, int K, const float* w, int from, int to) const {
    pack_backward(columns, first_column, depth, K, w, packed, from, to);
  }
  /** Rows [first, first + height) of a panel times lanes [b, b + width) of z. */
  INLINE void multiply(int first, int height, Rows<GROUP> z, int b, int width, float* sums,
                       Upcoming upcoming) const {
    panel_product_for<GROUP>(height, width / LANES)(packed + (size_t)first * depth, z.lane(b), depth, sums,
                                                    upcoming);
  }
};

}  // namespace IRNN_NAMESPACE
#endif
