// Clipping and the update rules, over all parameters as one flat array. Definitions and constants are those of torch.optim.
#pragma once

#include <math.h>

#include "kernels.h"
#include "vector.hpp"

namespace IRNN_NAMESPACE {

/** Sum of squares in double precision: a component of 1e30 does not overflow it. */
inline double sum_of_squares(const float* g, size_t n) {
  double partial[LANES] = {};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (int lane = 0; lane < LANES; lane++) partial[lane] += (double)g[i + lane] * g[i + lane];
  }
  for (int lane = 0; i < n; i++, lane++) partial[lane] += (double)g[i] * g[i];
  double sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += partial[lane];
  return sum;
}

inline void scale_all(float* g, size_t n, float factor) {
  for (size_t i = 0; i < n; i++) g[i] *= factor;
}

/** Clamps every component to +-bound; true when any was outside. */
inline bool clamp_all(float* g, size_t n, float bound) {
  int outside = 0;
  for (size_t i = 0; i < n; i++) {
    outside |= (g[i] > bound) | (g[i] < -bound);
    g[i] = g[i] > bound ? bound : (g[i] < -bound ? -bound : g[i]);
  }
  return outside != 0;
}

/** torch.optim.SGD: buffer = momentum * buffer + g; w -= rate * buffer. */
inline void sgd(float* __restrict w, const float* __restrict g, float* __restrict buffer, size_t n, float momentum,
                float rate) {
  if (momentum == 0) {
    for (size_t i = 0; i < n; i++) w[i] -= rate * g[i];
    return;
  }
  for (size_t i = 0; i < n; i++) {
    buffer[i] = momentum * buffer[i] + g[i];
    w[i] -= rate * buffer[i];
  }
}

/** torch.optim.RMSprop: v = decay * v + (1 - decay) * g^2; d = g / (sqrt(v) + eps); with momentum d is accumulated first. */
inline void rmsprop(float* __restrict w, const float* __restrict g, float* __restrict v, float* __restrict buffer,
                    size_t n, double decay, float epsilon, float momentum, float rate) {
  const float keep = (float)decay, take = (float)(1.0 - decay);
  for (size_t i = 0; i < n; i++) {
    v[i] = keep * v[i] + take * g[i] * g[i];
    float d = g[i] / (__builtin_sqrtf(v[i]) + epsilon);
    if (momentum != 0) d = buffer[i] = momentum * buffer[i] + d;
    w[i] -= rate * d;
  }
}

/** torch.optim.Adam: w -= rate / (1 - beta1^n) * m / (sqrt(v) / sqrt(1 - beta2^n) + eps), n = this update's number from 1. */
inline void adam(float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v, size_t n,
                 double beta1, double beta2, float epsilon, double rate, double update) {
  const float step = (float)(rate / (1.0 - pow(beta1, update)));
  const float correction = (float)sqrt(1.0 - pow(beta2, update));
  const float keep_m = (float)beta1, take_m = (float)(1.0 - beta1);
  const float keep_v = (float)beta2, take_v = (float)(1.0 - beta2);
  for (size_t i = 0; i < n; i++) {
    m[i] = keep_m * m[i] + take_m * g[i];
    v[i] = keep_v * v[i] + take_v * g[i] * g[i];
    w[i] -= step * (m[i] / (__builtin_sqrtf(v[i]) / correction + epsilon));
  }
}

}  // namespace IRNN_NAMESPACE
