// A head after the last step: it reads a column for each lane. Small as it is, one thread does it.
#pragma once

#include "kernels/head.hpp"
#include "network/inputs.hpp"
#include "network/softmax_head.hpp"

namespace IRNN_NAMESPACE {

/**
 * The step at which the head reads a direction: the one that it processes last; negative for a sequence
 * without steps.
 */
INLINE int last_processed(const Recurrence& r, const Window& w, int lane) {
  return r.reverse && w.length_B[lane] > 0 ? 0 : w.length_B[lane] - 1;
}

/**
 * Visits visit(unit of the top layer, its place on the tape, what dropout makes of it) for a lane that has a
 * last step.
 */
template <typename Visit>
inline void for_each_last_output(const Network& n, const LayerTape* tapes, const Window& w,
                                 const Dropout* dropout, int lane, Visit visit) {
  const int H = n.top().units();
  for (int d = 0; d < n.top().directions; d++) {
    const Recurrence& r = n.top().direction[d];
    const int t = last_processed(r, w, lane);
    RowWalk h(tapes[n.depth - 1].direction[d].z_rows(r.slot_after(t)), r.first_recurrent);
    for (int u = d * H; u < (d + 1) * H; u++, h.next()) {
      visit(u, h.at[lane], !dropout ? 1.0f : n.sites[n.depth].at(t, u, w.B)[lane] ? dropout->scale : 0.0f);
    }
  }
}

/** The columns of sequences whose last step is within the window. The others stay as they are. */
inline void read_last(const Network& n, const LayerTape* tapes, const Window& w, const Dropout* dropout,
                      const StripMatrix& outputs) {
  for (int lane = 0; lane < w.sequences; lane++) {
    if (w.length_B[lane] < 1 || w.length_B[lane] > w.steps) continue;
    for_each_last_output(n, tapes, w, dropout, lane,
                         [&](int u, float h, float factor) { *outputs.element(u, lane) = h * factor; });
  }
}

/** The classes of lanes (0 for regression), or UNSCORED. Returns the number of those scored. */
inline int lane_targets(const Network& n, const Batch& batch, int first, int sequences, int B,
                        int32_t* target_B) {
  int scored = 0;
  for (int b = 0; b < B; b++) {
    const bool none = b >= sequences || (batch.lengths && batch.lengths[first + b] == 0);
    target_B[b] = none                          ? UNSCORED
                  : n.spec.head == HEAD_SOFTMAX ? ((const int32_t*)batch.target)[first + b]
                                                : 0;
    scored += target_B[b] != UNSCORED;
  }
  return scored;
}

/** What the head reads of the top layer's last outputs: themselves, or their projection. */
inline StripMatrix read_projected(const Network& n, const Reading& reading, int B) {
  const StripMatrix outputs = {reading.outputs, (size_t)n.U, whole_strips(B)};
  if (!n.spec.projection) return outputs;
  const StripMatrix projected = {reading.projected, (size_t)n.P, outputs.columns};
  n.projection.forward(outputs, projected, Member::alone());
  return projected;
}

/** Few outputs, which the plain loops of head.hpp compute; many classes are left to the output layer. */
inline bool few_outputs(const Network& n) {
  return n.spec.head == HEAD_REGRESSION || (!n.spec.samples && n.O <= SCORE_GROUP);
}

/** The summed loss of few outputs; y_OB becomes `scale` times its gradient. */
inline double few_outputs_loss(const Network& n, const Batch& batch, int first, int sequences, int B,
                               const StripMatrix& h, const Reading& reading, float scale,
                               int32_t* predicted_B) {
  head_forward(n.O, B, n.head_weights(n.parameters), n.head_bias(n.parameters), h, reading.y_OB);
  if (n.spec.head == HEAD_SOFTMAX) {
    return cross_entropy(n.O, B, sequences, reading.target_N, scale, reading.y_OB, predicted_B);
  }
  return squared_error(n.O, B, reading.target_N, (const float*)batch.target + (size_t)first * n.O, scale,
                       reading.y_OB);
}

/**
 * The loss, summed over scored sequences from `first` on; the most probable classes go to `predicted_B`
 * unless it is null.
 */
inline double evaluate_last_step(Network& n, const Batch& batch, int first, int sequences, int B,
                                 const Reading& reading, int32_t* predicted_B) {
  const StripMatrix h = read_projected(n, reading, B);
  lane_targets(n, batch, first, sequences, B, reading.target_N);
  if (few_outputs(n)) return few_outputs_loss(n, batch, first, sequences, B, h, reading, 1.0f, predicted_B);
  evaluate_softmax(n, {h, reading.target_N, B}, reading.predicted_N, Member::alone());
  memcpy(predicted_B, reading.predicted_N, sizeof(int32_t) * sequences);
  return n.output.loss;
}

/**
 * The loss of a training batch under the reduction, and `factor` times the gradients: of the head, and dh of
 * the top layer.
 */
inline double train_last_step(Network& n, const Window& w, const Dropout* dropout, double factor,
                              const StripMatrix& dh) {
  const Reading& reading = n.reading;
  const StripMatrix outputs = {reading.outputs, (size_t)n.U, dh.columns};
  memset(reading.outputs, 0, sizeof(float) * n.U * dh.columns);
  read_last(n, n.tapes, w, dropout, outputs);
  const int scored = lane_targets(n, *w.batch, 0, w.sequences, w.B, reading.target_N);
  const double scale = n.spec.sum_loss || scored == 0 ? 1.0 : 1.0 / scored;

  const StripMatrix h = read_projected(n, reading, w.B);
  const StripMatrix d_head = {n.spec.projection ? reading.d_projected : dh.base, (size_t)n.P, dh.columns};
  double loss;
  if (few_outputs(n)) {
    loss = few_outputs_loss(n, *w.batch, 0, w.sequences, w.B, h, reading, (float)(scale * factor), nullptr);
    head_backward(n.O, w.B, n.head_weights(n.parameters), reading.y_OB, h, n.head_weights(n.gradients),
                  n.head_bias(n.gradients), d_head);
  } else {
    train_softmax(n, *w.batch, {h, reading.target_N, w.B}, scale * factor, d_head, Member::alone());
    loss = n.output.loss;
  }
  if (n.spec.projection) n.projection.backward(outputs, d_head, dh, Member::alone());
  for (int lane = 0; dropout && lane < w.sequences; lane++) {
    if (w.length_B[lane] < 1) continue;
    for_each_last_output(n, n.tapes, w, dropout, lane,
                         [&](int u, float, float factor_of_unit) { *dh.element(u, lane) *= factor_of_unit; });
  }
  return loss * scale;
}

}  // namespace IRNN_NAMESPACE
