// The training step: gradients, clipping, update.
#pragma once

#include "optimizer.hpp"
#include "sweeps.hpp"

namespace IRNN_NAMESPACE {

/** Parameters are normed and updated in blocks, which threads share: the sum of squares is that of the blocks' sums. */
constexpr size_t PARAMETER_BLOCK = 1 << 18;

inline int parameter_blocks(size_t count) { return (int)((count + PARAMETER_BLOCK - 1) / PARAMETER_BLOCK); }

/** This thread's share of the flat arrays. */
struct Share {
  size_t first, count;
  Share(const Network& n, const Member& member) {
    const Range blocks = member.share(parameter_blocks(n.count));
    const size_t end = blocks.end * PARAMETER_BLOCK;
    first = blocks.first * PARAMETER_BLOCK;
    count = (end < n.count ? end : n.count) - first;
  }
};

inline double gradient_norm(const Network& n) {
  run_together(n.team, [&](const Member& member) {
    const Range mine = member.share(parameter_blocks(n.count));
    for (int i = mine.first; i < mine.end; i++) {
      const size_t first = i * PARAMETER_BLOCK, left = n.count - first;
      n.block_sums[i] = sum_of_squares(n.gradients + first, left < PARAMETER_BLOCK ? left : PARAMETER_BLOCK);
    }
  });
  double sum = 0;
  for (int i = 0; i < parameter_blocks(n.count); i++) sum += n.block_sums[i];
  return sqrt(sum);
}

inline void update_parameters(Network& n, double rate) {
  const NetworkSpec& s = n.spec;
  n.updates += 1;
  run_together(n.team, [&](const Member& member) {
    const Share mine(n, member);
    float *w = n.parameters + mine.first, *g = n.gradients + mine.first;
    float *slot_1 = n.slot_1 + mine.first, *slot_2 = n.slot_2 + mine.first;
    if (s.rule == RULE_SGD) {
      sgd(w, g, slot_1, mine.count, (float)s.momentum, (float)rate);
    } else if (s.rule == RULE_RMSPROP) {
      rmsprop(w, g, slot_1, slot_2, mine.count, s.decay, (float)s.epsilon, (float)s.momentum, (float)rate);
    } else {
      adam(w, g, slot_1, slot_2, mine.count, s.beta1, s.beta2, (float)s.epsilon, rate, n.updates);
    }
    member.wait();
    n.pack(member);
  });
}

/**
 * A gradient beyond the range of float (3e38) is taken again at this fraction of its size. Back-propagation is linear in
 * the gradient of the output, and clipping by norm keeps the direction alone, so nothing else changes.
 */
constexpr double REDUCED = 0x1p-64;

inline StepReport train_step(Network& n, const Batch& batch, double rate) {
  StepReport report = {};
  report.loss = loss_and_gradients(n, batch);
  double norm = gradient_norm(n), factor = 1;
  const bool overflow = !(norm < __builtin_inf());
  if (overflow && n.spec.clip == CLIP_NORM && report.loss < __builtin_inf()) {
    factor = REDUCED;
    loss_and_gradients(n, batch, factor);
    norm = gradient_norm(n);
  }
  report.norm = norm / factor;
  report.skipped = !(report.norm < __builtin_inf());
  if (report.skipped) return report;
  if (n.spec.clip == CLIP_NORM && report.norm > n.spec.threshold) {
    run_together(n.team, [&](const Member& member) {
      const Share mine(n, member);
      scale_all(n.gradients + mine.first, mine.count, (float)(n.spec.threshold / norm));
    });
    report.clipped = 1;
  } else if (n.spec.clip == CLIP_ELEMENTWISE) {
    report.clipped = clamp_all(n.gradients, n.count, (float)n.spec.threshold);
  }
  update_parameters(n, rate);
  save_training_states(n, batch);
  return report;
}

}  // namespace IRNN_NAMESPACE
