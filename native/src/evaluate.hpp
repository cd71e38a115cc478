// Scoring without gradients: any number of sequences of any length, in groups of lanes, with two steps' memory.
#pragma once

#include "sweeps.hpp"

namespace IRNN_NAMESPACE {

/** Sequences [first, first + sequences) of a batch of `of`. */
inline double evaluate_group(Network& n, const float* x_TIB, const void* target, int of, int steps, int first,
                             int sequences, int32_t* predicted) {
  const int B = whole_vectors(sequences);
  ZRows z[2];
  for (int i = 0; i < 2; i++) {
    z[i] = {n.evaluation_z[i], (size_t)Z_GROUP * B, (size_t)B};
    memset(n.evaluation_z[i], 0, sizeof(float) * (size_t)n.K * B);
    memset(n.evaluation_c[i], 0, sizeof(float) * (size_t)n.H * B);
    for (int b = 0; b < sequences; b++) z[i].at(n.I)[b] = 1;
  }
  for (int t = 0; t < steps; t++) {
    const int now = t & 1, next = 1 - now;
    copy_inputs(n.I, x_TIB + (size_t)t * n.I * of, of, first, sequences, z[now]);
    forward_step(n, t, z[now], n.evaluation_c[now], nullptr, n.evaluation_c[next], z[next]);
  }
  head_forward(n.O, n.H, n.head_weights(), n.head_bias(), z[steps & 1], n.first_recurrent, n.evaluation_y);
  const void* group_target = n.spec.head == HEAD_SOFTMAX ? (const void*)((const int32_t*)target + first)
                                                         : (const void*)((const float*)target + (size_t)first * n.O);
  return loss_and_gradient(n, B, sequences, group_target, 1.0f, n.evaluation_y,
                           predicted ? predicted + first : nullptr);
}

/** The summed loss of any number of sequences; the most probable classes go to `predicted` unless it is null. */
inline double evaluate(Network& n, const float* x_TIB, const void* target, int sequences, int steps,
                       int32_t* predicted) {
  double loss = 0;
  for (int first = 0; first < sequences; first += EVALUATION_LANES) {
    const int group = sequences - first < EVALUATION_LANES ? sequences - first : EVALUATION_LANES;
    loss += evaluate_group(n, x_TIB, target, sequences, steps, first, group, predicted);
  }
  return loss;
}

/** Units whose output is not zero at some step of some sequence of a training batch. */
inline int live_units(Network& n, const float* x_TIB) {
  forward_sweep(n, x_TIB);
  int live = 0;
  for (int u = 0; u < n.H; u++) {
    bool any = false;
    for (int t = 1; t <= n.T && !any; t++) {
      const float* h = n.z_rows(t).at(n.first_recurrent + u);
      for (int b = 0; b < n.spec.batch; b++) any = any || h[b] != 0;
    }
    live += any;
  }
  return live;
}

}  // namespace IRNN_NAMESPACE
