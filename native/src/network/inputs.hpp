// What a layer reads at a step: features, an embedding, or the outputs of the layer below, with dropout in
// training.
#pragma once

#include "network/network.hpp"

namespace IRNN_NAMESPACE {

/** The row of ones: it carries the bias, in lanes that are not idle. */
inline void fill_ones(const Window& w, int t, float* row_B) {
  for (int b = 0; b < w.B; b++) row_B[b] = t < w.length_B[b] ? 1.0f : 0.0f;
}

inline void fill_features(const Window& w, int I, int t, Range rows, ZRows z) {
  const Batch& batch = *w.batch;
  const float* x =
      (const float*)batch.x + ((size_t)(w.first_step + t) * I + rows.first) * batch.size + w.first_sequence;
  RowWalk to(z, rows.first);
  for (int i = rows.first; i < rows.end; i++, to.next(), x += batch.size) {
    // What stands beyond a sequence's end may be anything, so it is not even multiplied.
    if (!w.ragged) memcpy(to.at, x, sizeof(float) * w.sequences);
    else
      for (int b = 0; b < w.sequences; b++) to.at[b] = t < w.length_B[b] ? x[b] : 0.0f;
    for (int b = w.sequences; b < w.B; b++) to.at[b] = 0;
  }
}

inline void fill_embedding(const Window& w, const float* embedding_VE, int E, int t, Range rows, ZRows z) {
  const Batch& batch = *w.batch;
  const int32_t* tokens =
      (const int32_t*)batch.x + (size_t)(w.first_step + t) * batch.size + w.first_sequence;
  for (int b = 0; b < w.B; b++) {
    const float* vector = t < w.length_B[b] ? embedding_VE + (size_t)tokens[b] * E : nullptr;
    RowWalk to(z, rows.first);
    for (int e = rows.first; e < rows.end; e++, to.next()) to.at[b] = vector ? vector[e] : 0.0f;
  }
}

/** The gradient of the embedding from that of what it gave, in columns of (step, lane). */
inline void embedding_gradient(const Window& w, const StripMatrix& d, SparseRows& d_embedding,
                               const Member& member) {
  const int32_t* tokens = (const int32_t*)w.batch->x;
  const auto for_each_token = [&](auto visit) {
    for (int t = 0; t < w.steps; t++) {
      for (int b = 0; b < w.sequences; b++) {
        if (t < w.length_B[b]) visit(tokens[(size_t)t * w.batch->size + b], t * w.B + b);
      }
    }
  };
  if (member.leads()) {
    d_embedding.clear();
    for_each_token([&](int token, int) { d_embedding.touch(token); });
  }
  member.wait();
  const Range mine = member.share(d_embedding.width);
  const size_t bytes = sizeof(float) * (mine.end - mine.first);
  for (int i = 0; i < d_embedding.count; i++)
    memset(d_embedding.values + (size_t)i * d_embedding.width + mine.first, 0, bytes);
  for_each_token([&](int token, int column) {
    float* row = d_embedding.row(token);
    for (int e = mine.first; e < mine.end; e++) row[e] += *d.element(e, column);
  });
}

/** The outputs of a layer: its directions one after the other. */
inline void fill_outputs(const Layer& below, const LayerTape& tape, int t, Range rows, ZRows z) {
  const int H = below.units();
  RowWalk to(z, rows.first);
  for (int u = rows.first; u < rows.end;) {
    const int d = u / H, end = (d + 1) * H < rows.end ? (d + 1) * H : rows.end;
    const Recurrence& r = below.direction[d];
    RowWalk from(tape.direction[d].z_rows(r.slot_after(t)), r.first_recurrent + u % H);
    for (; u < end; u++, from.next(), to.next()) memcpy(to.at, from.at, sizeof(float) * z.B);
  }
}

/**
 * Fills this thread's share of the input rows of layer k at step t of a window. `dropout` is null outside
 * training.
 */
inline void fill_inputs(const Network& n, const LayerTape* tapes, const Window& w, const Dropout* dropout,
                        int k, int t, ZRows z, const Member& member) {
  const int I = n.layers[k].inputs(), tokens = n.spec.vocabulary;
  const Range rows = member.share(I);
  if (k > 0) fill_outputs(n.layers[k - 1], tapes[k - 1], t, rows, z);
  else if (tokens) fill_embedding(w, n.embedding(), I, t, rows, z);
  else fill_features(w, I, t, rows, z);
  if (dropout && (k > 0 || tokens)) {
    RowWalk row(z, rows.first);
    for (int i = rows.first; i < rows.end; i++, row.next())
      dropout->apply(n.sites[k].at(t, i, w.B), w.B, row.at, row.at);
  }
  if (member.leads()) fill_ones(w, t, z.at(I));
}

}  // namespace IRNN_NAMESPACE
