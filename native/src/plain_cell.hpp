// The elementwise half of the plain cells: h = relu(a) or h = tanh(a), and dL/da from dL/dh.
#pragma once

#include "activations.hpp"
#include "rows.hpp"

namespace IRNN_NAMESPACE {

/** One vector: h from the sum a of the cell's inputs. The operand order of relu's maximum lets a NaN through. */
INLINE V relu(V a) { return at_least(0.0f, a); }
INLINE V hyperbolic_tangent(V a) {
  const Quotient q = tanh_quotient(a);
  return q.over / q.under;
}

/** Rows [row, row + height) of h from a panel's sums, which stand `width` = vectors * LANES apart. */
template <bool RELU>
INLINE void plain_forward(const float* sums, int height, int width, ZRows h_rows, int row) {
  for (int j = 0; j < height; j++) {
    float* h = h_rows.at(row + j);
    for (int b = 0; b < width; b += LANES) {
      const V a = load(sums + j * width + b);
      store(h + b, RELU ? relu(a) : hyperbolic_tangent(a));
    }
  }
}

/** da = dh * f'(a), where relu' = [h > 0] and tanh' = 1 - h^2. Units [first, first + height); h begins at h_row. */
template <bool RELU>
INLINE void plain_backward(const float* dh, int height, int width, size_t dh_stride, ZRows h_rows, int h_row,
                           DaRows da_rows, int first) {
  for (int j = 0; j < height; j++) {
    const float* h_B = h_rows.at(h_row + first + j);
    float* da = da_rows.at(first + j);
    for (int b = 0; b < width; b += LANES) {
      const V d = load(dh + j * dh_stride + b), h = load(h_B + b);
      store(da + b, RELU ? (V)((VI)d & (h > V{})) : d * (1.0f - h * h));
    }
  }
}

}  // namespace IRNN_NAMESPACE
