// How activations of many positions (a sequence at a time step) lie for the products of dense.hpp.
//
// Positions are columns, in strips of two vectors; a strip holds its rows one after the other, so that a
// product reads it as one stream. Only positions that count become columns: steps beyond a sequence's end or
// without a target are left out, wherever they are. The last strip is filled up with columns of zeros.
#pragma once

#include "kernels/rows.hpp"

namespace IRNN_NAMESPACE {

constexpr int TILE_COLUMNS = 2 * LANES;

/** `columns` rounded up to whole strips. */
inline int whole_strips(int columns) { return (columns + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS; }

/** A matrix in strips. When `columns` are not whole strips, the last strip may be a single vector wide. */
struct StripMatrix {
  float* base;
  size_t rows;
  int columns;

  INLINE int strips() const { return (columns + TILE_COLUMNS - 1) / TILE_COLUMNS; }
  INLINE int width(int strip) const { return columns - strip * TILE_COLUMNS > LANES ? TILE_COLUMNS : LANES; }
  INLINE float* at(int strip, size_t row) const {
    return base + strip * rows * TILE_COLUMNS + row * width(strip);
  }
  INLINE float* element(size_t row, int column) const {
    return at(column / TILE_COLUMNS, row) + column % TILE_COLUMNS;
  }
  /** Floats that such a matrix takes. */
  static size_t size(size_t rows, int columns) {
    return rows * ((size_t)(columns + LANES - 1) / LANES * LANES);
  }
};

/** Copies a column to one of another matrix with as many rows. */
inline void copy_column(const StripMatrix& from, int column, const StripMatrix& to, int to_column) {
  const int step = from.width(column / TILE_COLUMNS), to_step = to.width(to_column / TILE_COLUMNS);
  const float* source = from.element(0, column);
  float* target = to.element(0, to_column);
  for (size_t k = 0; k < from.rows; k++, source += step, target += to_step) *target = *source;
}

inline void clear_column(const StripMatrix& x, int column) {
  for (size_t k = 0; k < x.rows; k++) *x.element(k, column) = 0;
}

/** x_NK from x_KN, in strips [from, to) of x_KN. */
inline void transpose(const StripMatrix& x_KN, const StripMatrix& x_NK, int from, int to) {
  const int K = (int)x_KN.rows;
  for (int s = from; s < to; s++) {
    const int width = x_KN.width(s);
    for (int k = 0; k < K; k++) {
      const float* row = x_KN.at(s, k);
      const int stride = x_NK.width(k / TILE_COLUMNS);
      float* column = x_NK.element((size_t)s * TILE_COLUMNS, k);
      for (int n = 0; n < width; n++) column[n * stride] = row[n];
    }
  }
}

}  // namespace IRNN_NAMESPACE
