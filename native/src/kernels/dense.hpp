// Products over many positions at once: y = W x, dx = W^T dy and dW += dy x^T. Used where no step waits for
// the one before it: output layer, projections.
//
// All three are one product, of a few rows of the left matrix with a strip of columns of the right one,
//
//   c[j][n] += sum over k of left[j][k] * right[k][n],   j < height, n < width of the strip
//
// The sums of such a tile stay in registers. They start from what c holds and take their terms in the order
// of k, so that cutting a product into blocks, along any of its dimensions, and sharing it among threads
// change no bit of it.
//
//         left matrix                      right matrix          c
//   y     W, packed: panel[k][j]           x, in strips          in strips, as the next product wants it
//   dx    W^T, packed: panel[k][j]         dy                    likewise
//   dW    dy, its rows as they are         x transposed          rows of W's own order, by way of a tile
#pragma once

#if defined(IRNN_TILES)
#include "kernels/tile_dense.hpp"
#else

#include "kernels/packing.hpp"
#include "kernels/strips.hpp"

namespace IRNN_NAMESPACE {

constexpr int TILE_ROWS = MAX_HEIGHT_2;

/** The sums of HEIGHT rows and VECTORS vectors of columns. */
template <int HEIGHT, int VECTORS>
struct TileSums {
  V sum[HEIGHT][VECTORS];

  INLINE explicit TileSums(const float* c) {
    UNROLL for (int j = 0; j < HEIGHT; j++) {
      UNROLL for (int v = 0; v < VECTORS; v++) sum[j][v] = load(c + (j * VECTORS + v) * LANES);
    }
  }
  INLINE void store_to(float* c) const {
    UNROLL for (int j = 0; j < HEIGHT; j++) {
      UNROLL for (int v = 0; v < VECTORS; v++) store(c + (j * VECTORS + v) * LANES, sum[j][v]);
    }
  }
  /** One k; the weights of the rows stand `stride` apart. */
  INLINE void add(const float* weights, int stride, const float* right) {
    V columns[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) columns[v] = load(right + v * LANES);
    UNROLL for (int j = 0; j < HEIGHT; j++) {
      UNROLL for (int v = 0; v < VECTORS; v++) sum[j][v] += columns[v] * weights[j * stride];
    }
  }
};

typedef void (*PackedTile)(const float* panel, const float* strip, int depth, float* c);

template <int HEIGHT, int VECTORS>
__attribute__((noinline)) void packed_tile(const float* panel, const float* strip, int depth, float* c) {
  constexpr int WIDTH = VECTORS * LANES;
  TileSums<HEIGHT, VECTORS> sums(c);
  for (; depth >= 4; depth -= 4, panel += 4 * HEIGHT, strip += 4 * WIDTH) {
    UNROLL for (int k = 0; k < 4; k++) sums.add(panel + k * HEIGHT, 1, strip + k * WIDTH);
  }
  for (; depth > 0; depth--, panel += HEIGHT, strip += WIDTH) sums.add(panel, 1, strip);
  sums.store_to(c);
}

typedef void (*GradientTile)(const StripMatrix& dy, size_t row, const float* strip, float* c);

/** The left matrix are rows of dy from `row` on, whose columns are whole strips. */
template <int HEIGHT, int VECTORS>
__attribute__((noinline)) void gradient_tile(const StripMatrix& dy, size_t row, const float* strip,
                                             float* c) {
  constexpr int WIDTH = VECTORS * LANES;
  TileSums<HEIGHT, VECTORS> sums(c);
  const int strips = dy.strips();
  for (int s = 0; s < strips; s++) {
    const float* weights = dy.at(s, row);
    // The rows' part of the next strip is megabytes away: too far for a core to guess.
    const float* upcoming = dy.at(s + 1 < strips ? s + 1 : s, row);
    for (int n = 0; n < TILE_COLUMNS; n += 2, weights += 2, strip += 2 * WIDTH, upcoming += 2 * HEIGHT) {
      __builtin_prefetch(upcoming);
      sums.add(weights, TILE_COLUMNS, strip);
      sums.add(weights + 1, TILE_COLUMNS, strip + WIDTH);
    }
  }
  sums.store_to(c);
}

template <int VECTORS, int... N>
PackedTile choose_packed_tile(int height, Lanes<N...>) {
  static const PackedTile by_height[] = {packed_tile<N + 1, VECTORS>...};
  return by_height[height - 1];
}
template <int VECTORS, int... N>
GradientTile choose_gradient_tile(int height, Lanes<N...>) {
  static const GradientTile by_height[] = {gradient_tile<N + 1, VECTORS>...};
  return by_height[height - 1];
}
typedef CountLanes<TILE_ROWS>::type TileHeights;
inline PackedTile packed_tile_for(int height, int width) {
  return width == LANES ? choose_packed_tile<1>(height, TileHeights{})
                        : choose_packed_tile<2>(height, TileHeights{});
}
inline GradientTile gradient_tile_for(int height, int width) {
  return width == LANES ? choose_gradient_tile<1>(height, TileHeights{})
                        : choose_gradient_tile<2>(height, TileHeights{});
}

/** Rows cut into panels for these products. */
inline Panels dense_panels(int rows, int precision) {
  Panels panels;
  panels.cut(rows, TILE_ROWS);
  panels.precision = precision;
  return panels;
}
/** Floats of so many packed rows. */
inline size_t dense_size(int rows, int depth, int) { return (size_t)rows * depth; }

/** Packs panels [from, to) of W for y = W x: panel[k][j] = row_of(j)[k]. */
template <typename RowOf>
inline void pack_rows(const Panels& panels, int depth, RowOf row_of, float* packed, int from, int to) {
  for (int p = from; p < to; p++) {
    const int first = panels.first(p), height = panels.size(p);
    const float* rows[TILE_ROWS];
    for (int j = 0; j < height; j++) rows[j] = row_of(first + j);
    float* panel = packed + (size_t)first * depth;
    for (int k = 0; k < depth; k++, panel += height) {
      for (int j = 0; j < height; j++) panel[j] = rows[j][k];
    }
  }
}

/** Packs panels [from, to) of the columns of W for dx = W^T dy: panel[row][j] = row_of(row)[column j]. */
template <typename RowOf>
inline void pack_columns(const Panels& panels, int rows, RowOf row_of, float* packed, int from, int to) {
  for (int row = 0; row < rows; row++) {
    const float* columns = row_of(row);
    for (int p = from; p < to; p++) {
      const int first = panels.first(p), width = panels.size(p);
      float* panel = packed + (size_t)first * rows + (size_t)row * width;
      for (int j = 0; j < width; j++) panel[j] = columns[first + j];
    }
  }
}

/**
 * Adds to rows c_row and following of c, in strips [from, to), the packed panels times `depth` rows of x,
 * from x_row on.
 */
inline void dense_product(const Panels& panels, const float* packed, int depth, const StripMatrix& x,
                          size_t x_row, const StripMatrix& c, size_t c_row, int from, int to) {
  for (int s = from; s < to; s++) {
    const float* strip = x.at(s, x_row);
    for (int p = 0; p < panels.number; p++) {
      const size_t first = panels.first(p);
      packed_tile_for(panels.size(p), x.width(s))(packed + first * depth, strip, depth,
                                                  c.at(s, c_row + first));
    }
  }
}

/**
 * Adds to row_of(i), rows of dW, the product of row + i of dy with x_NK, for the rows of panels [from, to).
 */
template <typename RowOf>
inline void dense_gradient(const Panels& panels, const StripMatrix& dy, size_t row, const StripMatrix& x_NK,
                           RowOf row_of, int from, int to) {
  alignas(64) float tile[TILE_ROWS * TILE_COLUMNS] = {};
  for (int p = from; p < to; p++) {
    const int first = panels.first(p), height = panels.size(p);
    for (int s = 0; s < x_NK.strips(); s++) {
      const int width = x_NK.width(s), first_column = s * TILE_COLUMNS;
      const int columns = x_NK.columns - first_column < width ? x_NK.columns - first_column : width;
      const size_t bytes = sizeof(float) * columns;
      for (int j = 0; j < height; j++) memcpy(tile + j * width, row_of(first + j) + first_column, bytes);
      gradient_tile_for(height, width)(dy, row + first, x_NK.at(s, 0), tile);
      for (int j = 0; j < height; j++) memcpy(row_of(first + j) + first_column, tile + j * width, bytes);
    }
  }
}

}  // namespace IRNN_NAMESPACE
#endif
