// Gradients of weights on tiles: dW += dy x^T, summed over many steps or positions.
//
// Rows of dW are taken 128 at a time and terms 128 at a time, so that both operands, in parts, stay in the
// second-level cache: dy is split once for all columns of dW, x once for 128 rows.
#pragma once

#include "kernels/tile_product.hpp"

namespace IRNN_NAMESPACE {

constexpr int GRADIENT_ROW_TILES = 8, GRADIENT_DEPTH_TILES = 4, GRADIENT_BLOCK = 2;  // tiles
constexpr int GRADIENT_EDGE = GRADIENT_BLOCK * TILE_EDGE;

/** A block of rows and columns of dW, taken out of it and put back: at its edges it is smaller. */
struct GradientBlock {
  alignas(64) float sums[GRADIENT_EDGE * GRADIENT_EDGE];
  int rows, columns, width;  // width: columns, filled up to whole tiles

  template <typename RowOf>
  INLINE void take(RowOf row_of, bool from_zero) {
    memset(sums, 0, sizeof sums);
    for (int i = 0; !from_zero && i < rows; i++) {
      memcpy(sums + i * width, row_of(i), sizeof(float) * columns);
    }
  }
  template <typename RowOf>
  INLINE void put(RowOf row_of) const {
    for (int i = 0; i < rows; i++) memcpy(row_of(i), sums + i * width, sizeof(float) * columns);
  }
};

/**
 * Rows [first, end) of dW, over `depth` tiles of 32 terms: row_of(row) is where a row of dW lies; left(tiles,
 * row, k) makes the tiles of 16 rows of dy from `row` on at the k-th 32 terms, right(tiles, column, k) those
 * of x. `from_zero`: dW holds nothing yet.
 */
template <typename Left, typename Right, typename RowOf>
__attribute__((noinline)) void tile_gradient(int parts, int first, int end, int columns, int depth,
                                             bool from_zero, Left left, Right right, RowOf row_of) {
  Tile left_tiles[GRADIENT_ROW_TILES * GRADIENT_DEPTH_TILES * MOST_PARTS];
  Tile right_tiles[GRADIENT_BLOCK * GRADIENT_DEPTH_TILES * MOST_PARTS];
  GradientBlock c;
  for (int row = first; row < end; row += GRADIENT_ROW_TILES * TILE_EDGE) {
    const int left_rows = end - row, most = GRADIENT_ROW_TILES * TILE_EDGE;
    const int row_tiles = tiles_of(left_rows < most ? left_rows : most, TILE_EDGE);
    for (int k = 0; k < depth; k += GRADIENT_DEPTH_TILES) {
      const int length = depth - k < GRADIENT_DEPTH_TILES ? depth - k : GRADIENT_DEPTH_TILES;
      const Operand a = {left_tiles, length, parts}, b = {right_tiles, length, parts};
      for (int i = 0; i < row_tiles; i++) {
        for (int n = 0; n < length; n++) left(a.at(i, n), row + i * TILE_EDGE, k + n);
      }
      for (int column = 0; column < columns; column += GRADIENT_EDGE) {
        c.columns = columns - column < GRADIENT_EDGE ? columns - column : GRADIENT_EDGE;
        const int N = tiles_of(c.columns, TILE_EDGE);
        c.width = N * TILE_EDGE;
        for (int j = 0; j < N; j++) {
          for (int n = 0; n < length; n++) right(b.at(j, n), column + j * TILE_EDGE, k + n);
        }
        for (int i = 0; i < row_tiles; i += GRADIENT_BLOCK) {
          const int top = row + i * TILE_EDGE;
          c.rows = end - top < GRADIENT_EDGE ? end - top : GRADIENT_EDGE;
          const auto here = [&](int r) { return row_of(top + r) + column; };
          c.take(here, from_zero && k == 0);
          multiply_block(a, i, tiles_of(c.rows, TILE_EDGE), b, 0, N, length, c.sums);
          c.put(here);
        }
      }
    }
  }
}

/** The first of `steps` time steps of all rows of da and z. Adds to dw_RK, or overwrites it when `first`. */
struct Chunk {
  DaRows da;
  ZRows z;
  int steps;
  float* dw_RK;
  int K;
  bool first;
  int precision;
};

/** Threads share the rows of dW in units of so many. */
constexpr int GRADIENT_UNIT = TILE_EDGE;

/**
 * The gradient of rows [r_first, r_end) of the R x K weights from one chunk. Terms are pairs of steps of a
 * sequence, 16 sequences a tile: rows of da are rows of an operand as they lie, those of z are turned.
 */
inline void weight_gradient(const Chunk& chunk, int, int r_first, int r_end) {
  const int B = (int)chunk.da.B, parts = parts_of(chunk.precision), blocks = B / LANES;
  const auto pair_at = [&](auto rows, int row, int k, int group, V& low, V& high) {
    const int t = k / blocks * 2, b = k % blocks * LANES;
    const float* at = rows.at(row) + (size_t)t * group * B + b;
    low = load(at);
    high = t + 1 < chunk.steps ? load(at + group * B) : V{};
  };
  tile_gradient(
      parts, r_first, r_end, chunk.K, (chunk.steps + 1) / 2 * blocks, chunk.first,
      [&](Tile* tiles, int row, int k) {
        split_tile(parts, tiles, [&](int r, V& low, V& high) {
          low = high = V{};
          if (row + r < r_end) pair_at(chunk.da, row + r, k, DA_GROUP, low, high);
        });
      },
      [&](Tile* tiles, int column, int k) {
        split_turned(parts, tiles, [&](int r, V& low, V& high) {
          low = high = V{};
          if (column + r < chunk.K) pair_at(chunk.z, column + r, k, Z_GROUP, low, high);
        });
      },
      [&](int row) { return chunk.dw_RK + (size_t)row * chunk.K; });
}

}  // namespace IRNN_NAMESPACE
