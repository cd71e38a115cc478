// The elementwise half of the plain cells: h = relu(a) or h = tanh(a), and dL/da from dL/dh.
#pragma once

#include "kernels/activations.hpp"
#include "kernels/rows.hpp"

namespace IRNN_NAMESPACE {

/**
 * One vector: h from the sum a of the cell's inputs. The operand order of relu's maximum lets a NaN through.
 */
INLINE V relu(V a) { return at_least(0.0f, a); }
INLINE V hyperbolic_tangent(V a) {
  const Quotient q = tanh_quotient(a);
  return q.over / q.under;
}

/** Rows [row, row + height) of h from a panel's sums, which stand `width` = vectors * LANES apart. */
template <bool RELU>
INLINE void plain_forward(const float* sums, int height, int width, ZRows h_rows, int row) {
  RowWalk h(h_rows, row);
  for (int j = 0; j < height; j++, h.next()) {
    for (int b = 0; b < width; b += LANES) {
      const V a = load(sums + j * width + b);
      store(h.at + b, RELU ? relu(a) : hyperbolic_tangent(a));
    }
  }
}

/**
 * da = dh * f'(a), where relu' = [h > 0] and tanh' = 1 - h^2. Units [first, first + height); h begins at
 * h_row.
 */
template <bool RELU>
INLINE void plain_backward(const float* dh, int height, int width, ZRows h_rows, int h_row, DaRows da_rows,
                           int first) {
  RowWalk h(h_rows, h_row + first);
  RowWalk da(da_rows, first);
  for (int j = 0; j < height; j++, h.next(), da.next()) {
    for (int b = 0; b < width; b += LANES) {
      const V d = load(dh + j * width + b), h_now = load(h.at + b);
      store(da.at + b, RELU ? (V)((VI)d & (h_now > V{})) : d * (1.0f - h_now * h_now));
    }
  }
}

}  // namespace IRNN_NAMESPACE
