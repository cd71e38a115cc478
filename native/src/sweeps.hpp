// Forward through time and back again, step by step and panel by panel.
#pragma once

#include "head.hpp"
#include "lstm_cell.hpp"
#include "network.hpp"
#include "plain_cell.hpp"

namespace IRNN_NAMESPACE {

/**
 * Panels in rising order on even steps and falling order on odd ones: what a step used last, and is still in the
 * first-level cache, is what the next step uses first.
 */
INLINE int zigzag(int panel, int panels, int t) { return t & 1 ? panels - 1 - panel : panel; }

/** Lanes that the next product takes when `left` remain: two vectors where the panels are cut for two. */
INLINE int block_width(const Network& n, int left) { return n.B > LANES && left >= 2 * LANES ? 2 * LANES : LANES; }

/** One step of the cell: h_HB (and c_HB) from z_KB (and c_before_HB). gates_RB may be null. */
inline void forward_step(const Network& n, int t, int B, const float* z_KB, const float* c_before_HB, float* gates_RB,
                         float* c_HB, float* h_HB) {
  alignas(64) float sums[MAX_PANEL_OUTPUT];
  const int panels = n.forward_panels.number;
  for (int i = 0; i < panels; i++) {
    const int p = zigzag(i, panels, t);
    const size_t first = n.forward_panels.first(p);
    const int units = n.forward_panels.size(p), height = units * n.G;
    const float* panel = n.packed_forward + first * n.G * n.K;
    for (int b = 0, width; b < B; b += width) {
      width = block_width(n, B - b);
      const size_t at = first * B + b;
      n.products[width / LANES - 1][height](panel, z_KB + b, B, n.K, sums);
      if (n.spec.cell == CELL_RELU) plain_forward<true>(sums, height, width, B, h_HB + at);
      else if (n.spec.cell == CELL_TANH) plain_forward<false>(sums, height, width, B, h_HB + at);
      else lstm_forward(sums, units, width, B, c_before_HB + at, gates_RB ? gates_RB + first * n.G * B + b : nullptr,
                        c_HB + at, h_HB + at);
    }
  }
}

/** One step back: da_RB of step t from da_next_RB of step t + 1, or from dh_HB of the head at the last step (da_next_RB null). */
inline void backward_step(const Network& n, int t, const float* da_next_RB, float* da_RB) {
  alignas(64) float sums[MAX_PANEL_OUTPUT];
  const int panels = n.backward_panels.number, B = n.B;
  const float* h_HB = n.z_TKB + (t + 1) * n.z_step + (size_t)n.first_recurrent * B;
  for (int i = 0; i < panels; i++) {
    const int p = zigzag(i, panels, t);
    const size_t first = n.backward_panels.first(p);
    const int units = n.backward_panels.size(p);
    for (int b = 0, width; b < B; b += width) {
      width = block_width(n, B - b);
      const size_t at = first * B + b;
      const float* dh = n.dh_HB + at;
      size_t dh_stride = B;
      if (da_next_RB) {
        n.products[width / LANES - 1][units](n.packed_backward + first * n.R, da_next_RB + b, B, n.R, sums);
        dh = sums, dh_stride = width;
      }
      if (n.spec.cell == CELL_RELU) plain_backward<true>(dh, units, width, dh_stride, B, h_HB + at, da_RB + at);
      else if (n.spec.cell == CELL_TANH) plain_backward<false>(dh, units, width, dh_stride, B, h_HB + at, da_RB + at);
      else {
        const size_t rows = first * LSTM_GATES * B + b;
        lstm_backward(dh, units, width, dh_stride, B, n.c_THB + t * n.h_step + at, n.gates_TRB + t * n.a_step + rows,
                      h_HB + at, n.dc_HB + at, da_RB + rows);
      }
    }
  }
}

/** Lanes [first, first + sequences) of x_IB, whose rows are `of` apart, into the input rows of z_KB. */
inline void copy_inputs(int I, const float* x_IB, int of, int first, int sequences, int B, float* z_KB) {
  for (int i = 0; i < I; i++) {
    memcpy(z_KB + (size_t)i * B, x_IB + (size_t)i * of + first, sizeof(float) * sequences);
  }
}

inline void forward_sweep(Network& n, const float* x_TIB) {
  for (int t = 0; t < n.T; t++) {
    float* z = n.z_TKB + t * n.z_step;
    copy_inputs(n.I, x_TIB + (size_t)t * n.I * n.spec.batch, n.spec.batch, 0, n.spec.batch, n.B, z);
    forward_step(n, t, n.B, z, n.c_THB + t * n.h_step, n.gates_TRB + t * n.a_step, n.c_THB + (t + 1) * n.h_step,
                 z + n.z_step + (size_t)n.first_recurrent * n.B);
  }
}

/** Back-propagation through time from dh_HB, chunk by chunk, with the weight gradient of each chunk. */
inline void backward_sweep(Network& n) {
  memset(n.dc_HB, 0, sizeof(float) * (size_t)n.H * n.B);
  for (int end = n.T; end > 0; end -= n.chunk_steps) {
    const int begin = end > n.chunk_steps ? end - n.chunk_steps : 0;
    float* da = n.da_TRB;
    for (int t = end - 1; t >= begin; t--) {
      float* da_t = da + (t - begin) * n.a_step;
      backward_step(n, t, t + 1 < n.T ? da_t + n.a_step : nullptr, da_t);
    }
    weight_gradient({da, n.z_TKB + begin * n.z_step, n.a_step, n.z_step, end - begin, n.B, n.gradients, n.K, end == n.T},
                    n.R, n.block_columns);
    // The first step of this chunk is the step after the last of the next one.
    const int next = begin > n.chunk_steps ? n.chunk_steps : begin;
    memmove(da + next * n.a_step, da, sizeof(float) * (size_t)n.R * n.B);
  }
}

/** Turns y_OB into its gradient; returns the sums over the sequences. */
inline LossSums loss_and_gradient(const Network& n, int B, int sequences, const void* target, float scale, float* y_OB) {
  return n.spec.head == HEAD_SOFTMAX
             ? cross_entropy(n.O, B, sequences, (const int32_t*)target, scale, y_OB)
             : squared_error(n.O, B, sequences, (const float*)target, scale, y_OB);
}

/** Fills `gradients`; returns the batch's loss under the reduction. */
inline double loss_and_gradients(Network& n, const float* x_TIB, const void* target) {
  forward_sweep(n, x_TIB);
  const float* h_HB = n.z_TKB + n.T * n.z_step + (size_t)n.first_recurrent * n.B;
  head_forward(n.O, n.H, n.B, n.head_weights(), n.head_bias(), h_HB, n.y_OB);
  const double scale = n.spec.sum_loss ? 1.0 : 1.0 / n.spec.batch;
  const LossSums sums = loss_and_gradient(n, n.B, n.spec.batch, target, (float)scale, n.y_OB);
  float* head_gradients = n.gradients + (size_t)n.R * n.K;
  head_backward(n.O, n.H, n.B, n.head_weights(), n.y_OB, h_HB, head_gradients, head_gradients + (size_t)n.O * n.H,
                n.dh_HB);
  backward_sweep(n);
  return sums.loss * scale;
}

}  // namespace IRNN_NAMESPACE
