// The training step: gradients, clipping, update.
#pragma once

#include "optimizer.hpp"
#include "sweeps.hpp"

namespace IRNN_NAMESPACE {

inline void update_parameters(Network& n, double rate) {
  const NetworkSpec& s = n.spec;
  n.updates += 1;
  if (s.rule == RULE_SGD) {
    sgd(n.parameters, n.gradients, n.slot_1, n.count, (float)s.momentum, (float)rate);
  } else if (s.rule == RULE_RMSPROP) {
    rmsprop(n.parameters, n.gradients, n.slot_1, n.slot_2, n.count, s.decay, (float)s.epsilon, (float)s.momentum,
            (float)rate);
  } else {
    adam(n.parameters, n.gradients, n.slot_1, n.slot_2, n.count, s.beta1, s.beta2, (float)s.epsilon, rate, n.updates);
  }
  n.pack();
}

/**
 * A gradient beyond the range of float (3e38) is taken again at this fraction of its size. Back-propagation is linear in
 * the gradient of the output, and clipping by norm keeps the direction alone, so nothing else changes.
 */
constexpr double REDUCED = 0x1p-64;

inline StepReport train_step(Network& n, const float* x_TIB, const void* target, double rate) {
  StepReport report = {};
  report.loss = loss_and_gradients(n, x_TIB, target);
  double norm = sqrt(sum_of_squares(n.gradients, n.count)), factor = 1;
  const bool overflow = !(norm < __builtin_inf());
  if (overflow && n.spec.clip == CLIP_NORM && report.loss < __builtin_inf()) {
    factor = REDUCED;
    loss_and_gradients(n, x_TIB, target, factor);
    norm = sqrt(sum_of_squares(n.gradients, n.count));
  }
  report.norm = norm / factor;
  report.skipped = !(report.norm < __builtin_inf());
  if (report.skipped) return report;
  if (n.spec.clip == CLIP_NORM && report.norm > n.spec.threshold) {
    scale_all(n.gradients, n.count, (float)(n.spec.threshold / norm));
    report.clipped = 1;
  } else if (n.spec.clip == CLIP_ELEMENTWISE) {
    report.clipped = clamp_all(n.gradients, n.count, (float)n.spec.threshold);
  }
  update_parameters(n, rate);
  return report;
}

}  // namespace IRNN_NAMESPACE
