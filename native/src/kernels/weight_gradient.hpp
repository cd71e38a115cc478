// dW[r][k] = sum over t and b of da[r][t][b] * z[k][t][b], for a chunk of time steps at once.
//
// Both operands are vectors over the batch, so a tile of DA_GROUP x Z_GROUP products needs only that many
// rows and columns of loads and neither transposes nor broadcasts. The sum over the lanes is taken once a
// tile and chunk.
#pragma once

#if defined(IRNN_TILES)
#include "kernels/tile_gradient.hpp"
#else

#include "kernels/rows.hpp"

namespace IRNN_NAMESPACE {

/** The first of `steps` time steps of all rows of da and z. Adds to dw_RK, or overwrites it when `first`. */
struct Chunk {
  DaRows da;
  ZRows z;
  int steps;
  float* dw_RK;
  int K;
  bool first;
  int precision;  // of vectors always float32
};

/** Threads share the rows of dW in units of so many. */
constexpr int GRADIENT_UNIT = DA_GROUP;

typedef void (*Tile)(const Chunk&, int r, int k);

/** One vector of the batch at one time step; its rows stand B apart. */
template <int ROWS, int COLUMNS>
INLINE void add_products(V (&sum)[ROWS * COLUMNS], const float* da, const float* z, size_t B) {
  V rows[ROWS];
  UNROLL for (int i = 0; i < ROWS; i++) rows[i] = load(da + i * B);
  UNROLL for (int j = 0; j < COLUMNS; j++) {
    const V column = load(z + j * B);
    UNROLL for (int i = 0; i < ROWS; i++) sum[i * COLUMNS + j] += rows[i] * column;
  }
}

/**
 * All time steps, for a batch of VECTORS vectors: known beforehand, they need no inner loop and constant
 * offsets.
 */
template <int ROWS, int COLUMNS, int VECTORS>
INLINE void add_steps(V (&sum)[ROWS * COLUMNS], const float* da, const float* z, int steps) {
  constexpr int B = VECTORS * LANES;
#if defined(__wasm__)
  int left = steps * VECTORS;
  asm volatile(""
               : "+r"(left));  // no ways out are left out because of what it is a multiple of, see panel.hpp
  for (;; da += DA_GROUP * B, z += Z_GROUP * B) {
    UNROLL for (int b = 0; b < B; b += LANES) {
      add_products<ROWS, COLUMNS>(sum, da + b, z + b, B);
      if (--left == 0) return;
    }
  }
#else
  UNROLL_4 for (int t = 0; t < steps; t++, da += DA_GROUP * B, z += Z_GROUP * B) {
    UNROLL for (int b = 0; b < B; b += LANES) add_products<ROWS, COLUMNS>(sum, da + b, z + b, B);
  }
#endif
}

template <int ROWS, int COLUMNS>
__attribute__((noinline)) void tile_product(const Chunk& chunk, int r, int k) {
  V sum[ROWS * COLUMNS] = {};
  const size_t B = chunk.da.B;
  const float *da = chunk.da.at(r), *z = chunk.z.at(k);
  if (B == LANES) add_steps<ROWS, COLUMNS, 1>(sum, da, z, chunk.steps);
  else if (B == 2 * LANES) add_steps<ROWS, COLUMNS, 2>(sum, da, z, chunk.steps);
#if defined(__wasm__)
  else if (B == 4 * LANES) add_steps<ROWS, COLUMNS, 4>(sum, da, z, chunk.steps);
#endif
  else {
    for (int t = 0; t < chunk.steps; t++, da += DA_GROUP * B, z += Z_GROUP * B) {
      for (size_t b = 0; b < B; b += LANES) add_products<ROWS, COLUMNS>(sum, da + b, z + b, B);
    }
  }
  constexpr int N = ROWS * COLUMNS, PARTS = (N + LANES - 1) / LANES;
  alignas(64) float total[PARTS * LANES];
  UNROLL for (int p = 0; p + 1 < PARTS; p++)
      store(total + p * LANES, horizontal_sums<LANES>(sum + p * LANES));
  store(total + (PARTS - 1) * LANES, horizontal_sums<N - (PARTS - 1) * LANES>(sum + (PARTS - 1) * LANES));
  for (int i = 0; i < ROWS; i++) {
    float* dw = chunk.dw_RK + (size_t)(r + i) * chunk.K + k;
    for (int j = 0; j < COLUMNS; j++)
      dw[j] = chunk.first ? total[i * COLUMNS + j] : dw[j] + total[i * COLUMNS + j];
  }
}

template <int ROWS, int... C>
Tile choose_tile_columns(int columns, Lanes<C...>) {
  static const Tile by_columns[] = {tile_product<ROWS, C + 1>...};
  return by_columns[columns - 1];
}
template <int... R>
Tile choose_tile(int rows, int columns, Lanes<R...>) {
  typedef Tile (*ByColumns)(int, CountLanes<Z_GROUP>::type);
  static const ByColumns by_rows[] = {
      [](int c, CountLanes<Z_GROUP>::type all) { return choose_tile_columns<R + 1>(c, all); }...};
  return by_rows[rows - 1](columns, {});
}

/**
 * The gradient of rows [r_first, r_end) of the R x K weights from one chunk; r_first is a multiple of
 * DA_GROUP. Columns are taken in blocks that leave room for the rest of the chunk in the second-level cache;
 * within a block a tile's rows of da stay in the first-level cache.
 */
inline void weight_gradient(const Chunk& chunk, int block_columns, int r_first, int r_end) {
  for (int k_block = 0; k_block < chunk.K; k_block += block_columns) {
    const int k_end = k_block + block_columns < chunk.K ? k_block + block_columns : chunk.K;
    for (int r = r_first; r < r_end; r += DA_GROUP) {
      const int rows = r_end - r < DA_GROUP ? r_end - r : DA_GROUP;
      for (int k = k_block; k < k_end; k += Z_GROUP) {
        const int columns = k_end - k < Z_GROUP ? k_end - k : Z_GROUP;
        choose_tile(rows, columns, CountLanes<DA_GROUP>::type{})(chunk, r, k);
      }
    }
  }
}

}  // namespace IRNN_NAMESPACE
#endif
