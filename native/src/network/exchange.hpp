// Between the kernels' order of the parameters and torch's.
#pragma once

#include "network/network.hpp"

namespace IRNN_NAMESPACE {

/**
 * Calls visit(ours, theirs) for every parameter: index in the flat array here and in torch's, where a
 * direction is weight_ih [G*H][I], weight_hh [G*H][H], bias [G*H]. Both have the same tensors, but torch's
 * begin with the embedding.
 */
template <typename Visit>
inline void for_each_parameter(const Network& n, Visit visit) {
  const size_t embedding = (size_t)n.spec.vocabulary * n.spec.inputs;
  for (size_t i = 0; i < embedding; i++) visit(n.embedding_first + i, i);
  size_t start = 0;
  for (int k = 0; k < n.depth; k++) {
    for (int d = 0; d < n.layers[k].directions; d++) {
      const Recurrence& r = n.layers[k].direction[d];
      const size_t G = r.G, H = r.H, I = r.I, K = r.K, R = r.R;
      for (size_t u = 0; u < H; u++) {
        for (size_t g = 0; g < G; g++) {
          const size_t ours = start + (u * G + g) * K, theirs = embedding + start, row = g * H + u;
          for (size_t i = 0; i < I; i++) visit(ours + i, theirs + row * I + i);
          for (size_t h = 0; h < H; h++) visit(ours + I + 1 + h, theirs + R * I + row * H + h);
          visit(ours + I, theirs + R * (I + H) + row);
        }
      }
      start += R * K;
    }
  }
  for (size_t i = start; i < n.embedding_first; i++) visit(i, embedding + i);
}

/** Null for slots that the rule lacks, and for gradients, which are not one array. */
inline float* array_of(Network& n, Array array) {
  return array == ARRAY_PARAMETERS ? n.parameters
         : array == ARRAY_SLOT_1   ? n.slot_1
         : array == ARRAY_SLOT_2   ? n.slot_2
                                   : nullptr;
}

/** A gradient of a table as part of the flat array `out`. */
inline void expand(const SparseRows& d, float* out) {
  memset(out, 0, sizeof(float) * (size_t)d.rows * d.width);
  for (int i = 0; i < d.count; i++) {
    memcpy(out + (size_t)d.touched[i] * d.width, d.values + (size_t)i * d.width, sizeof(float) * d.width);
  }
}

inline void read_gradients(Network& n, float* out) {
  for_each_parameter(n, [&](size_t ours, size_t theirs) {
    if (ours < n.dense) out[theirs] = n.gradients[ours];
  });
  const size_t embedding = n.count - n.embedding_first;
  n.for_each_table([&](size_t first, const SparseRows& d) {
    expand(d, out + (first == n.embedding_first ? 0 : embedding + first));
  });
}

/** False where there is no such array. */
inline bool read_array(Network& n, Array array, float* out) {
  if (array == ARRAY_GRADIENTS) {
    read_gradients(n, out);
    return true;
  }
  const float* from = array_of(n, array);
  if (!from) return false;
  for_each_parameter(n, [&](size_t ours, size_t theirs) { out[theirs] = from[ours]; });
  return true;
}

/** False where there is no such array to write to. */
inline bool write_array(Network& n, Array array, const float* values) {
  float* to = array_of(n, array);
  if (!to) return false;
  for_each_parameter(n, [&](size_t ours, size_t theirs) { to[ours] = values[theirs]; });
  if (array == ARRAY_PARAMETERS) run_together(n.team, [&](const Member& member) { n.pack(member); });
  return true;
}

}  // namespace IRNN_NAMESPACE
