// One recurrent layer and its head: the buffers and how they are laid out.
//
// z_TKB[t] holds all that the cell reads at step t, batch innermost: the inputs x_t (I rows), a row of ones that carries
// the bias, and h_(t-1) (H rows). So one product with w_RK = [weight_ih | bias | weight_hh] makes a step, one product
// makes all weight gradients, and no input needs a pass of its own. Lanes beyond the batch hold zeros, in the row of
// ones too: their h, and with it everything they could add to a gradient, is exactly zero.
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
constexpr int CHUNK_LANES = 1200;            // time steps * lanes: TILE_ROWS rows of da fill half a first-level cache
constexpr size_t COLUMN_BLOCK_BYTES = 640 << 10;
constexpr int EVALUATION_LANES = 64;

struct Network {
  NetworkSpec spec;
  int I, H, G, R, K, O, T, B;
  int first_recurrent;  // row of z_KB at which h begins
  size_t z_step, a_step, h_step;
  int chunk_steps, block_columns;
  Panels forward_panels, backward_panels;
  PanelProduct products[2][MAX_HEIGHT_1 + 1];  // by vectors - 1 and height

  // Flat arrays of `count` parameters: w_RK, then head weights [O][H], then the head's bias [O].
  size_t count;
  float *parameters, *gradients, *slot_1, *slot_2;
  double updates;

  float *packed_forward, *packed_backward;
  float *z_TKB, *gates_TRB, *c_THB;      // the forward sweep's record; gates and c for the LSTM only
  float *da_TRB;                         // one chunk, and the step after it
  float *dh_HB, *dc_HB, *y_OB;
  float *evaluation_z[2], *evaluation_c[2], *evaluation_y;
  char* memory;

  float* head_weights() { return parameters + (size_t)R * K; }
  float* head_bias() { return head_weights() + (size_t)O * H; }

  void place(Arena& arena) {
    parameters = arena.floats(count);
    gradients = arena.floats(count);
    slot_1 = arena.floats(count);
    slot_2 = arena.floats(count);
    packed_forward = arena.floats((size_t)R * K);
    packed_backward = arena.floats((size_t)R * H);
    z_TKB = arena.floats((T + 1) * z_step);
    da_TRB = arena.floats((chunk_steps + 1) * a_step);
    if (spec.cell == CELL_LSTM) {
      gates_TRB = arena.floats(T * a_step);
      c_THB = arena.floats((T + 1) * h_step);
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
    z_step = odd_lines((size_t)K * B), a_step = odd_lines((size_t)R * B), h_step = odd_lines((size_t)H * B);

    const int tallest = B == LANES ? MAX_HEIGHT_1 : MAX_HEIGHT_2;
    forward_panels.cut(H, tallest / G > 1 ? tallest / G : 1);
    backward_panels.cut(H, tallest);
    for (int height = 1; height <= tallest; height++) {
      products[0][height] = panel_product_for(height, 1);
      products[1][height] = height <= MAX_HEIGHT_2 ? panel_product_for(height, 2) : nullptr;
    }

    int fitting = (int)(CHUNK_BYTES / ((z_step + a_step) * sizeof(float)));
    if (fitting > CHUNK_LANES / B) fitting = CHUNK_LANES / B;
    if (fitting < 1) fitting = 1;
    const int chunks = (T + fitting - 1) / fitting;
    chunk_steps = (T + chunks - 1) / chunks;
    block_columns = (int)(COLUMN_BLOCK_BYTES / ((size_t)chunk_steps * B * sizeof(float))) / TILE_COLUMNS * TILE_COLUMNS;
    if (block_columns < TILE_COLUMNS) block_columns = TILE_COLUMNS;
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
      float* ones = z_TKB + t * z_step + (size_t)I * B;
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
