// A head at every step: it reads a column for each step and lane of a window. All threads call these
// functions.
#pragma once

#include "network/inputs.hpp"
#include "network/softmax_head.hpp"

namespace IRNN_NAMESPACE {

/** Outputs of the top layer, or what their projection makes of them. */
inline StripMatrix read_all(const Network& n, const LayerTape* tapes, const Window& w, const Dropout* dropout,
                            const Reading& reading, const Member& member) {
  const int columns = w.steps * w.B, H = n.top().units();
  const StripMatrix outputs = {reading.outputs, (size_t)n.U, whole_strips(columns)};
  const Range steps = member.share(w.steps);
  for (int d = 0; d < n.top().directions; d++) {
    const Recurrence& r = n.top().direction[d];
    for (int t = steps.first; t < steps.end; t++) {
      RowWalk h(tapes[n.depth - 1].direction[d].z_rows(r.slot_after(t)), r.first_recurrent);
      for (int u = d * H; u < (d + 1) * H; u++, h.next()) {
        for (int b = 0; b < w.B; b += LANES) {
          float* to = outputs.element(u, t * w.B + b);
          if (dropout) dropout->apply(n.sites[n.depth].at(t, u, w.B) + b, LANES, h.at + b, to);
          else store(to, load(h.at + b));
        }
      }
    }
  }
  if (member.leads() && outputs.columns > columns) {
    for (int u = 0; u < n.U; u++) store(outputs.element(u, columns), V{});
  }
  member.wait();
  if (!n.spec.projection) return outputs;
  const StripMatrix projected = {reading.projected, (size_t)n.P, outputs.columns};
  n.projection.forward(outputs, projected, member);
  return projected;
}

/** The classes wanted in a window, UNSCORED where there is none. Returns the number of those scored. */
inline int step_targets(const Window& w, int32_t* target_N) {
  int scored = 0;
  for (int t = 0; t < w.steps; t++) {
    const int32_t* targets =
        (const int32_t*)w.batch->target + (size_t)(w.first_step + t) * w.batch->size + w.first_sequence;
    for (int b = 0; b < w.B; b++) {
      target_N[t * w.B + b] = t < w.length_B[b] ? targets[b] : UNSCORED;
      scored += target_N[t * w.B + b] != UNSCORED;
    }
  }
  return scored;
}

/**
 * As train_last_step, once n.reading has its targets; `scale` is the factor of the summed loss. The loss is
 * in n.output.
 */
inline void train_every_step(Network& n, const Window& w, const Dropout* dropout, double scale,
                             const StripMatrix& dh, const Member& member) {
  const StripMatrix x = read_all(n, n.tapes, w, dropout, n.reading, member);
  const StripMatrix dx = {n.spec.projection ? n.reading.d_projected : dh.base, (size_t)n.P, x.columns};
  train_softmax(n, *w.batch, {x, n.reading.target_N, w.steps * w.B}, scale, dx, member);
  member.wait();
  if (!n.spec.projection) return;
  n.projection.backward({n.reading.outputs, (size_t)n.U, x.columns}, dx, dh, member);
}

/**
 * The most probable classes at the scored positions of a window go to reading.predicted_N, the loss to
 * n.output.
 */
inline void evaluate_every_step(Network& n, const LayerTape* tapes, const Window& w, const Reading& reading,
                                const Member& member) {
  const StripMatrix x = read_all(n, tapes, w, nullptr, reading, member);
  evaluate_softmax(n, {x, reading.target_N, w.steps * w.B}, reading.predicted_N, member);
}

}  // namespace IRNN_NAMESPACE
