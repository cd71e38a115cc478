// One layer in one direction, back through time: da step by step; then, chunk by chunk, the gradients of the
// weights and of the inputs, which wait for nothing and are products over all steps of the chunk.
#pragma once

#include "kernels/dense.hpp"
#include "network/forward.hpp"

namespace IRNN_NAMESPACE {

/** dL/dh that reaches a direction from above, in rows of a matrix whose columns are (step, lane). */
struct FromAbove {
  StripMatrix dh;
  int row;          // of the direction's first unit
  bool every_step;  // or only the step that the direction processes last, with one column a lane
};

/** Adds to the sums of units [first, first + units) what reaches them from above at step t. */
INLINE void add_from_above(const Recurrence& r, const Window& window, const FromAbove& above, int t, int b,
                           int width, int first, int units, float* sums) {
  const bool last_for_all =
      r.reverse || !window.ragged;  // the step processed last is the same for all sequences
  if (!above.every_step && last_for_all && t != (r.reverse ? 0 : window.steps - 1)) return;
  for (int v = 0; v < width; v += LANES) {
    const int column = above.every_step ? t * window.B + b + v : b + v;
    // A lane of no steps has a gradient of zero.
    const VI here = above.every_step || last_for_all ? VI{} - 1 : window.ended(b + v, t + 1);
    if (!any(here)) continue;
    const float* dh = above.dh.element(above.row + first, column);
    const size_t stride = above.dh.width(column / TILE_COLUMNS);
    for (int u = 0; u < units; u++) {
      float* sum = sums + u * width + v;
      store(sum, load(sum) + (V)((VI)load(dh + u * stride) & here));
    }
  }
}

/**
 * One step back: da of step t from da of the step processed after it (`later`: there is one) and from above.
 */
__attribute__((noinline)) inline void backward_step(const Recurrence& r, const Tape& tape,
                                                    const Window& window, const FromAbove& above, int t,
                                                    bool later, DaRows da_later, DaRows da_now, float* dc_HB,
                                                    const Member& member) {
  alignas(64) float sums[MAX_STEP_OUTPUT];
  const int B = window.B, h_row = r.first_recurrent;
  const Range mine = member.share(r.backward_panels.number);
  if (later) prepare(r.backward, da_later, member);
  for (int i = mine.first; i < mine.end; i++) {
    const int p = zigzag(i, mine, t);
    const int first = r.backward_panels.first(p), units = r.backward_panels.size(p);
    for (int b = 0, width; b < B; b += width) {
      width = r.block_width(B - b);
      const size_t at = (size_t)first * B + b;
      const ZRows h = tape.z_rows(r.slot_after(t)).lane(b);
      const DaRows da = da_now.lane(b);
      const float* c_before = tape.c_THB ? tape.c(r.slot_before(t)) + at : nullptr;
      const float* gates = tape.gates_TRB ? tape.gates(t) + (size_t)first * LSTM_GATES * B + b : nullptr;
      if (later) {
        const size_t rows = (size_t)units * B;
        const Upcoming upcoming = {Lines(h, h_row + first, units), Lines(gates, rows * LSTM_GATES),
                                   Lines(c_before, rows)};
        r.backward.multiply(first, units, da_later, b, width, sums, upcoming);
      } else {
        memset(sums, 0, sizeof(float) * units * width);
      }
      add_from_above(r, window, above, t, b, width, first, units, sums);
      static_assert(CELL_COUNT == 3, "a new cell needs its elementwise half here");
      if (r.cell == CELL_RELU) plain_backward<true>(sums, units, width, h, h_row, da, first);
      else if (r.cell == CELL_TANH) plain_backward<false>(sums, units, width, h, h_row, da, first);
      else lstm_backward(sums, units, width, B, c_before, gates, dc_HB + at, h, h_row, da, first);
      // In reverse, what flows back beyond a sequence's last step belongs to a state before it, which is
      // fixed.
      if (!window.ragged || !r.reverse) continue;
      for (int v = 0; v < width; v += LANES) {
        const VI ended = window.ended(b + v, t);
        if (!any(ended)) continue;
        for (int row = first * r.G; row < (first + units) * r.G; row++)
          clear_lanes(da.at(row) + v, 1, B, ended);
        clear_lanes(dc_HB + at + v, units, B, ended);
      }
    }
  }
}

/**
 * Columns [t * B, (t + 1) * B) of dx, for `steps` steps from t on, from their da: set, or added to what they
 * hold.
 */
inline void input_gradient(const Recurrence& r, DaRows da, int t, int steps, const StripMatrix& dx, bool add,
                           const Member& member) {
  alignas(64) float sums[MAX_STEP_OUTPUT];
  const int B = (int)da.B;
  const Range mine = member.share(r.input_panels.number);
  const auto da_at = [&](int step) {
    return DaRows{da.base + (size_t)step * DA_GROUP * B, da.group_stride, da.B};
  };
  const auto panel_at = [&](int p, int step) {
    const int first = r.input_panels.first(p), rows = r.input_panels.size(p);
    for (int b = 0, width; b < B; b += width) {
      width = r.block_width(B - b);
      r.inputs.multiply(first, rows, da_at(step), b, width, sums, Upcoming());
      for (int v = 0; v < width; v += LANES) {
        const int column = (t + step) * B + b + v;
        float* to = dx.element(first, column);
        const size_t stride = dx.width(column / TILE_COLUMNS);
        for (int i = 0; i < rows; i++, to += stride) {
          const V sum = load(sums + i * width + v);
          store(to, add ? load(to) + sum : sum);
        }
      }
    }
  };
#if defined(IRNN_TILES)
  for (int step = 0; step < steps; step++) {
    prepare(r.inputs, da_at(step), member);
    for (int p = mine.first; p < mine.end; p++) panel_at(p, step);
    member.wait();
  }
#else
  for (int p = mine.first; p < mine.end; p++) {
    for (int step = 0; step < steps; step++) panel_at(p, step);
  }
#endif
}

/** da of a chunk's steps and of the step processed before the chunk; dc. */
struct BackwardScratch {
  float *da, *dc_HB;
};

/**
 * Back-propagation through time with the weights' gradients, and with those of the inputs where wanted (`dx`;
 * see input_gradient for `add`). Chunks are cut at multiples of their length from the step where the longest
 * batch would begin its way back, so that the gradient of a batch does not depend on what it is padded with.
 */
inline void backward_sweep(const Recurrence& r, const Tape& tape, const Window& window,
                           const FromAbove& above, int most_steps, const BackwardScratch& scratch,
                           const StripMatrix* dx, bool add, const Member& member) {
  const int T = window.steps, B = window.B;
  const auto da_rows = [&](int slot) { return r.da_rows(scratch.da, slot, B); };
  const Range units = member.share(r.backward_panels.number);
  const int first_unit = r.backward_panels.first(units.first), end_unit = r.backward_panels.first(units.end);
  memset(scratch.dc_HB + (size_t)first_unit * B, 0, sizeof(float) * (size_t)(end_unit - first_unit) * B);

  int before_slot = 0;  // where da of the step before this chunk stands
  for (int done = 0, length; done < T; done += length) {
    // Forward directions go back from the end, reverse ones from the beginning.
    const int end_of_chunk = r.reverse ? done : most_steps - T + done;
    length = r.chunk_steps - end_of_chunk % r.chunk_steps;
    if (length > T - done) length = T - done;
    const int begin = r.reverse ? done : T - done - length;
    const int later_slot = r.reverse ? 0 : length;
    if (done > 0 && before_slot != later_slot) {
      const Range rows = member.share_in(DA_GROUP, r.R);
      for (int row = rows.first; row < rows.end; row += DA_GROUP) {
        memcpy(da_rows(later_slot).at(row), da_rows(before_slot).at(row), sizeof(float) * DA_GROUP * B);
      }
      member.wait();
    }
    for (int i = 0; i < length; i++) {
      const int t = r.reverse ? begin + i : begin + length - 1 - i;
      const int slot = t - begin + r.reverse, later = r.reverse ? slot - 1 : slot + 1;
      backward_step(r, tape, window, above, t, done + i > 0, da_rows(later), da_rows(slot), scratch.dc_HB,
                    member);
      member.wait();
    }
    const Range rows = member.share_in(GRADIENT_UNIT, r.R);
    weight_gradient(
        {da_rows(r.reverse), tape.z_rows(r.slot_before(begin)), length, r.dw_RK, r.K, done == 0, r.precision},
        r.block_columns, rows.first, rows.end);
    if (dx) input_gradient(r, da_rows(r.reverse), begin, length, *dx, add, member);
    member.wait();
    before_slot = r.reverse ? length : 0;
  }
}

}  // namespace IRNN_NAMESPACE
