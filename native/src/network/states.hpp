// Hidden states handed from one batch to the next: in and out of the tapes of a window.
#pragma once

#include "network/network.hpp"

namespace IRNN_NAMESPACE {

/** Floats of the states of `size` sequences. */
inline size_t states_size(const Network& n, int size) {
  size_t floats = 0;
  for (int k = 0; k < n.depth; k++) {
    const Recurrence& r = n.layers[k].direction[0];
    floats += (size_t)(r.cell == CELL_LSTM ? 2 : 1) * r.H * size;
  }
  return floats;
}

/**
 * Visits visit(value in `states`, its place in the tape) for h and c of one lane, `slot` being where the
 * state stands.
 */
template <typename SlotOf, typename Visit>
inline void for_each_state(const Network& n, const LayerTape* tapes, const Window& w, const States& states,
                           SlotOf slot_of, Visit visit) {
  float* values = states.values;
  for (int k = 0; k < n.depth; k++) {
    const Recurrence& r = n.layers[k].direction[0];
    const Tape& tape = tapes[k].direction[0];
    for (int b = 0; b < w.sequences; b++) {
      const int slot = slot_of(b);
      if (slot < 0) continue;
      float* own = values + (size_t)(w.first_sequence + b) * r.H;
      const ZRows z = tape.z_rows(slot);
      for (int u = 0; u < r.H; u++) visit(own[u], z.at(r.first_recurrent + u)[b]);
      if (r.cell != CELL_LSTM) continue;
      own += (size_t)states.size * r.H;
      for (int u = 0; u < r.H; u++) visit(own[u], tape.c(slot)[(size_t)u * tape.B + b]);
    }
    values += (size_t)(r.cell == CELL_LSTM ? 2 : 1) * r.H * states.size;
  }
}

/** The state before a window's first step. */
inline void set_states(const Network& n, const LayerTape* tapes, const Window& w, const States& states) {
  for_each_state(
      n, tapes, w, states, [](int) { return 0; }, [](float saved, float& place) { place = saved; });
}

/** Of every sequence that has not ended before the window, the state after its last step within it. */
inline void save_states(const Network& n, const LayerTape* tapes, const Window& w, const States& states) {
  const auto last_slot = [&](int b) { return w.length_B[b] < w.steps ? w.length_B[b] : w.steps; };
  for_each_state(n, tapes, w, states, last_slot, [](float& saved, float place) { saved = place; });
}

/** After a training batch: its final states are those that the next one may take over. */
inline void save_training_states(const Network& n, const Batch& batch) {
  if (n.bidirectional()) return;
  const Window w = {&batch, 0, batch.size, 0, batch.steps, n.B, true, n.length_B};
  save_states(n, n.tapes, w, n.carried);
}

/** Zero states before the first step, of all lanes and directions. */
inline void clear_states(const Network& n, const LayerTape* tapes, const Window& w) {
  for (int k = 0; k < n.depth; k++) {
    for (int d = 0; d < n.layers[k].directions; d++) {
      const Recurrence& r = n.layers[k].direction[d];
      const Tape& tape = tapes[k].direction[d];
      const int slot = r.first_slot(w.steps);
      RowWalk h(tape.z_rows(slot), r.first_recurrent);
      for (int u = 0; u < r.H; u++, h.next()) memset(h.at, 0, sizeof(float) * w.B);
      if (tape.c_THB) memset(tape.c(slot), 0, sizeof(float) * r.H * w.B);
    }
  }
}

/** The state after a window's last step becomes the one before the first step of the next. */
inline void move_states(const Network& n, const LayerTape* tapes, int steps, int B) {
  for (int k = 0; k < n.depth; k++) {
    const Recurrence& r = n.layers[k].direction[0];
    const Tape& tape = tapes[k].direction[0];
    RowWalk to(tape.z_rows(0), r.first_recurrent), from(tape.z_rows(steps), r.first_recurrent);
    for (int u = 0; u < r.H; u++, to.next(), from.next()) memcpy(to.at, from.at, sizeof(float) * B);
    if (tape.c_THB) memcpy(tape.c(0), tape.c(steps), sizeof(float) * r.H * B);
  }
}

}  // namespace IRNN_NAMESPACE
