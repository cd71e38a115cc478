// Scoring without gradients: any number of sequences of any length, in groups of lanes and windows of steps.
//
// Layers in one direction need no more than a few steps' memory: all layers run over a window, and hand their
// states to the next. A reverse direction begins at the end, so with one the window is the whole sequence and
// the lanes are few.
#pragma once

#include "network/sweeps.hpp"

namespace IRNN_NAMESPACE {

constexpr size_t EVALUATION_BYTES = 512 << 10;  // of a window's rows: they stay in the second-level cache
// Columns of a window, for a head at every step: they repay the packing of its weights.
constexpr int HEAD_COLUMNS = 512;

/** Tapes for windows of so many steps and lanes, in memory of their own. */
struct Workspace {
  int steps, lanes;
  void* memory;
  LayerTape* tapes;
  Reading reading;

  bool reserve(const Network& n, int wanted_steps, int wanted_lanes) {
    steps = wanted_steps, lanes = wanted_lanes;
    tapes = (LayerTape*)calloc(n.depth, sizeof(LayerTape));
    if (!tapes) return false;
    Arena arena;
    place(n, arena);
    memory = arena.base = Arena::reserve(arena.used);
    arena.used = 0;
    if (memory) place(n, arena);
    return memory != nullptr;
  }
  void place(const Network& n, Arena& arena) {
    const NetworkSpec& s = n.spec;
    reading.place(arena, n.U, s.projection ? n.P : 0,
                  s.head == HEAD_SOFTMAX && (s.every_step || n.O > SCORE_GROUP) ? 0 : n.O,
                  s.every_step ? steps * lanes : lanes);
    for (int k = 0; k < n.depth; k++) {
      for (int d = 0; d < n.layers[k].directions; d++) {
        tapes[k].direction[d].place(arena, n.layers[k].direction[d], steps, lanes, false);
      }
    }
  }
  void release() {
    free(memory);
    free(tapes);
  }
};

/** Makes n.evaluated fit `size` sequences; zero unless it did already. False when memory is short. */
inline bool hold_states(Network& n, int size) {
  if (n.bidirectional() || n.evaluated.size == size) return true;
  free(n.evaluated.values);
  n.evaluated.values = (float*)calloc(states_size(n, size), sizeof(float));
  n.evaluated.size = n.evaluated.values ? size : 0;
  return n.evaluated.values != nullptr;
}

/** The predictions of a window, where they belong in the batch. */
inline void copy_predictions(const Window& w, const int32_t* predicted_N, int32_t* predicted) {
  for (int t = 0; t < w.steps; t++) {
    memcpy(predicted + (size_t)(w.first_step + t) * w.batch->size + w.first_sequence,
           predicted_N + (size_t)t * w.B, sizeof(int32_t) * w.sequences);
  }
}

/** Sequences [first, first + sequences) of a batch. */
inline double evaluate_group(Network& n, const Batch& batch, int first, int sequences, const Workspace& space,
                             int32_t* predicted) {
  const int B = space.lanes;
  const StripMatrix outputs = {space.reading.outputs, (size_t)n.U, whole_strips(B)};
  if (!n.spec.every_step) memset(outputs.base, 0, sizeof(float) * n.U * outputs.columns);
  double loss = 0;
  for (int step = 0; step < batch.steps; step += space.steps) {
    const int steps = batch.steps - step < space.steps ? batch.steps - step : space.steps;
    const bool ragged = lane_lengths(batch, first, sequences, step, steps, B, n.length_B);
    const Window w = {&batch, first, sequences, step, steps, B, ragged, n.length_B};
    if (step > 0) move_states(n, space.tapes, space.steps, B);
    else clear_states(n, space.tapes, w);
    if (step == 0 && batch.carry) set_states(n, space.tapes, w, n.evaluated);
    if (n.spec.every_step) step_targets(w, space.reading.target_N);
    run_together(n.team, [&](const Member& member) {
      forward_layers(n, space.tapes, w, nullptr, member);
      if (n.spec.every_step) evaluate_every_step(n, space.tapes, w, space.reading, member);
    });
    if (!n.bidirectional()) save_states(n, space.tapes, w, n.evaluated);
    if (n.spec.every_step) {
      loss += n.output.loss;
      copy_predictions(w, space.reading.predicted_N, predicted);
    } else {
      read_last(n, space.tapes, w, nullptr, outputs);
    }
  }
  if (n.spec.every_step) return loss;
  return evaluate_last_step(n, batch, first, sequences, B, space.reading,
                            predicted ? predicted + first : nullptr);
}

/**
 * Adds up the loss of any number of sequences; the most probable classes go to `predicted` unless it is null.
 * False when there is not enough memory. Final states replace n.evaluated, from which a batch that carries on
 * starts.
 */
inline bool evaluate(Network& n, const Batch& batch, int32_t* predicted, double* loss) {
  size_t step_bytes = 0;
  for (int k = 0; k < n.depth; k++)
    step_bytes += sizeof(float) * n.layers[k].direction[0].K * EVALUATION_LANES;
  const int most_lanes = n.bidirectional() ? n.B : EVALUATION_LANES;
  const int groups = (batch.size + most_lanes - 1) / most_lanes;
  const int lanes = whole_vectors((batch.size + groups - 1) / groups);
  const int fitting = (int)(EVALUATION_BYTES / step_bytes),
            wanted = n.spec.every_step ? HEAD_COLUMNS / lanes : 1;
  const int window = fitting > wanted ? fitting : wanted;
  const int steps = n.bidirectional() || window >= batch.steps ? batch.steps : window;
  Workspace space = {};
  const bool ready = space.reserve(n, steps, lanes) && hold_states(n, batch.size);
  for (int first = 0; ready && first < batch.size; first += lanes) {
    const int group = batch.size - first < lanes ? batch.size - first : lanes;
    *loss += evaluate_group(n, batch, first, group, space, predicted);
  }
  space.release();
  return ready;
}

/** Units whose output is not zero at some step of some sequence of a training batch. */
inline int live_units(Network& n, const Batch& batch) {
  const Window w = training_window(n, batch);
  run_together(n.team, [&](const Member& member) { forward_training(n, w, nullptr, member); });
  int live = 0;
  for (int k = 0; k < n.depth; k++) {
    for (int d = 0; d < n.layers[k].directions; d++) {
      const Recurrence& r = n.layers[k].direction[d];
      for (int u = 0; u < r.H; u++) {
        bool any = false;
        for (int t = 0; t < w.steps && !any; t++) {
          const float* h = n.tapes[k].direction[d].z_rows(r.slot_after(t)).at(r.first_recurrent + u);
          for (int b = 0; b < batch.size; b++) any = any || h[b] != 0;
        }
        live += any;
      }
    }
  }
  return live;
}

}  // namespace IRNN_NAMESPACE
