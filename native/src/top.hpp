// Between the top layer and what reads it: its outputs gathered into columns, and their gradients scattered back.
#pragma once

#include "inputs.hpp"

namespace IRNN_NAMESPACE {

/** The step at which a head after the last step reads a direction: the one that it processes last. */
INLINE int last_processed(const Recurrence& r, const Window& w, int lane) { return r.reverse ? 0 : w.length_B[lane] - 1; }

/** Visits visit(row, direction, unit's factor) ... */
struct Position {
  int t, lane;
};

/** Outputs of the top layer at one lane into a column; `step_of(direction)` says at which step. */
template <typename StepOf>
inline void read_column(const Network& n, const LayerTape& tape, const Dropout* dropout, int lane, StepOf step_of,
                        const StripMatrix& read, int column) {
  const Layer& top = n.top();
  const int H = top.units(), width = read.width(column / TILE_COLUMNS);
  for (int d = 0; d < top.directions; d++) {
    const Recurrence& r = top.direction[d];
    const int t = step_of(r);
    gather(tape.direction[d].z_rows(r.slot_after(t)), r.first_recurrent, H, lane, read, (size_t)d * H, column);
    if (!dropout) continue;
    float* to = read.element((size_t)d * H, column);
    const uint8_t* keep = n.sites[n.depth].at(t, d * H, (int)tape.direction[d].B) + lane;
    for (int u = 0; u < H; u++, to += width, keep += tape.direction[d].B) *to = *keep ? *to * dropout->scale : 0.0f;
  }
}

/** Gradients of a column, into the column `to_column` of dh. */
template <typename StepOf>
inline void spread_column(const Network& n, const Dropout* dropout, int lane, int B, StepOf step_of,
                          const StripMatrix& d_read, int column, const StripMatrix& dh, int to_column) {
  const Layer& top = n.top();
  const int H = top.units(), width = d_read.width(column / TILE_COLUMNS), to_width = dh.width(to_column / TILE_COLUMNS);
  const float* from = d_read.element(0, column);
  float* to = dh.element(0, to_column);
  for (int d = 0; d < top.directions; d++) {
    const uint8_t* keep = dropout ? n.sites[n.depth].at(step_of(top.direction[d]), d * H, B) + lane : nullptr;
    for (int u = 0; u < H; u++, from += width, to += to_width) {
      *to = !dropout ? *from : keep[(size_t)u * B] ? *from * dropout->scale : 0.0f;
    }
  }
}

}  // namespace IRNN_NAMESPACE
