// Between the kernels' order of the parameters and torch's.
#pragma once

#include "network.hpp"

namespace IRNN_NAMESPACE {

/**
 * Calls visit(ours, theirs) for every parameter: index in the flat array here and in torch's, where a direction is
 * weight_ih [G*H][I], weight_hh [G*H][H], bias [G*H]. Both have the same tensors in the same order.
 */
template <typename Visit>
inline void for_each_parameter(const Network& n, Visit visit) {
  size_t start = (size_t)n.spec.vocabulary * n.spec.inputs;
  for (size_t i = 0; i < start; i++) visit(i, i);
  for (int k = 0; k < n.depth; k++) {
    for (int d = 0; d < n.layers[k].directions; d++) {
      const Recurrence& r = n.layers[k].direction[d];
      const size_t G = r.G, H = r.H, I = r.I, K = r.K, R = r.R;
      for (size_t u = 0; u < H; u++) {
        for (size_t g = 0; g < G; g++) {
          const size_t ours = start + (u * G + g) * K, row = g * H + u;
          for (size_t i = 0; i < I; i++) visit(ours + i, start + row * I + i);
          for (size_t h = 0; h < H; h++) visit(ours + I + 1 + h, start + R * I + row * H + h);
          visit(ours + I, start + R * (I + H) + row);
        }
      }
      start += R * K;
    }
  }
  for (size_t i = start; i < n.count; i++) visit(i, i);
}

inline float* array_of(Network& n, int array) {
  return array == ARRAY_PARAMETERS ? n.parameters
         : array == ARRAY_SLOT_1   ? n.slot_1
         : array == ARRAY_SLOT_2   ? n.slot_2
                                   : n.gradients;
}

inline void read_array(Network& n, int array, float* out) {
  const float* from = array_of(n, array);
  for_each_parameter(n, [&](size_t ours, size_t theirs) { out[theirs] = from[ours]; });
}

inline void write_array(Network& n, int array, const float* values) {
  float* to = array_of(n, array);
  for_each_parameter(n, [&](size_t ours, size_t theirs) { to[ours] = values[theirs]; });
  if (array != ARRAY_PARAMETERS) return;
  run_together(n.team, [&](const Member& member) { n.pack(member); });
}

}  // namespace IRNN_NAMESPACE
