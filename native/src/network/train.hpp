// The training step: gradients, clipping, update.
#pragma once

#include "kernels/optimizer.hpp"
#include "network/sweeps.hpp"

namespace IRNN_NAMESPACE {

/**
 * Parameters are normed and updated in blocks, which threads share: the sum of squares is that of the blocks'
 * sums.
 */
constexpr size_t PARAMETER_BLOCK = 1 << 18;

inline int parameter_blocks(size_t count) { return (int)((count + PARAMETER_BLOCK - 1) / PARAMETER_BLOCK); }

/** Calls visit(gradients, count): of the dense parameters, then of each table. */
template <typename Visit>
inline void for_each_gradient(Network& n, Visit visit) {
  visit(n.gradients, n.dense);
  n.for_each_table([&](size_t, SparseRows& d) { visit(d.values, d.size()); });
}

inline double gradient_norm(Network& n) {
  int blocks = 0;
  for_each_gradient(n, [&](float*, size_t count) { blocks += parameter_blocks(count); });
  run_together(n.team, [&](const Member& member) {
    int before = 0;
    for_each_gradient(n, [&](const float* g, size_t count) {
      const Range mine = member.share(parameter_blocks(count));
      for (int i = mine.first; i < mine.end; i++) {
        const size_t first = i * PARAMETER_BLOCK, left = count - first;
        n.block_sums[before + i] = sum_of_squares(g + first, left < PARAMETER_BLOCK ? left : PARAMETER_BLOCK);
      }
      before += parameter_blocks(count);
    });
  });
  double sum = 0;
  for (int i = 0; i < blocks; i++) sum += n.block_sums[i];
  return sqrt(sum);
}

/** Clamps every component; true when any was outside. */
inline bool clamp_gradients(Network& n, float bound) {
  bool clamped = false;
  for_each_gradient(n, [&](float* g, size_t count) { clamped |= clamp_all(g, count, bound); });
  return clamped;
}

/**
 * The update of a table equals that with a dense gradient, to the bit: rows that were not touched are left
 * alone only by a rule that does not remember anything, and without weight decay.
 */
inline void update_table(Network& n, const Update& update, size_t first, const SparseRows& d,
                         const Member& member) {
  const bool all = n.slot_1 != nullptr || n.spec.weight_decay != 0;
  const Range mine = member.share(all ? d.rows : d.count);
  for (int i = mine.first; i < mine.end; i++) {
    const int row = all ? i : d.touched[i];
    const size_t at = first + (size_t)row * d.width;
    const float* g = d.row(row);
    update(n.parameters + at, g ? g : n.zeros, n.slot_1 ? n.slot_1 + at : nullptr,
           n.slot_2 ? n.slot_2 + at : nullptr, d.width);
  }
}

/** Applies the rule to `factor` times the gradients. */
inline void update_parameters(Network& n, double rate, double factor) {
  n.updates += 1;
  const Update update(n.spec, rate, n.updates, factor);
  run_together(n.team, [&](const Member& member) {
    const Range blocks = member.share(parameter_blocks(n.dense));
    const size_t first = blocks.first * PARAMETER_BLOCK, whole = blocks.end * PARAMETER_BLOCK;
    const size_t end = whole < n.dense ? whole : n.dense;
    update(n.parameters + first, n.gradients + first, n.slot_1 ? n.slot_1 + first : nullptr,
           n.slot_2 ? n.slot_2 + first : nullptr, end - first);
    n.for_each_table([&](size_t table, const SparseRows& d) { update_table(n, update, table, d, member); });
    member.wait();
    n.pack(member);
  });
}

/**
 * A gradient beyond the range of float (3e38) is taken again at this fraction of its size. Back-propagation
 * is linear in the gradient of the output, and clipping by norm keeps the direction alone, so nothing else
 * changes.
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
  double applied = 1;
  if (n.spec.clip == CLIP_NORM && report.norm > n.spec.threshold) {
    applied = n.spec.threshold / norm;
    report.clipped = 1;
  } else if (n.spec.clip == CLIP_ELEMENTWISE) {
    report.clipped = clamp_gradients(n, (float)n.spec.threshold);
  }
  update_parameters(n, rate, applied);
  save_training_states(n, batch);
  return report;
}

}  // namespace IRNN_NAMESPACE
