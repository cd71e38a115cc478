// A head after the last step: one column a lane.
#pragma once

#include "head.hpp"
#include "reading.hpp"

namespace IRNN_NAMESPACE {

/** The step at which the head reads a direction: the one that it processes last; negative for a sequence without steps. */
INLINE int last_processed(const Recurrence& r, const Window& w, int lane) {
  return r.reverse && w.length_B[lane] > 0 ? 0 : w.length_B[lane] - 1;
}

/** The columns of sequences whose last step is within the window. The others stay as they are. */
inline void read_last(const Network& n, const LayerTape* tapes, const Window& w, const Dropout* dropout,
                      const StripMatrix& read) {
  for (int lane = 0; lane < w.sequences; lane++) {
    if (w.length_B[lane] < 1 || w.length_B[lane] > w.steps) continue;
    read_column(n, tapes[n.depth - 1], dropout, lane, [&](const Recurrence& r) { return last_processed(r, w, lane); },
                read, lane);
  }
}

/** Lanes that are scored: their class (0 for regression), or UNSCORED. Returns their number. */
inline int scored_lanes(const Network& n, const Batch& batch, int first, int sequences, int B, int32_t* class_B) {
  int scored = 0;
  for (int b = 0; b < B; b++) {
    const bool none = b >= sequences || (batch.lengths && batch.lengths[first + b] == 0);
    class_B[b] = none ? UNSCORED : n.spec.head == HEAD_SOFTMAX ? ((const int32_t*)batch.target)[first + b] : 0;
    scored += class_B[b] != UNSCORED;
  }
  return scored;
}

/** The summed loss of what is read; y_OB becomes `scale` times its gradient. */
inline double last_step_loss(const Network& n, const Batch& batch, int first, int sequences, int B, const StripMatrix& read,
                             float scale, int32_t* predicted) {
  const StripMatrix h = projected(n, read);
  head_forward(n.O, B, n.head_weights(n.parameters), n.head_bias(n.parameters), h, n.y_OB);
  if (n.spec.head == HEAD_REGRESSION) {
    return squared_error(n.O, B, n.class_B, (const float*)batch.target + (size_t)first * n.O, scale, n.y_OB);
  }
  return cross_entropy(n.O, B, sequences, n.class_B, scale, n.y_OB, predicted ? predicted + first : nullptr);
}

/** The loss of a training batch under the reduction, with `factor` times the gradients of the head; dh of the top layer. */
inline double train_last_step(const Network& n, const Window& w, const Dropout* dropout, double factor, const StripMatrix& dh) {
  const StripMatrix read = {n.read, (size_t)n.U, whole_strips(w.B)};
  memset(n.read, 0, sizeof(float) * n.U * read.columns);
  read_last(n, n.tapes, w, dropout, read);
  const int scored = scored_lanes(n, *w.batch, 0, w.sequences, w.B, n.class_B);
  const double scale = n.spec.sum_loss || scored == 0 ? 1.0 : 1.0 / scored;
  const double loss = last_step_loss(n, *w.batch, 0, w.sequences, w.B, read, (float)(scale * factor), nullptr);

  const StripMatrix h = {n.spec.projection ? n.projected : n.read, (size_t)n.P, read.columns};
  const StripMatrix dh_head = {n.spec.projection ? n.d_projected : n.d_read, (size_t)n.P, read.columns};
  head_backward(n.O, w.B, n.head_weights(n.parameters), n.y_OB, h, n.head_weights(n.gradients), n.head_bias(n.gradients),
                dh_head);
  const StripMatrix d_read = d_projected(n, read, dh_head, false);
  for (int lane = 0; lane < w.B; lane++) {
    const bool idle = w.length_B[lane] < 1;
    return_column(n, idle ? nullptr : dropout, w.B, lane, [&](const Recurrence& r) { return last_processed(r, w, lane); },
                  d_read, lane, dh, lane);
  }
  return loss * scale;
}

}  // namespace IRNN_NAMESPACE
