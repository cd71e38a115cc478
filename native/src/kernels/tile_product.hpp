// The product that everything under tiles is made of: a block of up to four tiles of sums.
//
//   c[m][n] += sum over k of a[m][k] * b[k][n],   m < 16 M, n < 16 N
//
// Operands lie as tiles of 32 k, split into parts: [tile of m or n][tile of k][part]. The sums stay in the
// tile unit's registers meanwhile, so that cutting a product along m or n changes no bit of it.
#pragma once

#include "kernels/split.hpp"

namespace IRNN_NAMESPACE {

inline int tiles_of(int count, int size) { return (count + size - 1) / size; }

/** A matrix as an operand: tiles of `depth` tiles of k each. */
struct Operand {
  Tile* tiles;
  int depth, parts;

  size_t stride() const { return (size_t)depth * parts; }
  Tile* at(int edge_tile, int depth_tile) const {
    return tiles + edge_tile * stride() + (size_t)depth_tile * parts;
  }
  /** Floats that an operand of so many rows (or columns) and k takes. */
  static size_t floats(int edge, int depth, int parts) {
    return (size_t)tiles_of(edge, TILE_EDGE) * tiles_of(depth, TILE_DEPTH) * parts * (sizeof(Tile) / 4);
  }
};

template <int I>
struct Index {
  static constexpr int value = I;
};
/** Calls f(Index<0>), f(Index<1>), ... */
template <int... I, typename F>
INLINE void each(Lanes<I...>, F f) {
  (f(Index<I>{}), ...);
}
template <int N>
using Count = typename CountLanes<N>::type;

/**
 * Adds `depth` tiles of k to c, [16 M][16 N]. Registers: the sums 0 to 3, N tiles of b from 4 on, and the
 * rest for tiles of a in turn. The products of the leading parts, which are nearly all of the sum, come last:
 * what stands before them is small, and so are its roundings.
 */
template <int M, int N, int PARTS>
__attribute__((noinline)) void multiply_tiles(const Tile* a, size_t a_stride, const Tile* b, size_t b_stride,
                                              int depth, float* c) {
  constexpr int FIRST_B = 4, FIRST_A = FIRST_B + N, SPARE = 8 - FIRST_A;
  constexpr long ROW_BYTES = sizeof(Tile) / TILE_EDGE;
  constexpr long C_STRIDE = N * sizeof(float) * TILE_EDGE;
  TileUnit unit;
  const auto for_each_sum = [&](auto visit) {
    each(Count<M>{}, [&](auto m) {
      each(Count<N>{}, [&](auto n) {
        constexpr int row = decltype(m)::value, column = decltype(n)::value;
        visit(Index<row * N + column>{}, c + (row * TILE_EDGE * N + column) * TILE_EDGE);
      });
    });
  };
  for_each_sum([&](auto sum, float* at) { unit.template load<decltype(sum)::value>(at, C_STRIDE); });
  /** Products of the parts from `first` on of a with part j of b. */
  const auto multiply_parts = [&](int k, auto b_part, auto first, auto a_parts) {
    constexpr int j = decltype(b_part)::value;
    each(Count<N>{}, [&](auto n) {
      constexpr int column = decltype(n)::value;
      unit.template load<FIRST_B + column>(b + column * b_stride + k * PARTS + j, ROW_BYTES);
    });
    each(a_parts, [&](auto a_part) {
      constexpr int i = decltype(first)::value + decltype(a_part)::value;
      each(Count<M>{}, [&](auto m) {
        constexpr int row = decltype(m)::value, left = FIRST_A + (i * M + row) % SPARE;
        unit.template load<left>(a + row * a_stride + k * PARTS + i, ROW_BYTES);
        each(Count<N>{}, [&](auto n) {
          constexpr int column = decltype(n)::value;
          unit.template multiply<row * N + column, left, FIRST_B + column>();
        });
      });
    });
  };
  for (int k = 0; k < depth; k++) {
    multiply_parts(k, Index<0>{}, Index<1>{}, Count<PARTS - 1>{});
    multiply_parts(k, Index<1>{}, Index<0>{}, Count<PARTS - 1>{});
    if constexpr (PARTS == 3) multiply_parts(k, Index<2>{}, Index<0>{}, Count<1>{});
  }
  for (int k = 0; k < depth; k++) multiply_parts(k, Index<0>{}, Index<0>{}, Count<1>{});
  for_each_sum([&](auto sum, float* at) { unit.template store<decltype(sum)::value>(at, C_STRIDE); });
}

typedef void (*MultiplyTiles)(const Tile* a, size_t a_stride, const Tile* b, size_t b_stride, int depth,
                              float* c);

/** The tallest block of one and of two tiles' width. */
constexpr int TALLEST_BLOCK_1 = 4, TALLEST_BLOCK_2 = 2;

template <int PARTS>
inline MultiplyTiles choose_multiply_tiles(int M, int N) {
  static const MultiplyTiles narrow[] = {multiply_tiles<1, 1, PARTS>, multiply_tiles<2, 1, PARTS>,
                                         multiply_tiles<3, 1, PARTS>, multiply_tiles<4, 1, PARTS>};
  static const MultiplyTiles wide[] = {multiply_tiles<1, 2, PARTS>, multiply_tiles<2, 2, PARTS>};
  return N == 2 ? wide[M - 1] : narrow[M - 1];
}

/**
 * Adds to c, [16 M][16 N], the M tiles of a from a_tile on times the N tiles of b from b_tile on, over
 * `depth` tiles of k from their beginning.
 */
INLINE void multiply_block(const Operand& a, int a_tile, int M, const Operand& b, int b_tile, int N,
                           int depth, float* c) {
  const MultiplyTiles multiply =
      a.parts == 2 ? choose_multiply_tiles<2>(M, N) : choose_multiply_tiles<3>(M, N);
  multiply(a.at(a_tile, 0), a.stride(), b.at(b_tile, 0), b.stride(), depth, c);
}

// ---- Matrices as operands
// -----------------------------------------------------------------------------------

/** Up to LANES floats from any address; the other lanes are zero. */
INLINE V load_some(const float* from, int count) {
  V v = {};
  memcpy(&v, from, sizeof(float) * (count < 0 ? 0 : count < LANES ? count : LANES));
  return v;
}

/** The tile of rows [row, row + 16) and k from k_first on of a matrix whose rows lie as they are. */
template <typename RowOf>
INLINE void split_rows(const Operand& to, int row, int rows, int k_tile, int depth, RowOf row_of) {
  split_tile(to.parts, to.at(row / TILE_EDGE, k_tile), [&](int r, V& low, V& high) {
    low = high = V{};
    if (row + r >= rows) return;
    const int k = k_tile * TILE_DEPTH;
    const float* from = row_of(row + r) + k;
    low = load_some(from, depth - k);
    high = load_some(from + TILE_EDGE, depth - k - TILE_EDGE);
  });
}

/** Of the transpose: the tile of columns [column, column + 16); k counts rows. */
template <typename RowOf>
INLINE void split_columns(const Operand& to, int column, int columns, int k_tile, int depth, RowOf row_of) {
  split_turned(to.parts, to.at(column / TILE_EDGE, k_tile), [&](int r, V& low, V& high) {
    const int k = k_tile * TILE_DEPTH + r, k_high = k + TILE_EDGE;
    low = k < depth ? load_some(row_of(k) + column, columns - column) : V{};
    high = k_high < depth ? load_some(row_of(k_high) + column, columns - column) : V{};
  });
}

}  // namespace IRNN_NAMESPACE
