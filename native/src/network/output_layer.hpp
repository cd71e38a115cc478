// The output layer of a softmax over many classes, its loss and its gradients, for many positions at once.
//
// Positions are taken in chunks of as many as have their logits in LOGIT_FLOATS, so memory does not grow with
// the batch or the number of steps. (To recompute logits block by block instead would cost a third of the
// multiply-adds.) Scoring without gradients keeps those of one block of classes only, for any number of
// classes.
//
// All threads of a team call the same functions with the same arguments. A thread owns some strips of the
// chunk, from their logits to the gradients of their inputs, and some classes' weight gradients.
#pragma once

#include "network/arena.hpp"
#include "kernels/dense.hpp"
#include "team/member.hpp"
#include "kernels/softmax.hpp"

namespace IRNN_NAMESPACE {

constexpr size_t LOGIT_FLOATS = 16 << 20;
constexpr int MOST_COLUMNS = 1024;  // of a chunk: a block's logits of them stay in the second-level cache
constexpr size_t BLOCK_BYTES = 512 << 10;  // weights of a block of classes
constexpr int MOST_BLOCK = 2 * SCORE_GROUP;

/** The classes that a softmax runs over. Targets and predictions are numbers in this list. */
struct Classes {
  int count;
  const int32_t* rows;        // of the weights; null: class i is row i
  const float* log_expected;  // subtracted from the logits; null: nothing
  int competing;  // The first so many compete everywhere, each of the others only where it is the target.

  static Classes all(int count) { return {count, nullptr, nullptr, count}; }
  size_t row(int i) const { return rows ? (size_t)rows[i] : (size_t)i; }
};

/** weights_OK and bias_O. The gradients have a row for each class of the list; null when only scoring. */
struct OutputWeights {
  const float *weights, *bias;
  float *d_weights, *d_bias;
};

/** What the layer reads at every position, and the class that it should name there. */
struct Positions {
  StripMatrix x_KN;
  const int32_t* target_N;  // UNSCORED leaves a position out
  int count;
};

struct OutputLayer {
  int precision;
  int K, block, capacity;  // inputs; classes of a block; columns of a chunk at most
  double loss;             // summed over the scored positions of the last call

  /** For up to `positions` positions; gradients of up to `classes` classes (0: for scoring only). */
  void plan(int inputs, int classes, int positions, int with_precision) {
    K = inputs, precision = with_precision;
    input_panels_ = dense_panels(K, precision);
    const int fitting = (int)(BLOCK_BYTES / (sizeof(float) * K)) / SCORE_GROUP * SCORE_GROUP;
    block = fitting < SCORE_GROUP ? SCORE_GROUP : fitting > MOST_BLOCK ? MOST_BLOCK : fitting;
    const size_t kept = classes > block ? classes : block;
    const int most = (int)(LOGIT_FLOATS / kept < MOST_COLUMNS ? LOGIT_FLOATS / kept : MOST_COLUMNS);
    capacity = most < TILE_COLUMNS ? TILE_COLUMNS : most / TILE_COLUMNS * TILE_COLUMNS;
    if (capacity > whole_strips(positions)) capacity = whole_strips(positions);
    y_size_ = kept * capacity;
  }

  void place(Arena& arena) {
    x_ = arena.floats((size_t)K * capacity);
    x_transposed_ = arena.floats(StripMatrix::size(capacity, K));
    dx_ = arena.floats((size_t)K * capacity);
    y_ = arena.floats(y_size_);
    packed_ = arena.floats(packed_size());
    scores_.largest = arena.floats(capacity);
    scores_.total = (double*)arena.floats((size_t)capacity * 2);
    scores_.of_target = arena.floats(capacity);
    scores_.predicted = (int32_t*)arena.floats(capacity);
    scores_.factor = arena.floats(capacity);
    scores_.target = (int32_t*)arena.floats(capacity);
    position_ = (int32_t*)arena.floats(capacity);
  }

  /** The loss and `scale` times its gradients; dx_KN is zero at positions that are not scored. */
  void train(const Classes& classes, const OutputWeights& w, const Positions& positions, float scale,
             const StripMatrix& dx_KN, const Member& member) {
    const Range strips = member.share(dx_KN.strips());
    for (int s = strips.first; s < strips.end; s++)
      memset(dx_KN.at(s, 0), 0, sizeof(float) * K * dx_KN.width(s));
    const Range rows = member.share(classes.count);
    memset(w.d_weights + (size_t)rows.first * K, 0, sizeof(float) * K * (rows.end - rows.first));
    memset(w.d_bias + rows.first, 0, sizeof(float) * (rows.end - rows.first));
    for_each_chunk(positions, member, [&](const Chunk& chunk) {
      const StripMatrix y_CN = {y_, (size_t)classes.count, chunk.columns};
      for (int first = 0; first < classes.count; first += block) {
        forward_block(classes, w, first, chunk, y_CN, first, false, member);
      }
      prepare_backward(chunk, scale);
      member.wait();
      for (int first = 0; first < classes.count; first += block) {
        backward_block(classes, w, first, chunk, y_CN, scale, member);
      }
      for (int n = chunk.first_column(); n < chunk.end_column(); n++) {
        copy_column(gradients_of(chunk), n, dx_KN, position_[n]);
      }
    });
  }

  /** The loss; the most probable classes, or UNSCORED, go to predicted_N unless it is null. */
  void evaluate(const Classes& classes, const OutputWeights& w, const Positions& positions,
                int32_t* predicted_N, const Member& member) {
    const Range mine = member.share(positions.count);
    for (int n = mine.first; predicted_N && n < mine.end; n++) predicted_N[n] = UNSCORED;
    for_each_chunk(positions, member, [&](const Chunk& chunk) {
      const StripMatrix y_CN = {y_, (size_t)block, chunk.columns};
      for (int first = 0; first < classes.count; first += block) {
        forward_block(classes, w, first, chunk, y_CN, 0, predicted_N != nullptr, member);
      }
      for (int n = chunk.first_column(); predicted_N && n < chunk.end_column(); n++) {
        predicted_N[position_[n]] = scores_.predicted[n];
      }
    });
  }

 private:
  Panels input_panels_;
  size_t y_size_;
  float *x_, *x_transposed_, *dx_, *y_, *packed_;
  ColumnScores scores_;
  int32_t* position_;  // of every column

  /** Some scored positions, packed together, and a thread's strips of them. */
  struct Chunk {
    int columns, filled;  // whole strips, and those in use
    Range strips;

    int first_column() const { return strips.first * TILE_COLUMNS; }
    int end_column() const { return strips.end * TILE_COLUMNS < filled ? strips.end * TILE_COLUMNS : filled; }
  };

  StripMatrix inputs_of(const Chunk& chunk) const { return {x_, (size_t)K, chunk.columns}; }
  StripMatrix transposed_inputs_of(const Chunk& chunk) const {
    return {x_transposed_, (size_t)chunk.columns, K};
  }
  StripMatrix gradients_of(const Chunk& chunk) const { return {dx_, (size_t)K, chunk.columns}; }

  template <typename Work>
  void for_each_chunk(const Positions& positions, const Member& member, Work work) {
    if (member.leads()) loss = 0;
    member.wait();
    for (int next = 0; next < positions.count;) {
      const int begin = next;
      int filled = 0;
      for (; next < positions.count && filled < capacity; next++)
        filled += positions.target_N[next] != UNSCORED;
      if (filled == 0) break;
      const int columns = whole_strips(filled);
      const Chunk chunk = {columns, filled, member.share(columns / TILE_COLUMNS)};
      fill(chunk, positions, begin);
      work(chunk);
      member.wait();
      for (int n = 0; member.leads() && n < filled; n++) loss += scores_.loss(n);
      member.wait();
    }
  }

  /**
   * Copies the inputs and targets of a thread's columns; the columns that fill up the last strip are zero.
   */
  void fill(const Chunk& chunk, const Positions& positions, int position) {
    const StripMatrix x = inputs_of(chunk);
    for (int n = 0; n < chunk.end_column(); position++) {
      if (positions.target_N[position] == UNSCORED) continue;
      if (n >= chunk.first_column()) {
        position_[n] = position;
        scores_.target[n] = positions.target_N[position];
        copy_column(positions.x_KN, position, x, n);
      }
      n++;
    }
    for (int n = chunk.end_column(); n < chunk.strips.end * TILE_COLUMNS; n++) {
      scores_.target[n] = UNSCORED;
      clear_column(x, n);
    }
    scores_.clear(chunk.first_column(), chunk.strips.end * TILE_COLUMNS);
  }

  /** Floats of a block of classes, packed by rows or by columns. */
  size_t packed_size() const {
    const size_t rows = dense_size(block, K, precision), columns = dense_size(K, block, precision);
    return rows > columns ? rows : columns;
  }
  int block_size(const Classes& classes, int first) const {
    return classes.count - first < block ? classes.count - first : block;
  }

  /** Logits of the block of classes that begins with `first` into y, from row y_row on, and their scores. */
  void forward_block(const Classes& classes, const OutputWeights& w, int first, const Chunk& chunk,
                     const StripMatrix& y, size_t y_row, bool predict, const Member& member) {
    const int count = block_size(classes, first);
    const Panels panels = dense_panels(count, precision);
    const Range packing = member.share(panels.number);
    const auto weights_of = [&](int i) { return w.weights + classes.row(first + i) * K; };
    member.wait();
    pack_rows(panels, K, weights_of, packed_, packing.first, packing.end);
    member.wait();
    for (int s = chunk.strips.first; s < chunk.strips.end; s++) {
      float* y_s = y.at(s, y_row);
      for (int i = 0; i < count; i++) {
        const float bias =
            w.bias[classes.row(first + i)] - (classes.log_expected ? classes.log_expected[first + i] : 0.0f);
        for (int v = 0; v < TILE_COLUMNS; v += LANES) store(y_s + i * TILE_COLUMNS + v, splat(bias));
      }
      dense_product(panels, packed_, K, inputs_of(chunk), 0, y, y_row, s, s + 1);
      exclude_others(classes.competing, first, count, s, scores_, y_s);
      score_strip(y_s, first, count, s, scores_, predict);
    }
  }

  /** What the gradients of a thread's columns need when their scores are complete. */
  void prepare_backward(const Chunk& chunk, float scale) {
    for (int n = chunk.first_column(); n < chunk.strips.end * TILE_COLUMNS; n++) {
      scores_.factor[n] = n < chunk.filled ? (float)(scale / scores_.total[n]) : 0.0f;
    }
    for (int s = chunk.strips.first; s < chunk.strips.end; s++) {
      memset(gradients_of(chunk).at(s, 0), 0, sizeof(float) * K * TILE_COLUMNS);
    }
    transpose(inputs_of(chunk), transposed_inputs_of(chunk), chunk.strips.first, chunk.strips.end);
  }

  /** From the logits of a block of classes to its gradients; adds to the gradients of the inputs. */
  void backward_block(const Classes& classes, const OutputWeights& w, int first, const Chunk& chunk,
                      const StripMatrix& dy, float scale, const Member& member) {
    const int count = block_size(classes, first);
    const Range packing = member.share(input_panels_.number);
    const auto weights_of = [&](int i) { return w.weights + classes.row(first + i) * K; };
    pack_columns(input_panels_, count, weights_of, packed_, packing.first, packing.end);
    for (int s = chunk.strips.first; s < chunk.strips.end; s++) {
      gradient_strip(dy.at(s, first), first, count, s, scores_, scale);
    }
    member.wait();
    dense_product(input_panels_, packed_, count, dy, first, gradients_of(chunk), 0, chunk.strips.first,
                  chunk.strips.end);

    const Panels panels = dense_panels(count, precision);
    const Range mine = member.share(panels.number);
    const auto gradient_of = [&](int i) { return w.d_weights + (size_t)(first + i) * K; };
    dense_gradient(panels, dy, first, transposed_inputs_of(chunk), gradient_of, mine.first, mine.end);
    for (int i = panels.first(mine.first); i < panels.first(mine.end); i++) {
      V sum = {};
      for (int s = 0; s < dy.strips(); s++) {
        for (int v = 0; v < TILE_COLUMNS; v += LANES) sum += load(dy.at(s, first + i) + v);
      }
      w.d_bias[first + i] += horizontal_sum(sum);
    }
    member.wait();
  }
};

}  // namespace IRNN_NAMESPACE
