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

/** One step of the cell: h in the rows of z_next (and c_HB) from z (and c_before_HB). gates_RB may be null. */
inline void forward_step(const Network& n, int t, ZRows z, const float* c_before_HB, float* gates_RB, float* c_HB,
                         ZRows z_next) {
  alignas(64) float sums[MAX_PANEL_OUTPUT];
  const int panels = n.forward_panels.number, B = (int)z.B;
  for (int i = 0; i < panels; i++) {
    const int p = zigzag(i, panels, t);
    const size_t first = n.forward_panels.first(p);
    const int units = n.forward_panels.size(p), height = units * n.G;
    const float* panel = n.packed_forward + first * n.G * n.K;
    for (int b = 0, width; b < B; b += width) {
      width = block_width(n, B - b);
      const size_t at = first * B + b;
      const ZRows h = z_next.lane(b);
      const int h_row = n.first_recurrent + (int)first;
      float* gates = gates_RB ? gates_RB + first * n.G * B + b : nullptr;
      n.forward_products[width / LANES - 1][height](panel, z.lane(b), n.K, sums, gates ? gates : h.at(h_row));
      if (n.spec.cell == CELL_RELU) plain_forward<true>(sums, height, width, h, h_row);
      else if (n.spec.cell == CELL_TANH) plain_forward<false>(sums, height, width, h, h_row);
      else lstm_forward(sums, units, width, B, c_before_HB + at, gates, c_HB + at, h, h_row);
    }
  }
}

/** One step back: da of step t from da of step t + 1, or from dh_HB of the head when t is the last step. */
inline void backward_step(const Network& n, int t, DaRows da_next, DaRows da_now) {
  alignas(64) float sums[MAX_PANEL_OUTPUT];
  const int panels = n.backward_panels.number, B = n.B, h_row = n.first_recurrent;
  for (int i = 0; i < panels; i++) {
    const int p = zigzag(i, panels, t);
    const int first = n.backward_panels.first(p), units = n.backward_panels.size(p);
    for (int b = 0, width; b < B; b += width) {
      width = block_width(n, B - b);
      const size_t at = (size_t)first * B + b;
      const float* dh = n.dh_HB + at;
      size_t dh_stride = B;
      const ZRows h = n.z_rows(t + 1).lane(b);
      const DaRows da = da_now.lane(b);
      const float* gates = n.gates_TRB ? n.gates(t) + (size_t)first * LSTM_GATES * B + b : nullptr;
      if (t + 1 < n.T) {
        const float* panel = n.packed_backward + (size_t)first * n.R;
        const float* upcoming = gates ? gates : h.at(h_row + first);
        n.backward_products[width / LANES - 1][units](panel, da_next.lane(b), n.R, sums, upcoming);
        dh = sums, dh_stride = width;
      }
      if (n.spec.cell == CELL_RELU) plain_backward<true>(dh, units, width, dh_stride, h, h_row, da, first);
      else if (n.spec.cell == CELL_TANH) plain_backward<false>(dh, units, width, dh_stride, h, h_row, da, first);
      else lstm_backward(dh, units, width, dh_stride, B, n.c(t) + at, gates, n.dc_HB + at, h, h_row, da, first);
    }
  }
}

/** Lanes [first, first + sequences) of x_IB, whose rows are `of` apart, into the input rows of z. */
inline void copy_inputs(int I, const float* x_IB, int of, int first, int sequences, ZRows z) {
  for (int i = 0; i < I; i++) memcpy(z.at(i), x_IB + (size_t)i * of + first, sizeof(float) * sequences);
}

inline void forward_sweep(Network& n, const float* x_TIB) {
  const int batch = n.spec.batch;
  for (int t = 0; t < n.T; t++) {
    copy_inputs(n.I, x_TIB + (size_t)t * n.I * batch, batch, 0, batch, n.z_rows(t));
    forward_step(n, t, n.z_rows(t), n.c(t), n.gates(t), n.c(t + 1), n.z_rows(t + 1));
  }
}

/** Back-propagation through time from dh_HB, chunk by chunk, with the weight gradient of each chunk. */
inline void backward_sweep(Network& n) {
  memset(n.dc_HB, 0, sizeof(float) * (size_t)n.H * n.B);
  for (int end = n.T; end > 0; end -= n.chunk_steps) {
    const int begin = end > n.chunk_steps ? end - n.chunk_steps : 0;
    for (int t = end - 1; t >= begin; t--) backward_step(n, t, n.da_rows(t + 1 - begin), n.da_rows(t - begin));
    weight_gradient({n.da_rows(0), n.z_rows(begin), end - begin, n.gradients, n.R, n.K, end == n.T}, n.block_columns);
    // The first step of this chunk is the step after the last of the next one.
    const int next = begin > n.chunk_steps ? n.chunk_steps : begin;
    for (int r = 0; r < n.R; r += DA_GROUP) {
      memcpy(n.da_rows(next).at(r), n.da_rows(0).at(r), sizeof(float) * DA_GROUP * n.B);
    }
  }
}

/** Turns y_OB into its gradient; returns the sum over the sequences. `predicted_B` may be null. */
inline double loss_and_gradient(const Network& n, int B, int sequences, const void* target, float scale, float* y_OB,
                                int32_t* predicted_B) {
  return n.spec.head == HEAD_SOFTMAX
             ? cross_entropy(n.O, B, sequences, (const int32_t*)target, scale, y_OB, predicted_B)
             : squared_error(n.O, B, sequences, (const float*)target, scale, y_OB);
}

/** Fills `gradients` with `factor` times the gradient; returns the batch's loss under the reduction. */
inline double loss_and_gradients(Network& n, const float* x_TIB, const void* target, double factor = 1) {
  forward_sweep(n, x_TIB);
  const ZRows last = n.z_rows(n.T);
  head_forward(n.O, n.H, n.head_weights(), n.head_bias(), last, n.first_recurrent, n.y_OB);
  const double scale = n.spec.sum_loss ? 1.0 : 1.0 / n.spec.batch;
  const double loss = loss_and_gradient(n, n.B, n.spec.batch, target, (float)(scale * factor), n.y_OB, nullptr);
  float* head_gradients = n.gradients + (size_t)n.R * n.K;
  head_backward(n.O, n.H, n.head_weights(), n.y_OB, last, n.first_recurrent, head_gradients,
                head_gradients + (size_t)n.O * n.H, n.dh_HB);
  backward_sweep(n);
  return loss * scale;
}

}  // namespace IRNN_NAMESPACE
