// Between the kernels' order of the parameters and torch's.
#pragma once

#include "network.hpp"

namespace IRNN_NAMESPACE {

/** Calls visit(ours, theirs) for every parameter: index in the flat array here and in torch's (see kernels.h). */
template <typename Visit>
inline void for_each_parameter(const Network& n, Visit visit) {
  const size_t G = n.G, H = n.H, I = n.I, K = n.K, R = n.R;
  for (size_t u = 0; u < H; u++) {
    for (size_t g = 0; g < G; g++) {
      const size_t ours = (u * G + g) * K, row = g * H + u;
      for (size_t i = 0; i < I; i++) visit(ours + i, row * I + i);
      for (size_t h = 0; h < H; h++) visit(ours + I + 1 + h, R * I + row * H + h);
      visit(ours + I, R * (I + H) + row);
    }
  }
  for (size_t i = R * K; i < n.count; i++) visit(i, i);
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
  if (array == ARRAY_PARAMETERS) n.pack();
}

}  // namespace IRNN_NAMESPACE
