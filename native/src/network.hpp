// One recurrent layer and its head: the buffers and how they are laid out.
//
// The rows of z at step t hold all that the cell reads, batch innermost: the inputs x_t (I rows), a row of ones that
// carries the bias, and h_(t-1) (H rows). So one product with w_RK = [weight_ih | bias | weight_hh] makes a step, one
// product makes all weight gradients, and no input needs a pass of its own. Lanes beyond the batch hold zeros, in the
// row of ones too: their h, and with it everything they could add to a gradient, is exactly zero.
#pragma once

#include "arena.hpp"
#include "kernels.h"
#include "packing.hpp"
#include "weight_gradient.hpp"

namespace IRNN_NAMESPACE {

/** Vectors of the batch: their number rounded up to whole vectors, in lanes. */
inline int whole_vectors(int sequences) { return (sequences + LANES - 1) / LANES * LANES; }

// A chunk of time steps is back-propagated and at once multiplied into the weight gradient, while in cache.
constexpr size_t CHUNK_BYTES = 1400 << 10;   // da and z of a chunk: two thirds of a 2 MB second-level cache
constexpr int CHUNK_LANES = 900;             // time steps * lanes: of 200 rows, they stay within 1 MB
constexpr size_t COLUMN_BLOCK_BYTES = 640 << 10;
constexpr int EVALUATION_LANES = 64;

inline size_t groups(int rows, int group) { return (rows + group - 1) / group; }

struct Network {
  NetworkSpec spec;
  int I, H, G, R, K, O, T, B;
  int first_recurrent;  // row of z_KB at which h begins
  size_t z_group_stride, da_group_stride;  // see rows.hpp
  size_t gates_step, c_step;
  int chunk_steps, block_columns;
  Panels forward_panels, backward_panels;
  // By vectors - 1 and height.
  PanelProduct<Z_GROUP> forward_products[2][MAX_HEIGHT_1 + 1];
  PanelProduct<DA_GROUP> backward_products[2][MAX_HEIGHT_1 + 1];

  // Flat arrays of `count` parameters: w_RK, then head weights [O][H], then the head's bias [O].
  size_t count;
  float *parameters, *gradients, *slot_1, *slot_2;
  double updates;

  float *packed_forward, *packed_backward;
  float *z, *gates_TRB, *c_THB;  // the forward sweep's record; gates and c for the LSTM only
  float* da;                     // of one chunk, and of the step after it
  float *dh_HB, *dc_HB, *y_OB;
  float *evaluation_z[2], *evaluation_c[2], *evaluation_y;
  char* memory;

  float* head_weights() { return parameters + (size_t)R * K; }
  float* head_bias() { return head_weights() + (size_t)O * H; }

  ZRows z_rows(int t) const { return {z + (size_t)t * Z_GROUP * B, z_group_stride, (size_t)B}; }
  DaRows da_rows(int step_of_chunk) const {
    return {da + (size_t)step_of_chunk * DA_GROUP * B, da_group_stride, (size_t)B};
  }
  /** Null for the plain cells. */
  float* gates(int t) const { return gates_TRB ? gates_TRB + t * gates_step : nullptr; }
  float* c(int t) const { return c_THB ? c_THB + t * c_step : nullptr; }

  void place(Arena& arena) {
    parameters = arena.floats(count);
    gradients = arena.floats(count);
    slot_1 = arena.floats(count);
    slot_2 = arena.floats(count);
    packed_forward = arena.floats((size_t)R * K);
    packed_backward = arena.floats((size_t)R * H);
    z = arena.floats(groups(K, Z_GROUP) * z_group_stride);
    da = arena.floats(groups(R, DA_GROUP) * da_group_stride);
    if (spec.cell == CELL_LSTM) {
      gates_TRB = arena.floats(T * gates_step);
      c_THB = arena.floats((T + 1) * c_step);
    }
    dh_HB = arena.floats((size_t)H * B);
    dc_HB = arena.floats((size_t)H * B);
    y_OB = arena.floats((size_t)O * B);
    for (int i = 0; i < 2; i++) {
      evaluation_z[i] = arena.floats((size_t)K * EVALUATION_LANES);
      evaluation_c[i] = arena.floats((size_t)H * EVALUATION_LANES);
    }
    evaluation_y = arena.floats((size_t)O * EVALUATION_LANES);
  }

  void plan() {
    I = spec.inputs, H = spec.hidden, O = spec.outputs, T = spec.steps;
    G = spec.cell == CELL_LSTM ? 4 : 1;
    R = G * H, K = I + 1 + H, first_recurrent = I + 1;
    B = whole_vectors(spec.batch);
    count = (size_t)R * K + (size_t)O * H + O;
    gates_step = odd_lines((size_t)R * B), c_step = odd_lines((size_t)H * B);

    const int tallest = B == LANES ? MAX_HEIGHT_1 : MAX_HEIGHT_2;
    forward_panels.cut(H, tallest / G > 1 ? tallest / G : 1);
    backward_panels.cut(H, tallest);
    for (int height = 1; height <= tallest; height++) {
      for (int vectors = 1; vectors <= (height <= MAX_HEIGHT_2 ? 2 : 1); vectors++) {
        forward_products[vectors - 1][height] = panel_product_for<Z_GROUP>(height, vectors);
        backward_products[vectors - 1][height] = panel_product_for<DA_GROUP>(height, vectors);
      }
    }

    int fitting = (int)(CHUNK_BYTES / ((size_t)(K + R) * B * sizeof(float)));
    if (fitting > CHUNK_LANES / B) fitting = CHUNK_LANES / B;
    if (fitting < 1) fitting = 1;
    const int chunks = (T + fitting - 1) / fitting;
    chunk_steps = (T + chunks - 1) / chunks;
    block_columns = (int)(COLUMN_BLOCK_BYTES / ((size_t)chunk_steps * B * sizeof(float))) / Z_GROUP * Z_GROUP;
    if (block_columns < Z_GROUP) block_columns = Z_GROUP;
    z_group_stride = odd_lines((size_t)(T + 1) * Z_GROUP * B);
    da_group_stride = odd_lines((size_t)(chunk_steps + 1) * DA_GROUP * B);
  }

  bool create(const NetworkSpec& wanted) {
    spec = wanted;
    plan();
    Arena measure;
    place(measure);
    Arena arena;
    arena.base = memory = Arena::reserve(measure.used);
    if (!memory) return false;
    place(arena);
    for (int t = 0; t < T; t++) {
      float* ones = z_rows(t).at(I);
      for (int b = 0; b < spec.batch; b++) ones[b] = 1;
    }
    return true;
  }

  /** To be called whenever the parameters have changed. */
  void pack() {
    pack_forward(forward_panels, G, K, parameters, packed_forward);
    pack_backward(backward_panels, R, K, parameters, packed_backward);
  }
};

}  // namespace IRNN_NAMESPACE
