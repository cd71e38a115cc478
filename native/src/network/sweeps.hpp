// The whole network: loss and gradients of a training batch.
#pragma once

#include "network/every_step.hpp"
#include "network/last_step.hpp"
#include "network/states.hpp"

namespace IRNN_NAMESPACE {

/** All layers over a window, from the states in their tapes. */
inline void forward_layers(const Network& n, const LayerTape* tapes, const Window& w, const Dropout* dropout,
                           const Member& member) {
  for (int k = 0; k < n.depth; k++) {
    for (int d = 0; d < n.layers[k].directions; d++) {
      const auto fill = [&](int t, ZRows z, const Member& m) {
        fill_inputs(n, tapes, w, dropout, k, t, z, m);
      };
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

/** Dropout's decisions and all layers, of a whole training batch. */
inline void forward_training(const Network& n, const Window& w, const Dropout* dropout,
                             const Member& member) {
  for (int k = n.spec.vocabulary ? 0 : 1; dropout && k <= n.depth; k++) {
    dropout->decide(n.sites[k], w.batch->index, w.steps, w.B, member);
  }
  member.wait();
  forward_layers(n, n.tapes, w, dropout, member);
}

/** Gradients at a dropout site, of this thread's share of the steps. */
inline void drop_gradients(const Network& n, const Window& w, const Dropout& dropout, int site,
                           const StripMatrix& d, const Member& member) {
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

/** dL/d(outputs of the top layer) of a training batch. */
inline StripMatrix top_gradients(const Network& n, const Window& w) {
  return {n.between[0], (size_t)n.U, whole_strips(n.spec.every_step ? w.steps * w.B : w.B)};
}

/** From the gradients of the top layer's outputs to all gradients below them. */
inline void backward_layers(Network& n, const Window& w, const Dropout* dropout, const Member& member) {
  StripMatrix dh = top_gradients(n, w);
  for (int k = n.depth - 1; k >= 0; k--) {
    const Layer& layer = n.layers[k];
    const StripMatrix dx = {n.between[(n.depth - k) % 2], (size_t)layer.inputs(),
                            whole_strips(w.steps * w.B)};
    const bool descends = layer.direction[0].differentiates_inputs;
    for (int d = 0; d < layer.directions; d++) {
      const FromAbove above = {dh, d * layer.units(), n.spec.every_step || k < n.depth - 1};
      backward_sweep(layer.direction[d], n.tapes[k].direction[d], w, above, n.T, n.scratch,
                     descends ? &dx : nullptr, d == 1, member);
    }
    if (!descends) return;
    if (dropout) drop_gradients(n, w, *dropout, k, dx, member);
    member.wait();
    dh = dx;
  }
  embedding_gradient(w, dh, n.d_embedding, member);
}

/** Fills `gradients` with `factor` times the gradient; returns the batch's loss under the reduction. */
inline double loss_and_gradients(Network& n, const Batch& batch, double factor = 1) {
  const Window w = training_window(n, batch);
  const Dropout decisions = n.dropout(), *dropout = n.spec.dropout > 0 ? &decisions : nullptr;
  const StripMatrix dh = top_gradients(n, w);
  double scale = 1, loss = 0;
  if (n.spec.every_step) {
    const int scored = step_targets(w, n.reading.target_N);
    if (!n.spec.sum_loss && scored > 0) scale = 1.0 / scored;
  }
  run_together(n.team, [&](const Member& member) {
    forward_training(n, w, dropout, member);
    if (n.spec.every_step) {
      train_every_step(n, w, dropout, scale * factor, dh, member);
      if (dropout) drop_gradients(n, w, *dropout, n.depth, dh, member);
    } else if (member.leads()) {
      loss = train_last_step(n, w, dropout, factor, dh);
    }
    member.wait();
    backward_layers(n, w, dropout, member);
  });
  return n.spec.every_step ? n.output.loss * scale : loss;
}

}  // namespace IRNN_NAMESPACE
