// One layer in one direction, forward through time: step by step, panel by panel.
#pragma once

#include "kernels/lstm_cell.hpp"
#include "team/member.hpp"
#include "kernels/plain_cell.hpp"
#include "network/recurrence.hpp"
#include "network/window.hpp"

namespace IRNN_NAMESPACE {

/**
 * Panels in rising order on even steps and falling order on odd ones: what a step used last, and is still in
 * the first-level cache, is what the next step uses first.
 */
INLINE int zigzag(int i, Range panels, int t) { return t & 1 ? panels.first + panels.end - 1 - i : i; }

/**
 * Units [first, first + units) of a forward direction at the step after a sequence's last: clears h and c of
 * the lanes that have ended, so that they are idle from here on, and makes their gates harmless for the
 * backward sweep.
 */
INLINE void clear_ended(const Recurrence& r, const Window& window, int t, int b, int width, int first,
                        int units, ZRows h, float* gates_RB, float* c_HB) {
  const size_t B = h.B;
  for (int v = 0; v < width; v += LANES) {
    const VI ended = window.ended(b + v, t);
    if (!any(ended)) continue;
    for (int u = 0; u < units; u++) clear_lanes(h.at(r.first_recurrent + first + u) + v, 1, B, ended);
    if (c_HB) clear_lanes(c_HB + v, units, B, ended);
    if (!gates_RB) continue;
    clear_lanes(gates_RB + v, units * LSTM_GATES, B, ended);
    for (int u = 0; u < units; u++) {
      float* o = gates_RB + (size_t)(u * LSTM_GATES + GATE_O) * B + v;  // h * h / o must be a number
      store(o, (V)((VI)load(o) | ((VI)splat(1.0f) & ended)));
    }
  }
}

/** One step of the cell: h in the rows of z_after (and c) from z (and c_before). gates_RB may be null. */
__attribute__((noinline)) inline void forward_step(const Recurrence& r, const Window& window, int t, ZRows z,
                                                   const float* c_before_HB, float* gates_RB, float* c_HB,
                                                   ZRows z_after, const Member& member) {
  alignas(64) float sums[MAX_STEP_OUTPUT];
  const int B = (int)z.B;
  const bool clears = window.ragged && !r.reverse;
  const Range mine = member.share(r.forward_panels.number);
  prepare(r.forward, z, member);
  for (int i = mine.first; i < mine.end; i++) {
    const int p = zigzag(i, mine, t);
    const size_t first = r.forward_panels.first(p);
    const int units = r.forward_panels.size(p), height = units * r.G;
    for (int b = 0, width; b < B; b += width) {
      width = r.block_width(B - b);
      const size_t at = first * B + b;
      const ZRows h = z_after.lane(b);
      const int h_row = r.first_recurrent + (int)first;
      float* gates = gates_RB ? gates_RB + first * r.G * B + b : nullptr;
      float* c = c_HB ? c_HB + at : nullptr;
      const Upcoming upcoming = {Lines(h, h_row, units), Lines(gates, (size_t)height * B),
                                 Lines(c, (size_t)units * B)};
      r.forward.multiply((int)first * r.G, height, z, b, width, sums, upcoming);
      static_assert(CELL_COUNT == 3, "a new cell needs its elementwise half here");
      if (r.cell == CELL_RELU) plain_forward<true>(sums, height, width, h, h_row);
      else if (r.cell == CELL_TANH) plain_forward<false>(sums, height, width, h, h_row);
      else lstm_forward(sums, units, width, B, c_before_HB + at, gates, c, h, h_row);
      if (clears) clear_ended(r, window, t, b, width, (int)first, units, h, gates, c);
    }
  }
}

/**
 * All steps of a window, from the state in the tape's first slot. fill_inputs(t, z, member) puts the inputs
 * of step t into this thread's share of z's input rows; it is called for a step while others may still be at
 * the step before.
 */
template <typename FillInputs>
inline void forward_sweep(const Recurrence& r, const Tape& tape, const Window& window, FillInputs fill_inputs,
                          const Member& member) {
  const int T = window.steps;
  for (int i = -1; i < T; i++) {
    const int t = r.reverse ? T - 1 - i : i, next = r.reverse ? t - 1 : t + 1;
    if (i >= 0) {
      const int before = r.slot_before(t), after = r.slot_after(t);
      forward_step(r, window, t, tape.z_rows(before), tape.c(before), tape.gates(t), tape.c(after),
                   tape.z_rows(after), member);
    }
    if (i + 1 < T) fill_inputs(next, tape.z_rows(r.slot_before(next)), member);
    member.wait();
  }
}

}  // namespace IRNN_NAMESPACE
