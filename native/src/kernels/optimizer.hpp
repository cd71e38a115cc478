// Clipping and the update rules, over all parameters as one flat array. Definitions are those of torch.optim.
#pragma once

#include <math.h>

#include "interface/kernels.h"
#include "kernels/vector.hpp"

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

/** Clamps every component to +-bound; true when any was outside. */
inline bool clamp_all(float* g, size_t n, float bound) {
  int outside = 0;
  for (size_t i = 0; i < n; i++) {
    outside |= (g[i] > bound) | (g[i] < -bound);
    g[i] = g[i] > bound ? bound : (g[i] < -bound ? -bound : g[i]);
  }
  return outside != 0;
}

/**
 * One application of the update rule. Gradients are multiplied by `factor` first: that is what clipping by
 * norm comes to.
 */
class Update {
 public:
  /** `number` counts updates from 1. */
  Update(const NetworkSpec& spec, double rate, double number, double factor)
      : rule_(spec.rule),
        rate_((float)rate),
        factor_((float)factor),
        momentum_((float)spec.momentum),
        epsilon_((float)spec.epsilon),
        decay_(spec.decoupled ? 0 : (float)spec.weight_decay),
        keep_weight_(spec.decoupled ? (float)(1.0 - rate * spec.weight_decay) : 1) {
    if (rule_ == RULE_RMSPROP) keep_ = (float)spec.decay, take_ = (float)(1.0 - spec.decay);
    if (rule_ != RULE_ADAM) return;
    keep_ = (float)spec.beta2, take_ = (float)(1.0 - spec.beta2);
    keep_mean_ = (float)spec.beta1, take_mean_ = (float)(1.0 - spec.beta1);
    rate_ = (float)(rate / (1.0 - pow(spec.beta1, number)));
    correction_ = (float)sqrt(1.0 - pow(spec.beta2, number));
  }

  /** Arrays that the rule of `spec` remembers for every parameter. */
  static int slots(const NetworkSpec& spec) {
    const int momentum = spec.momentum != 0;
    return spec.rule == RULE_ADAM ? 2 : spec.rule == RULE_RMSPROP ? 1 + momentum : momentum;
  }

  /** n parameters w with gradients g; slots that the rule lacks may be null. */
  void operator()(float* w, const float* g, float* slot_1, float* slot_2, size_t n) const {
    if (keep_weight_ != 1) {
      for (size_t i = 0; i < n; i++) w[i] *= keep_weight_;
    }
    if (decay_ != 0) apply<true>(w, g, slot_1, slot_2, n);
    else apply<false>(w, g, slot_1, slot_2, n);
  }

 private:
  int rule_;
  float rate_, factor_, momentum_, epsilon_;
  float decay_, keep_weight_;
  float keep_ = 0, take_ = 0, keep_mean_ = 0, take_mean_ = 0, correction_ = 0;

  template <bool DECAYS>
  void apply(float* w, const float* g, float* slot_1, float* slot_2, size_t n) const {
    static_assert(RULE_COUNT == 3, "a new rule needs its update here");
    if (rule_ == RULE_SGD) sgd<DECAYS>(w, g, slot_1, n);
    else if (rule_ == RULE_RMSPROP) rmsprop<DECAYS>(w, g, slot_1, slot_2, n);
    else adam<DECAYS>(w, g, slot_1, slot_2, n);
  }

  /** A component of the clipped gradient, with weight decay (L2) if there is any. */
  template <bool DECAYS>
  float gradient(float w, float g) const {
    return DECAYS ? factor_ * g + decay_ * w : factor_ * g;
  }

  /** torch.optim.SGD: buffer = momentum * buffer + g; w -= rate * buffer. */
  template <bool DECAYS>
  void sgd(float* __restrict w, const float* __restrict g, float* __restrict buffer, size_t n) const {
    if (momentum_ == 0) {
      for (size_t i = 0; i < n; i++) w[i] -= rate_ * gradient<DECAYS>(w[i], g[i]);
      return;
    }
    for (size_t i = 0; i < n; i++) {
      buffer[i] = momentum_ * buffer[i] + gradient<DECAYS>(w[i], g[i]);
      w[i] -= rate_ * buffer[i];
    }
  }

  /**
   * torch.optim.RMSprop: v = decay * v + (1 - decay) * g^2; d = g / (sqrt(v) + eps); with momentum
   * d is accumulated first.
   */
  template <bool DECAYS>
  void rmsprop(float* __restrict w, const float* __restrict g, float* __restrict v, float* __restrict buffer,
               size_t n) const {
    for (size_t i = 0; i < n; i++) {
      const float scaled = gradient<DECAYS>(w[i], g[i]);
      v[i] = keep_ * v[i] + take_ * scaled * scaled;
      float d = scaled / (__builtin_sqrtf(v[i]) + epsilon_);
      if (momentum_ != 0) d = buffer[i] = momentum_ * buffer[i] + d;
      w[i] -= rate_ * d;
    }
  }

  /**
   * torch.optim.Adam: w -= rate / (1 - beta1^k) * m / (sqrt(v) / sqrt(1 - beta2^k) + eps),
   * k = this update's number.
   */
  template <bool DECAYS>
  void adam(float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v,
            size_t n) const {
    for (size_t i = 0; i < n; i++) {
      const float scaled = gradient<DECAYS>(w[i], g[i]);
      m[i] = keep_mean_ * m[i] + take_mean_ * scaled;
      v[i] = keep_ * v[i] + take_ * scaled * scaled;
      w[i] -= rate_ * (m[i] / (__builtin_sqrtf(v[i]) / correction_ + epsilon_));
    }
  }
};

}  // namespace IRNN_NAMESPACE
