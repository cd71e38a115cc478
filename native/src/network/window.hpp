// The part of a batch that a sweep works on: some of its sequences, in lanes, and some of their steps.
//
// Sequences end at different steps. A lane beyond its sequence's end, or beyond the batch, is *idle*: its
// inputs, its row of ones, its h, its c and all gradients are exactly zero there, so that nothing it holds
// can reach a result. Zeros beget zeros: only at the step after a sequence's last one has anything to be
// cleared (see `clear_ended`).
#pragma once

#include "interface/kernels.h"
#include "kernels/rows.hpp"

namespace IRNN_NAMESPACE {

struct Window {
  const Batch* batch;
  int first_sequence, sequences;  // lanes 0, ..., sequences - 1
  int first_step, steps;
  int B;                    // lanes, whole vectors
  bool ragged;              // some sequence has an idle step
  const int32_t* length_B;  // steps from the window's first on; at most 0 for lanes that are idle throughout

  /**
   * Lanes b, ..., b + LANES - 1: all bits set where the sequence's last step within the batch was step t - 1.
   */
  INLINE VI ended(int b, int t) const { return *(const VI*)(length_B + b) == t; }
};

INLINE bool any(VI mask) {
  int32_t joined = 0;
  for (int lane = 0; lane < LANES; lane++) joined |= mask[lane];
  return joined != 0;
}

/** Clears the lanes of `mask` in `count` rows that stand `stride` apart. */
INLINE void clear_lanes(float* rows, int count, size_t stride, VI mask) {
  for (int i = 0; i < count; i++, rows += stride) store(rows, (V)((VI)load(rows) & ~mask));
}

/** Fills in length_B for lanes of a window; true when they are ragged. */
inline bool lane_lengths(const Batch& batch, int first_sequence, int sequences, int first_step, int steps,
                         int B, int32_t* length_B) {
  bool ragged = false;
  for (int b = 0; b < B; b++) {
    length_B[b] =
        b >= sequences ? 0 : (batch.lengths ? batch.lengths[first_sequence + b] : batch.steps) - first_step;
    if (b < sequences && length_B[b] < steps) ragged = true;
  }
  return ragged;
}

}  // namespace IRNN_NAMESPACE
