// A network from its description: sizes, then one block of memory for all arrays.
#pragma once

#include "network/states.hpp"
#include "network/train.hpp"

namespace IRNN_NAMESPACE {

inline void plan(Network& n) {
  const NetworkSpec& s = n.spec;
  n.depth = s.layer_count, n.T = s.steps, n.B = whole_vectors(s.batch), n.O = s.outputs;
  n.count = 0;
  int below = s.inputs;
  for (int k = 0; k < n.depth; k++) {
    Layer& layer = n.layers[k];
    layer.directions = s.layers[k].bidirectional ? 2 : 1;
    for (int d = 0; d < layer.directions; d++) {
      Recurrence& r = layer.direction[d];
      r.cell = s.layers[k].cell, r.reverse = d == 1, r.differentiates_inputs = k > 0 || s.vocabulary;
      r.I = below, r.H = s.layers[k].hidden, r.precision = s.precision;
      r.plan(n.B, n.T);
      n.count += r.weights();
    }
    n.sites[k] = {k, below, nullptr};
    below = layer.outputs();
  }
  n.sites[n.depth] = {n.depth, below, nullptr};
  n.U = below, n.P = s.projection ? s.projection : below;
  if (s.projection) n.projection.plan(n.U, n.P, s.precision);
  n.head_first = n.count + (s.projection ? (size_t)n.P * n.U : 0);
  n.embedding_first = n.head_first + (size_t)n.O * n.P + n.O;
  n.count = n.embedding_first + (size_t)s.vocabulary * s.inputs;

  const int targets = s.batch * (s.every_step ? n.T : 1);
  const int classes = s.samples ? s.samples + targets : n.O;
  if (s.head == HEAD_SOFTMAX) n.output.plan(n.P, classes, s.every_step ? n.T * n.B : n.B, s.precision);
  n.dense = s.samples ? n.head_first : n.embedding_first;
  if (s.samples) {
    n.d_head_weights.plan(n.O, n.P, classes);
    n.d_head_bias.plan(n.O, 1, classes);
  }
  if (s.vocabulary) n.d_embedding.plan(s.vocabulary, s.inputs, s.batch * n.T);
}

/** Where the weights stand in the flat arrays. */
inline void point_at_weights(Network& n) {
  size_t at = 0;
  for (int k = 0; k < n.depth; k++) {
    for (int d = 0; d < n.layers[k].directions; d++) {
      Recurrence& r = n.layers[k].direction[d];
      r.w_RK = n.parameters + at, r.dw_RK = n.gradients + at;
      at += r.weights();
    }
  }
  n.projection.weights = n.parameters + at, n.projection.d_weights = n.gradients + at;
}

inline void place(Network& n, Arena& arena) {
  const NetworkSpec& s = n.spec;
  n.parameters = arena.floats(n.count);
  n.gradients = arena.floats(n.dense);
  n.slot_1 = Update::slots(s) > 0 ? arena.floats(n.count) : nullptr;
  n.slot_2 = Update::slots(s) > 1 ? arena.floats(n.count) : nullptr;
  size_t blocks = parameter_blocks(n.dense), widest = 1;
  n.for_each_table([&](size_t, SparseRows& d) {
    d.place(arena);
    blocks += parameter_blocks((size_t)d.most * d.width);
    widest = (size_t)d.width > widest ? d.width : widest;
  });
  n.block_sums = (double*)arena.floats(2 * blocks);
  n.zeros = arena.floats(widest);
  size_t most_da = 0, most_units = 0, most_between = (size_t)n.U;
  for (int k = 0; k < n.depth; k++) {
    if (k > 0 || s.vocabulary)
      most_between = most_between > (size_t)n.layers[k].inputs() ? most_between : n.layers[k].inputs();
    for (int d = 0; d < n.layers[k].directions; d++) {
      Recurrence& r = n.layers[k].direction[d];
      r.place_packed(arena, n.B);
      n.tapes[k].direction[d].place(arena, r, n.T, n.B, true);
      const size_t da = r.da_size(n.B);
      most_da = most_da > da ? most_da : da;
      most_units = most_units > (size_t)r.H ? most_units : r.H;
    }
  }
  n.scratch.da = arena.floats(most_da);
  n.scratch.dc_HB = arena.floats(most_units * n.B);
  for (int k = 0; s.dropout > 0 && k <= n.depth; k++) {
    n.sites[k].keep_TUB = (uint8_t*)arena.floats((size_t)n.T * n.sites[k].units * n.B / sizeof(float));
  }

  const bool all_steps = n.depth > 1 || s.vocabulary || s.every_step;
  for (int i = 0; i < 2; i++)
    n.between[i] = arena.floats(most_between * whole_strips(all_steps ? n.T * n.B : n.B));
  const int columns = s.every_step ? n.T * n.B : n.B;
  n.reading.place(arena, n.U, s.projection ? n.P : 0,
                  s.head == HEAD_SOFTMAX && (s.every_step || n.O > SCORE_GROUP) ? 0 : n.O, columns);
  if (s.projection) n.projection.place(arena, columns);
  if (s.head == HEAD_SOFTMAX) n.output.place(arena);
  n.length_B = (int32_t*)arena.floats(EVALUATION_LANES > n.B ? EVALUATION_LANES : n.B);
  if (!n.bidirectional()) n.carried.values = arena.floats(states_size(n, s.batch));
  n.carried.size = s.batch;
}

inline void destroy(Network* n) {
  if (n->team) team_destroy(n->team);
  free(n->evaluated.values);
  free(n->memory);
  free(n->layers);
  free(n->tapes);
  free(n->sites);
  free(n);
}

/** Null when memory or threads are short. */
inline Network* create(const NetworkSpec& spec) {
  Network* n = (Network*)calloc(1, sizeof(Network));
  if (!n) return nullptr;
  n->spec = spec;
  n->team = team_create(spec.threads);
  n->layers = (Layer*)calloc(spec.layer_count, sizeof(Layer));
  n->tapes = (LayerTape*)calloc(spec.layer_count, sizeof(LayerTape));
  n->sites = (DropoutSite*)calloc(spec.layer_count + 1, sizeof(DropoutSite));
  if (n->team && n->layers && n->tapes && n->sites) {
    plan(*n);
    n->spec.layers = nullptr;  // the caller's
    Arena arena;
    place(*n, arena);
    n->memory = arena.base = (char*)Arena::reserve(arena.used);
    arena.used = 0;
    if (n->memory) {
      place(*n, arena);
      point_at_weights(*n);
      return n;
    }
  }
  destroy(n);
  return nullptr;
}

}  // namespace IRNN_NAMESPACE
