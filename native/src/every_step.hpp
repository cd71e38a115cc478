// A head at every step: the scored positions of a window as columns, in chunks.
#pragma once

#include "reading.hpp"

namespace IRNN_NAMESPACE {

/** The class wanted at a step of a lane; UNSCORED where there is none. */
INLINE int32_t target_at(const Window& w, int t, int lane) {
  if (t >= w.length_B[lane]) return UNSCORED;
  return ((const int32_t*)w.batch->target)[(size_t)(w.first_step + t) * w.batch->size + w.first_sequence + lane];
}

/** Calls visit(count) for chunks of scored positions: their places are in n.positions and their targets in the output layer. */
template <typename Visit>
inline void for_each_chunk(Network& n, const Window& w, Visit visit) {
  int count = 0;
  for (int t = 0; t < w.steps; t++) {
    for (int lane = 0; lane < w.sequences; lane++) {
      const int32_t target = target_at(w, t, lane);
      if (target == UNSCORED) continue;
      n.positions[count] = {t, lane};
      n.output.scores.target[count] = target;
      if (++count == n.output.capacity) visit(count), count = 0;
    }
  }
  if (count > 0) visit(count);
}

/** Reads a chunk's columns; returns them as they are before a projection. */
inline StripMatrix read_chunk(Network& n, const LayerTape* tapes, const Dropout* dropout, int count) {
  n.output.begin(count);
  const StripMatrix inputs = n.output.inputs();
  const StripMatrix read = {n.spec.projection ? n.read : inputs.base, (size_t)n.U, inputs.columns};
  n.parallel()(read.columns, [&](int from, int to) {
    for (int c = from; c < to; c++) {
      if (c >= count) {
        clear_column(read, c);
        continue;
      }
      const Network::Position at = n.positions[c];
      read_column(n, tapes[n.depth - 1], dropout, at.lane, [&](const Recurrence&) { return at.t; }, read, c);
    }
  });
  if (n.spec.projection) n.projection.forward(read, inputs, n.parallel());
  return read;
}

/** As train_last_step; dh has a column for every step and lane. */
inline double train_every_step(Network& n, const Window& w, const Dropout* dropout, double factor, const StripMatrix& dh) {
  int scored = 0;
  for (int t = 0; t < w.steps; t++) {
    for (int lane = 0; lane < w.sequences; lane++) scored += target_at(w, t, lane) != UNSCORED;
  }
  const double scale = n.spec.sum_loss || scored == 0 ? 1.0 : 1.0 / scored;
  const OutputWeights weights = {n.head_weights(n.parameters), n.head_bias(n.parameters), n.head_weights(n.gradients),
                                 n.head_bias(n.gradients)};
  n.parallel()(dh.strips(), [&](int from, int to) {
    for (int s = from; s < to; s++) memset(dh.at(s, 0), 0, sizeof(float) * dh.rows * dh.width(s));
  });
  double loss = 0;
  bool add = false;
  for_each_chunk(n, w, [&](int count) {
    const StripMatrix read = read_chunk(n, n.tapes, dropout, count);
    loss += n.output.train(Classes::all(n.O), weights, (float)(scale * factor), add, n.parallel());
    const StripMatrix d_read = d_projected(n, read, n.output.input_gradients(), add);
    n.parallel()(count, [&](int from, int to) {
      for (int c = from; c < to; c++) {
        const Network::Position at = n.positions[c];
        return_column(n, dropout, w.B, at.lane, [&](const Recurrence&) { return at.t; }, d_read, c, dh,
                      at.t * w.B + at.lane);
      }
    });
    add = true;
  });
  if (!add) {  // nothing was scored
    const size_t head = (size_t)n.O * n.P + n.O + (n.spec.projection ? (size_t)n.P * n.U : 0);
    memset(n.gradients + n.count - head, 0, sizeof(float) * head);
  }
  return loss * scale;
}

/** The summed loss of a window's scored positions; the most probable classes go to `predicted`. */
inline double evaluate_every_step(Network& n, const LayerTape* tapes, const Window& w, int32_t* predicted) {
  const OutputWeights weights = {n.head_weights(n.parameters), n.head_bias(n.parameters), nullptr, nullptr};
  double loss = 0;
  for_each_chunk(n, w, [&](int count) {
    read_chunk(n, tapes, nullptr, count);
    loss += n.output.evaluate(Classes::all(n.O), weights, n.parallel());
    for (int c = 0; c < count; c++) {
      const Network::Position at = n.positions[c];
      predicted[(size_t)(w.first_step + at.t) * w.batch->size + w.first_sequence + at.lane] = n.output.predicted[c];
    }
  });
  return loss;
}

}  // namespace IRNN_NAMESPACE
