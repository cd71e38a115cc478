// A stack of recurrent layers with what stands below and above them: parameters, sizes, buffers.
#pragma once

#include "network/backward.hpp"
#include "network/dropout.hpp"
#include "network/output_layer.hpp"
#include "network/projection.hpp"
#include "network/sparse_rows.hpp"

namespace IRNN_NAMESPACE {

/** Lanes of a batch: its sequences rounded up to whole vectors. */
inline int whole_vectors(int sequences) { return (sequences + LANES - 1) / LANES * LANES; }

/** One or two directions, which read the same inputs. */
struct Layer {
  Recurrence direction[2];
  int directions;

  int inputs() const { return direction[0].I; }
  int units() const { return direction[0].H; }
  int outputs() const { return directions * units(); }
};

/** The tapes of a layer's directions. */
struct LayerTape {
  Tape direction[2];
};

/**
 * What the head reads, in columns of (step, lane) or, after the last step, of lanes. For windows of at most
 * so many columns.
 */
struct Reading {
  float *outputs, *projected, *d_projected;  // of the top layer; of the projection
  float* y_OB;                               // of a head after the last step
  int32_t *target_N, *predicted_N;

  void place(Arena& arena, int U, int P, int O, int columns) {
    const size_t N = whole_strips(columns);
    outputs = arena.floats(U * N);
    projected = arena.floats(P * N);
    d_projected = arena.floats(P * N);
    y_OB = O ? arena.floats(O * N) : nullptr;
    target_N = (int32_t*)arena.floats(N);
    predicted_N = (int32_t*)arena.floats(N);
  }
};

/** States before or after `size` sequences: of each layer h, then for the LSTM c, [size][H] each. */
struct States {
  float* values;
  int size;
};

struct Network {
  NetworkSpec spec;
  Team* team;
  Layer* layers;
  LayerTape* tapes;  // of training batches
  int depth, T, B;
  int U, P, O;  // outputs of the top layer, inputs and outputs of the head

  // Flat arrays of `count` parameters: w_RK of every direction from the input upwards, the projection [P][U],
  // the head's weights [O][P] and bias [O], the embedding [V][E]. Slots that the rule lacks are null.
  size_t count, head_first, embedding_first;
  float *parameters, *slot_1, *slot_2;
  double updates;
  // Gradients: of the first `dense` parameters as an array, of the tables behind them as rows. The head is
  // such a table when its classes are sampled.
  size_t dense;
  float* gradients;
  SparseRows d_embedding, d_head_weights, d_head_bias;
  float* zeros;  // a row of a table that was not touched

  DropoutSite* sites;  // depth + 1 of them
  BackwardScratch scratch;
  float* between[2];  // gradients of a layer's outputs: one is read while the other is written for the layer
                      // below
  Reading reading;    // by the head, of training batches
  Projection projection;
  OutputLayer output;  // for a head at every step
  int32_t* length_B;
  double* block_sums;
  States carried, evaluated;  // after the last training and the last evaluation batch
  void* memory;

  const Layer& top() const { return layers[depth - 1]; }
  const float* embedding() const { return parameters + embedding_first; }
  float* head_weights(float* flat) const { return flat + head_first; }
  float* head_bias(float* flat) const { return flat + head_first + (size_t)O * P; }

  /** Calls visit(first parameter, gradient) for the tables whose gradients are rows. */
  template <typename Visit>
  void for_each_table(Visit visit) {
    if (spec.samples) {
      visit(head_first, d_head_weights);
      visit(head_first + (size_t)O * P, d_head_bias);
    }
    if (spec.vocabulary) visit(embedding_first, d_embedding);
  }

  bool bidirectional() const {
    for (int k = 0; k < depth; k++) {
      if (layers[k].directions == 2) return true;
    }
    return false;
  }
  Dropout dropout() const { return Dropout::of(spec.dropout, spec.seed); }

  /** To be called whenever the parameters have changed. */
  void pack(const Member& member) {
    for (int k = 0; k < depth; k++) {
      for (int d = 0; d < layers[k].directions; d++) layers[k].direction[d].pack(member);
    }
    if (spec.projection) projection.pack(member);
    member.wait();
  }
};

}  // namespace IRNN_NAMESPACE
