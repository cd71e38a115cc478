// Regression after the last step: output layer and squared error (y - t)^2, summed over outputs, with the gradient of both.
// Columns are lanes; h is what the head reads.
#pragma once

#include "kernels.h"
#include "strips.hpp"

namespace IRNN_NAMESPACE {

/** y_OB = w_OH h + bias_O. */
inline void head_forward(int O, int B, const float* w_OH, const float* bias_O, const StripMatrix& h, float* y_OB) {
  const int H = (int)h.rows;
  for (int o = 0; o < O; o++) {
    for (int b = 0; b < B; b += LANES) {
      V sum = splat(bias_O[o]);
      for (int k = 0; k < H; k++) sum += load(h.element(k, b)) * w_OH[(size_t)o * H + k];
      store(y_OB + (size_t)o * B + b, sum);
    }
  }
}

/** The loss, summed over the lanes that are not UNSCORED; y_OB is replaced by scale * dLoss/dy, 0 in the other lanes. */
inline double squared_error(int O, int B, const int32_t* scored_B, const float* target_BO, float scale, float* y_OB) {
  double loss = 0;
  for (int o = 0; o < O; o++) {
    for (int b = 0; b < B; b++) {
      float* y = y_OB + (size_t)o * B + b;
      const float error = scored_B[b] != UNSCORED ? *y - target_BO[(size_t)b * O + o] : 0.0f;
      loss += (double)error * error;
      *y = error * (2.0f * scale);
    }
  }
  return loss;
}

/** Gradients of the output weights and bias, and dL/dh, from dL/dy. */
inline void head_backward(int O, int B, const float* w_OH, const float* dy_OB, const StripMatrix& h, float* dw_OH,
                          float* dbias_O, const StripMatrix& dh) {
  const int H = (int)h.rows;
  memset(dh.base, 0, sizeof(float) * StripMatrix::size(dh.rows, dh.columns));
  for (int o = 0; o < O; o++) {
    const float* dy = dy_OB + (size_t)o * B;
    V bias = {};
    for (int b = 0; b < B; b += LANES) bias += load(dy + b);
    dbias_O[o] = horizontal_sum(bias);
    for (int k = 0; k < H; k++) {
      V sum = {};
      for (int b = 0; b < B; b += LANES) {
        float* d = dh.element(k, b);
        sum += load(dy + b) * load(h.element(k, b));
        store(d, load(d) + load(dy + b) * w_OH[(size_t)o * H + k]);
      }
      dw_OH[(size_t)o * H + k] = horizontal_sum(sum);
    }
  }
}

}  // namespace IRNN_NAMESPACE
