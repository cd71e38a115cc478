// A head of few outputs after the last step, in plain loops, with its gradient. Columns are lanes; h is what
// the head reads.
//
// Regression: squared error (y - t)^2, summed over outputs. Softmax: cross-entropy in nats.
#pragma once

#include <math.h>

#include "kernels/activations.hpp"
#include "interface/kernels.h"
#include "kernels/strips.hpp"

namespace IRNN_NAMESPACE {

/** y_OB = w_OH h + bias_O. */
inline void head_forward(int O, int B, const float* w_OH, const float* bias_O, const StripMatrix& h,
                         float* y_OB) {
  const int H = (int)h.rows;
  for (int o = 0; o < O; o++) {
    for (int b = 0; b < B; b += LANES) {
      V sum = splat(bias_O[o]);
      for (int k = 0; k < H; k++) sum += load(h.element(k, b)) * w_OH[(size_t)o * H + k];
      store(y_OB + (size_t)o * B + b, sum);
    }
  }
}

/**
 * The loss, summed over the lanes that are not UNSCORED; y_OB is replaced by scale * dLoss/dy, 0 in the other
 * lanes.
 */
inline double squared_error(int O, int B, const int32_t* scored_B, const float* target_BO, float scale,
                            float* y_OB) {
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

/**
 * As squared_error, for class_B. The most probable classes of the first `sequences` lanes go to `predicted_B`
 * unless it is null.
 */
inline double cross_entropy(int O, int B, int sequences, const int32_t* class_B, float scale, float* y_OB,
                            int32_t* predicted_B) {
  double loss = 0;
  for (int first = 0; first < B; first += LANES) {
    float* y = y_OB + first;
    V largest = load(y);
    for (int o = 1; o < O; o++) {
      const V v = load(y + (size_t)o * B);
      largest = largest > v ? largest : v;
    }
    V total = {};
    for (int o = 0; o < O; o++) total += bounded_exponential(load(y + (size_t)o * B) - largest);
    for (int lane = 0; lane < LANES && first + lane < sequences; lane++) {
      const int target = class_B[first + lane];
      if (target != UNSCORED) {
        loss += log((double)total[lane]) + ((double)largest[lane] - y[(size_t)target * B + lane]);
      }
      if (!predicted_B) continue;
      int best = 0;
      for (int o = 1; o < O; o++) {
        if (y[(size_t)o * B + lane] > y[(size_t)best * B + lane]) best = o;
      }
      predicted_B[first + lane] = best;
    }
    const V factor = scale / total;
    for (int o = 0; o < O; o++) {
      V d = bounded_exponential(load(y + (size_t)o * B) - largest) * factor;
      for (int lane = 0; lane < LANES; lane++) {
        if (class_B[first + lane] == UNSCORED) d[lane] = 0;
        else if (class_B[first + lane] == o) d[lane] -= scale;
      }
      store(y + (size_t)o * B, d);
    }
  }
  return loss;
}

/** Gradients of the output weights and bias, and dL/dh, from dL/dy. */
inline void head_backward(int O, int B, const float* w_OH, const float* dy_OB, const StripMatrix& h,
                          float* dw_OH, float* dbias_O, const StripMatrix& dh) {
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
