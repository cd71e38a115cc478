// Cross-entropy of a softmax whose logits come in blocks of classes: what is known of each column so far,
// and its gradient.
//
// A column's sum of exponentials is kept relative to its largest logit so far (Milakov & Gimelshein 2018,
// arXiv 1805.02867). It grows by groups of SCORE_GROUP classes, always the same ones, in double precision:
// the loss does not depend on how classes come in blocks, and a million of them cost no accuracy.
#pragma once

#include <math.h>

#include "kernels/activations.hpp"
#include "interface/kernels.h"
#include "kernels/strips.hpp"

namespace IRNN_NAMESPACE {

constexpr int SCORE_GROUP = 64;

/** A logit that no sum feels. Finite, so that differences are numbers. */
constexpr float EXCLUDED = -1e30f;

/** By column. */
struct ColumnScores {
  float* largest;      // logit so far
  double* total;       // sum of exp(logit - largest)
  float* of_target;    // the target's logit
  int32_t* predicted;  // class of the largest logit, the first of equals
  float* factor;       // of the gradient: scale / total, 0 for columns that fill up a strip
  int32_t* target;     // UNSCORED for columns that fill up a strip

  void clear(int from, int to) const {
    for (int n = from; n < to; n++) {
      largest[n] = -__builtin_inff();
      total[n] = of_target[n] = 0;
      predicted[n] = 0;
    }
  }
  double loss(int n) const { return log(total[n]) + ((double)largest[n] - of_target[n]); }
};

/** One vector of columns takes up `rows` classes from `first` on; their logits stand TILE_COLUMNS apart. */
INLINE void score_group(const float* y, int rows, int first, int column, const ColumnScores& scores,
                        bool predict) {
  const V before = load(scores.largest + column);
  V largest = before;
  for (int r = 0; r < rows; r++) {
    const V logit = load(y + r * TILE_COLUMNS);
    largest = largest > logit ? largest : logit;
  }
  V sum = {};
  for (int r = 0; r < rows; r++) sum += bounded_exponential(load(y + r * TILE_COLUMNS) - largest);
  const V shrink = bounded_exponential(before - largest);
  double* total = scores.total + column;
  for (int lane = 0; lane < LANES; lane++) total[lane] = total[lane] * shrink[lane] + sum[lane];
  store(scores.largest + column, largest);
  if (!predict) return;
  VI found = {};
  for (int r = rows - 1; r >= 0; r--)
    found = load(y + r * TILE_COLUMNS) == largest ? VI{} + (first + r) : found;
  VI* predicted = (VI*)(scores.predicted + column);
  *predicted = largest > before ? found : *predicted;
}

/** Takes the classes of a block from `competing` on out of all columns but those whose target they are. */
inline void exclude_others(int competing, int first, int count, int strip, const ColumnScores& scores,
                           float* y) {
  for (int i = competing > first ? competing - first : 0; i < count; i++) {
    for (int n = 0; n < TILE_COLUMNS; n++) {
      if (scores.target[strip * TILE_COLUMNS + n] != first + i) y[i * TILE_COLUMNS + n] = EXCLUDED;
    }
  }
}

/**
 * A strip takes up classes [first, first + count), a multiple of SCORE_GROUP from 0; their logits
 * begin at `y`.
 */
inline void score_strip(const float* y, int first, int count, int strip, const ColumnScores& scores,
                        bool predict) {
  const int column = strip * TILE_COLUMNS;
  for (int n = 0; n < TILE_COLUMNS; n++) {
    const int row = scores.target[column + n] - first;
    if (row >= 0 && row < count) scores.of_target[column + n] = y[row * TILE_COLUMNS + n];
  }
  for (int r = 0; r < count; r += SCORE_GROUP) {
    const int rows = count - r < SCORE_GROUP ? count - r : SCORE_GROUP;
    for (int v = 0; v < TILE_COLUMNS; v += LANES) {
      score_group(y + r * TILE_COLUMNS + v, rows, first + r, column + v, scores, predict);
    }
  }
}

/** Replaces logits of a strip by their gradient, (probability - [class is the target]) * scale. */
inline void gradient_strip(float* y, int first, int count, int strip, const ColumnScores& scores,
                           float scale) {
  const int column = strip * TILE_COLUMNS;
  for (int v = 0; v < TILE_COLUMNS; v += LANES) {
    const V largest = load(scores.largest + column + v), factor = load(scores.factor + column + v);
    for (int r = 0; r < count; r++) {
      float* at = y + r * TILE_COLUMNS + v;
      store(at, bounded_exponential(load(at) - largest) * factor);
    }
  }
  for (int n = 0; n < TILE_COLUMNS; n++) {
    const int row = scores.target[column + n] - first;
    if (row >= 0 && row < count) y[row * TILE_COLUMNS + n] -= scale;
  }
}

}  // namespace IRNN_NAMESPACE
