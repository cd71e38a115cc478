// Between the top layer and the head: outputs gathered into columns, through dropout and the projection, and gradients back.
#pragma once

#include "inputs.hpp"

namespace IRNN_NAMESPACE {

/** The outputs of the top layer at steps step_of(direction) of a lane, with dropout, into a column of `read`. */
template <typename StepOf>
inline void read_column(const Network& n, const LayerTape& tape, const Dropout* dropout, int lane, StepOf step_of,
                        const StripMatrix& read, int column) {
  const int H = n.top().units(), width = read.width(column / TILE_COLUMNS);
  for (int d = 0; d < n.top().directions; d++) {
    const Recurrence& r = n.top().direction[d];
    const size_t B = tape.direction[d].B;
    const int t = step_of(r);
    gather(tape.direction[d].z_rows(r.slot_after(t)), r.first_recurrent, H, lane, read, (size_t)d * H, column);
    if (!dropout) continue;
    float* to = read.element((size_t)d * H, column);
    const uint8_t* keep = n.sites[n.depth].at(t, d * H, (int)B) + lane;
    for (int u = 0; u < H; u++, to += width, keep += B) *to = *keep ? *to * dropout->scale : 0.0f;
  }
}

/** The reverse, for gradients: a column of d_read into column `to_column` of dh, whose lanes number B. */
template <typename StepOf>
inline void return_column(const Network& n, const Dropout* dropout, int B, int lane, StepOf step_of,
                          const StripMatrix& d_read, int column, const StripMatrix& dh, int to_column) {
  const int H = n.top().units(), width = d_read.width(column / TILE_COLUMNS), to_width = dh.width(to_column / TILE_COLUMNS);
  const float* from = d_read.element(0, column);
  float* to = dh.element(0, to_column);
  for (int d = 0; d < n.top().directions; d++) {
    const uint8_t* keep = dropout ? n.sites[n.depth].at(step_of(n.top().direction[d]), d * H, B) + lane : nullptr;
    for (int u = 0; u < H; u++, from += width, to += to_width) {
      *to = !keep ? *from : keep[(size_t)u * B] ? *from * dropout->scale : 0.0f;
    }
  }
}

/** What the head reads: `read` itself, or its projection. */
inline StripMatrix projected(const Network& n, const StripMatrix& read) {
  if (!n.spec.projection) return read;
  const StripMatrix to = {n.projected, (size_t)n.P, read.columns};
  n.projection.forward(read, to, n.parallel());
  return to;
}

/** dL/d(read) from dL/d(what the head reads), which is where `d_head_inputs` says. */
inline StripMatrix d_projected(const Network& n, const StripMatrix& read, const StripMatrix& d_head_inputs, bool add) {
  if (!n.spec.projection) return d_head_inputs;
  const StripMatrix to = {n.d_read, (size_t)n.U, read.columns};
  n.projection.backward(read, d_head_inputs, to, add, n.parallel());
  return to;
}

}  // namespace IRNN_NAMESPACE
