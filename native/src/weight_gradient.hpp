// dW[r][k] = sum over t and b of da_TRB[t][r][b] * z_TKB[t][k][b], for a chunk of time steps at once.
//
// Both operands are vectors over the batch, so a tile of TILE_ROWS x TILE_COLUMNS products needs only that many rows
// and columns of loads and neither transposes nor broadcasts. The sum over the lanes is taken once a tile and chunk.
#pragma once

#include "vector.hpp"

namespace IRNN_NAMESPACE {

constexpr int TILE_ROWS = REGISTERS >= 32 ? 5 : 3;
constexpr int TILE_COLUMNS = REGISTERS >= 32 ? 5 : (LANES >= 8 ? 4 : 3);

/** Time steps `steps`, stand `da_step` and `z_step` floats apart; B lanes. Adds to dw_RK, or overwrites it when `first`. */
struct TileArguments {
  const float* da;
  const float* z;
  size_t da_step, z_step;
  int steps, B;
  float* dw;
  int K;
  bool first;
};

typedef void (*Tile)(const TileArguments&);

template <int ROWS, int COLUMNS>
__attribute__((noinline)) void tile_product(const TileArguments& a) {
  V sum[ROWS * COLUMNS] = {};
  const float *da = a.da, *z = a.z;
  for (int t = 0; t < a.steps; t++, da += a.da_step, z += a.z_step) {
    for (int b = 0; b < a.B; b += LANES) {
      V rows[ROWS];
      UNROLL for (int j = 0; j < ROWS; j++) rows[j] = load(da + j * a.B + b);
      UNROLL for (int k = 0; k < COLUMNS; k++) {
        const V column = load(z + k * a.B + b);
        UNROLL for (int j = 0; j < ROWS; j++) sum[j * COLUMNS + k] += rows[j] * column;
      }
    }
  }
  constexpr int N = ROWS * COLUMNS, GROUPS = (N + LANES - 1) / LANES;
  alignas(64) float total[GROUPS * LANES];
  UNROLL for (int g = 0; g + 1 < GROUPS; g++) store(total + g * LANES, horizontal_sums<LANES>(sum + g * LANES));
  store(total + (GROUPS - 1) * LANES, horizontal_sums<N - (GROUPS - 1) * LANES>(sum + (GROUPS - 1) * LANES));
  for (int j = 0; j < ROWS; j++) {
    float* dw = a.dw + (size_t)j * a.K;
    for (int k = 0; k < COLUMNS; k++) dw[k] = a.first ? total[j * COLUMNS + k] : dw[k] + total[j * COLUMNS + k];
  }
}

template <int ROWS, int... C>
Tile choose_tile_columns(int columns, Lanes<C...>) {
  static const Tile by_columns[] = {tile_product<ROWS, C + 1>...};
  return by_columns[columns - 1];
}
template <int... R>
Tile choose_tile(int rows, int columns, Lanes<R...>) {
  typedef Tile (*ByColumns)(int, CountLanes<TILE_COLUMNS>::type);
  static const ByColumns by_rows[] = {
      [](int c, CountLanes<TILE_COLUMNS>::type all) { return choose_tile_columns<R + 1>(c, all); }...};
  return by_rows[rows - 1](columns, {});
}

/**
 * The gradient of all R x K weights from one chunk. Columns are taken in blocks that leave room for the rest of the
 * chunk in the second-level cache; within a block a tile's rows of da stay in the first-level cache.
 */
inline void weight_gradient(TileArguments chunk, int R, int block_columns) {
  for (int k_block = 0; k_block < chunk.K; k_block += block_columns) {
    const int k_end = k_block + block_columns < chunk.K ? k_block + block_columns : chunk.K;
    for (int r = 0; r < R; r += TILE_ROWS) {
      const int rows = R - r < TILE_ROWS ? R - r : TILE_ROWS;
      TileArguments tile = chunk;
      tile.da = chunk.da + (size_t)r * chunk.B;
      for (int k = k_block; k < k_end; k += TILE_COLUMNS) {
        const int columns = k_end - k < TILE_COLUMNS ? k_end - k : TILE_COLUMNS;
        tile.z = chunk.z + (size_t)k * chunk.B;
        tile.dw = chunk.dw + (size_t)r * chunk.K + k;
        choose_tile(rows, columns, CountLanes<TILE_ROWS>::type{})(tile);
      }
    }
  }
}

}  // namespace IRNN_NAMESPACE
