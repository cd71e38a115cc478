// Weights copied into panels, in the order in which the panel products read them. Done once per update.
#pragma once

#include "kernels/panel.hpp"

namespace IRNN_NAMESPACE {

/**
 * `count` units cut into panels, none larger than `most`: of nearly equal size, or, for tiles, all but the
 * last full.
 */
struct Panels {
  int count, most, number, precision;
  void cut(int units, int largest) {
    count = units;
    most = largest;
    number = (units + largest - 1) / largest;
  }
  int first(int panel) const {
#if defined(IRNN_TILES)
    return panel < number ? panel * most : count;
#endif
    const int small = count / number, larger = count % number;
    return panel * small + (panel < larger ? panel : larger);
  }
  int size(int panel) const { return first(panel + 1) - first(panel); }
};

/**
 * Panels [from, to). Forward: rows of w_RK, `G` rows a unit; panel[k][row]. The panel of unit u starts at u *
 * G * K.
 */
inline void pack_forward(const Panels& units, int G, int K, const float* w_RK, float* packed, int from,
                         int to) {
  for (int p = from; p < to; p++) {
    const int first = units.first(p) * G, height = units.size(p) * G;
    const float* rows = w_RK + (size_t)first * K;
    float* panel = packed + (size_t)first * K;
    for (int j = 0; j < height; j++) {
      for (int k = 0; k < K; k++) panel[(size_t)k * height + j] = rows[(size_t)j * K + k];
    }
  }
}

/**
 * Backward: columns of w_RK from `first_column` on; panel[row][column]. The panel of the column at `first`
 * starts at first * R.
 */
inline void pack_backward(const Panels& columns, int first_column, int R, int K, const float* w_RK,
                          float* packed, int from, int to) {
  for (int p = from; p < to; p++) {
    const int width = columns.size(p);
    const float* block = w_RK + first_column + columns.first(p);
    float* panel = packed + (size_t)columns.first(p) * R;
    for (int r = 0; r < R; r++)
      memcpy(panel + (size_t)r * width, block + (size_t)r * K, width * sizeof(float));
  }
}

}  // namespace IRNN_NAMESPACE
