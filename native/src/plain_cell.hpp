// The elementwise half of the plain cells: h = relu(a) or h = tanh(a), and dL/da from dL/dh.
#pragma once

#include "activations.hpp"

namespace IRNN_NAMESPACE {

/** One vector: h from the sum a of the cell's inputs. The operand order of relu's maximum lets a NaN through. */
INLINE V relu(V a) { return at_least(0.0f, a); }
INLINE V hyperbolic_tangent(V a) {
  const Quotient q = tanh_quotient(a);
  return q.over / q.under;
}

/** h_HB of a panel of `height` units from its sums, which stand `width` = vectors * LANES apart. */
template <bool RELU>
INLINE void plain_forward(const float* sums, int height, int width, size_t B, float* h_HB) {
  for (int j = 0; j < height; j++) {
    for (int b = 0; b < width; b += LANES) {
      const V a = load(sums + j * width + b);
      store(h_HB + j * B + b, RELU ? relu(a) : hyperbolic_tangent(a));
    }
  }
}

/** da = dh * f'(a), where relu' = [h > 0] and tanh' = 1 - h^2. */
template <bool RELU>
INLINE void plain_backward(const float* dh, int height, int width, size_t dh_stride, size_t B, const float* h_HB,
                           float* da_HB) {
  for (int j = 0; j < height; j++) {
    for (int b = 0; b < width; b += LANES) {
      const V d = load(dh + j * dh_stride + b), h = load(h_HB + j * B + b);
      store(da_HB + j * B + b, RELU ? (V)((VI)d & (h > V{})) : d * (1.0f - h * h));
    }
  }
}

}  // namespace IRNN_NAMESPACE
