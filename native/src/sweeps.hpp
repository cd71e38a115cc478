// The whole network: loss and gradients of a training batch.
#pragma once

#include "every_step.hpp"
#include "last_step.hpp"
#include "states.hpp"

namespace IRNN_NAMESPACE {

/** All layers over a window, from the states in their tapes. */
inline void forward_layers(const Network& n, const LayerTape* tapes, const Window& w, const Dropout* dropout,
                           const Member& member) {
  for (int k = 0; k < n.depth; k++) {
    for (int d = 0; d < n.layers[k].directions; d++) {
      const auto fill = [&](int t, ZRows z, const Member& m) { fill_inputs(n, tapes, w, dropout, k, t, z, m); };
      forward_sweep(n.layers[k].direction[d], tapes[k].direction[d], w, fill, member);
    }
  }
}

/** The window of a whole training batch, with the states it starts from in the tapes. */
inline Window training_window(Network& n, const Batch& batch) {
  const bool ragged = lane_lengths(batch, 0, batch.size, 0, batch.steps, n.B, n.length_B);
  const Window w = {&batch, 0, batch.size, 0, batch.steps, n.B, ragged, n.length_B};
  clear_states(n, n.tapes, w);
  if (batch.carry) set_states(n, n.tapes, w, n.carried);
  return w;
}

inline void forward_training(const Network& n, const Window& w, const Dropout* dropout) {
  run_together(n.team, [&](const Member& member) {
    if (dropout) {
      for (int k = n.spec.vocabulary ? 0 : 1; k <= n.depth; k++) {
        dropout->decide(n.sites[k], w.batch->index, w.steps, w.B, member);
      }
      member.wait();
    }
    forward_layers(n, n.tapes, w, dropout, member);
  });
}

/** Gradients at a dropout site, of this thread's share of the steps. */
inline void drop_gradients(const Network& n, const Window& w, const Dropout& dropout, int site, const StripMatrix& d,
                           const Member& member) {
  const Range steps = member.share(w.steps);
  for (int t = steps.first; t < steps.end; t++) {
    for (int u = 0; u < (int)d.rows; u++) {
      const uint8_t* keep = n.sites[site].at(t, u, w.B);
      for (int b = 0; b < w.B; b += LANES) {
        float* at = d.element(u, t * w.B + b);
        dropout.apply(keep + b, LANES, at, at);
      }
    }
  }
}

/** From dL/dh of the top layer, in n.between[0], to all gradients below it. */
inline void backward_layers(const Network& n, const Window& w, const Dropout* dropout, const Member& member) {
  for (int k = n.depth - 1, from = 0; k >= 0; k--, from = 1 - from) {
    const Layer& layer = n.layers[k];
    const bool every_step = n.spec.every_step || k < n.depth - 1;
    const StripMatrix dh = {n.between[from], (size_t)layer.outputs(), every_step ? w.steps * w.B : whole_strips(w.B)};
    const StripMatrix dx = {n.between[1 - from], (size_t)layer.inputs(), w.steps * w.B};
    const bool descends = layer.direction[0].differentiates_inputs;
    for (int d = 0; d < layer.directions; d++) {
      const FromAbove above = {dh, d * layer.units(), every_step};
      backward_sweep(layer.direction[d], n.tapes[k].direction[d], w, above, n.T, n.scratch, descends ? &dx : nullptr, d == 1,
                     member);
    }
    if (!dropout || !descends) continue;
    drop_gradients(n, w, *dropout, k, dx, member);
    member.wait();
  }
}

/** Fills `gradients` with `factor` times the gradient; returns the batch's loss under the reduction. */
inline double loss_and_gradients(Network& n, const Batch& batch, double factor = 1) {
  const Window w = training_window(n, batch);
  const Dropout dropout = n.dropout();
  const Dropout* drops = n.drops() ? &dropout : nullptr;
  forward_training(n, w, drops);
  const StripMatrix dh = {n.between[0], (size_t)n.U, n.spec.every_step ? w.steps * w.B : whole_strips(w.B)};
  const double loss = n.spec.every_step ? train_every_step(n, w, drops, factor, dh) : train_last_step(n, w, drops, factor, dh);
  run_together(n.team, [&](const Member& member) { backward_layers(n, w, drops, member); });
  return loss;
}

}  // namespace IRNN_NAMESPACE
