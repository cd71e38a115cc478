// One layer in one direction: its sizes, its weights, and the record of a forward sweep.
//
// The rows of z at a step hold all that the cell reads, batch innermost: the inputs x_t (I rows), a row of
// ones that carries the bias, and the h of the step before (H rows). So one product with w_RK = [weight_ih |
// bias | weight_hh] makes a step, and one product makes all weight gradients.
#pragma once

#include "network/arena.hpp"
#include "interface/kernels.h"
#include "team/member.hpp"
#include "kernels/step_product.hpp"
#include "kernels/weight_gradient.hpp"

namespace IRNN_NAMESPACE {

inline size_t groups(int rows, int group) { return (rows + group - 1) / group; }

// A chunk of time steps is back-propagated and at once multiplied into the weight gradient, while in cache.
constexpr size_t CHUNK_BYTES = 1400 << 10;  // da and z of a chunk: two thirds of a 2 MB second-level cache
constexpr int CHUNK_LANES = 900;            // time steps * lanes: of 200 rows, they stay within 1 MB
constexpr int FEWEST_CHUNK_LANES = 640;     // of wide layers: with fewer, the sums over lanes cost too much
constexpr size_t COLUMN_BLOCK_BYTES = 640 << 10;

/** Lanes that are scored at once: each weight is loaded once for all of them. */
constexpr int EVALUATION_LANES = 64;

struct Recurrence {
  int cell;      // enum Cell
  bool reverse;  // reads the sequence from its last step to its first
  bool differentiates_inputs;
  int I, H, G, R, K;
  int first_recurrent;  // row of z at which h begins
  bool two_vectors;     // panels are low enough for products of two vectors at once
  Panels forward_panels, backward_panels, input_panels;
  int chunk_steps, block_columns;

  float *w_RK, *dw_RK;
  int precision;  // enum Precision
  StepProduct<Z_GROUP> forward;
  StepProduct<DA_GROUP> backward, inputs;  // the last: where inputs need a gradient

  /** For training batches of B lanes and at most T steps. */
  void plan(int B, int T) {
    G = cell == CELL_LSTM ? 4 : 1;
    R = G * H, K = I + 1 + H, first_recurrent = I + 1;
    two_vectors = B > LANES;
    const int tallest = two_vectors ? TALLEST_PANEL_2 : TALLEST_PANEL_1;
    forward_panels.cut(H, tallest / G > 1 ? tallest / G : 1);
    backward_panels.cut(H, tallest);
    input_panels.cut(I, tallest);
    forward.plan(R, K, precision, G == 1, first_recurrent);
    backward.plan(H, R, precision, G == 1, 0);
    inputs.plan(I, R, precision, false, 0);

    int fitting = (int)(CHUNK_BYTES / ((size_t)(K + R) * B * sizeof(float)));
    if (fitting < FEWEST_CHUNK_LANES / B) fitting = FEWEST_CHUNK_LANES / B;
    if (fitting > CHUNK_LANES / B) fitting = CHUNK_LANES / B;
    if (fitting < 1) fitting = 1;
    const int chunks = (T + fitting - 1) / fitting;
    chunk_steps = (T + chunks - 1) / chunks;
    block_columns = (int)(COLUMN_BLOCK_BYTES / ((size_t)chunk_steps * B * sizeof(float))) / Z_GROUP * Z_GROUP;
    if (block_columns < Z_GROUP) block_columns = Z_GROUP;
  }

  size_t weights() const { return (size_t)R * K; }

  /** For sweeps over at most B lanes in training, EVALUATION_LANES otherwise. */
  void place_packed(Arena& arena, int B) {
    forward.place(arena, B > EVALUATION_LANES ? B : EVALUATION_LANES);
    backward.place(arena, B);
    if (differentiates_inputs) inputs.place(arena, B);
  }

  /**
   * To be called by all threads whenever the weights have changed; before the next barrier no panel is ready.
   */
  void pack(const Member& member) const {
    const Range f = member.share(forward_panels.number), b = member.share(backward_panels.number);
    forward.pack_rows(forward_panels, G, w_RK, f.first, f.end);
    backward.pack_columns(backward_panels, first_recurrent, K, w_RK, b.first, b.end);
    if (!differentiates_inputs) return;
    const Range i = member.share(input_panels.number);
    inputs.pack_columns(input_panels, 0, K, w_RK, i.first, i.end);
  }

  /** da of a chunk and of one step before it. */
  DaRows da_rows(float* base, int slot, int B) const {
    const size_t group_stride = odd_lines((size_t)(chunk_steps + 1) * DA_GROUP * B);
    return {base + (size_t)slot * DA_GROUP * B, group_stride, (size_t)B};
  }
  size_t da_size(int B) const {
    return groups(R, DA_GROUP) * odd_lines((size_t)(chunk_steps + 1) * DA_GROUP * B);
  }

  /** Lanes that the next product takes when `left` remain. */
  INLINE int block_width(int left) const { return two_vectors && left >= 2 * LANES ? 2 * LANES : LANES; }

  // h of step t - 1 is read from, and h of step t written to, one of steps + 1 slots. In reverse, "before" is
  // step t + 1.
  INLINE int slot_before(int t) const { return t + reverse; }
  INLINE int slot_after(int t) const { return t + 1 - reverse; }
  /** The slot of the state that the sweep starts from. */
  INLINE int first_slot(int steps) const { return reverse ? steps : 0; }
};

/** Before the products of a step. All threads call it; vectors have nothing to prepare. */
template <int GROUP>
INLINE void prepare(const StepProduct<GROUP>& product, Rows<GROUP> z, const Member& member) {
#if defined(IRNN_TILES)
  const Range mine = member.share(product.depth_tiles());
  product.prepare(z, mine.first, mine.end);
  member.wait();
#else
  (void)product, (void)z, (void)member;
#endif
}

/** What a forward sweep over `steps` steps of B lanes leaves behind: z and, for the LSTM, gates and c. */
struct Tape {
  size_t B, z_group_stride, gates_step, c_step;
  float *z, *gates_TRB, *c_THB;

  /** Gates are for the backward sweep only. */
  void place(Arena& arena, const Recurrence& r, int steps, int lanes, bool with_gates) {
    B = lanes;
    z_group_stride = odd_lines((size_t)(steps + 1) * Z_GROUP * B);
    gates_step = odd_lines((size_t)r.R * B), c_step = odd_lines((size_t)r.H * B);
    z = arena.floats(groups(r.K, Z_GROUP) * z_group_stride);
    const bool lstm = r.cell == CELL_LSTM;
    gates_TRB = lstm && with_gates ? arena.floats(steps * gates_step) : nullptr;
    c_THB = lstm ? arena.floats((steps + 1) * c_step) : nullptr;
  }

  ZRows z_rows(int slot) const { return {z + (size_t)slot * Z_GROUP * B, z_group_stride, B}; }
  /** Null for the plain cells. */
  float* gates(int t) const { return gates_TRB ? gates_TRB + t * gates_step : nullptr; }
  float* c(int slot) const { return c_THB ? c_THB + slot * c_step : nullptr; }
};

}  // namespace IRNN_NAMESPACE
