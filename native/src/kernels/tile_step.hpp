// The product of a step on tiles: out = W z, where z are the rows of a time step, batch innermost.
//
// W is split and packed after each update, z once a step, for all panels. With two parts, of which a bare
// float32 recurrence would forget W's small differences from the identity, the diagonal of a square W can be
// kept out and multiplied in float32.
#pragma once

#include "kernels/packing.hpp"
#include "kernels/tile_product.hpp"
#include "kernels/upcoming.hpp"

namespace IRNN_NAMESPACE {

/** The most rows of a panel, for one and for two vectors of the batch. */
constexpr int TALLEST_PANEL_1 = TALLEST_BLOCK_1 * TILE_EDGE, TALLEST_PANEL_2 = TALLEST_BLOCK_2 * TILE_EDGE;
constexpr int MAX_STEP_OUTPUT = TALLEST_PANEL_1 * TILE_EDGE;

template <int GROUP>
struct StepProduct {
  int rows, depth;
  Operand weights, step;
  float* diagonal;     // null: there is none apart
  int first_diagonal;  // the k of its first element

  /** `square`: the last `rows` k from `k_first` on are the same units as the rows. */
  void plan(int rows_, int depth_, int precision, bool square, int k_first) {
    rows = rows_, depth = depth_;
    const int parts = parts_of(precision), depth_tiles = tiles_of(depth, TILE_DEPTH);
    weights = step = {nullptr, depth_tiles, parts};
    first_diagonal = square && parts == 2 ? k_first : -1;
  }
  template <typename Arena>
  void place(Arena& arena, int lanes) {
    weights.tiles = (Tile*)arena.floats(Operand::floats(rows, depth, weights.parts));
    step.tiles = (Tile*)arena.floats(Operand::floats(lanes, depth, step.parts));
    diagonal = first_diagonal < 0 ? nullptr : arena.floats(rows);
  }

  /** Panels [from, to) of units of G rows each: rows of w_RK. */
  void pack_rows(const Panels& units, int G, const float* w_RK, int from, int to) const {
    pack(units.first(from) * G, units.first(to) * G, [&](int row, int k_tile) {
      split_rows(weights, row, rows, k_tile, depth, [&](int r) { return w_RK + (size_t)r * depth; });
    });
    keep_diagonal(units.first(from), units.first(to),
                  [&](int u) { return w_RK[(size_t)u * depth + first_diagonal + u]; });
  }
  /** Panels [from, to) of the columns of w, which has `depth` rows of K, from first_column on. */
  void pack_columns(const Panels& columns, int first_column, int K, const float* w, int from, int to) const {
    const float* block = w + first_column;
    pack(columns.first(from), columns.first(to), [&](int column, int k_tile) {
      split_columns(weights, column, rows, k_tile, depth, [&](int r) { return block + (size_t)r * K; });
    });
    keep_diagonal(columns.first(from), columns.first(to),
                  [&](int u) { return block[(size_t)(first_diagonal + u) * K + u]; });
  }

  // All threads prepare their share of these tiles of k before any of them multiplies.
  int depth_tiles() const { return step.depth; }
  void prepare(Rows<GROUP> z, int from, int to) const {
    for (int k_tile = from; k_tile < to; k_tile++) {
      for (int b = 0; b < (int)z.B; b += LANES) {
        split_tile(step.parts, step.at(b / LANES, k_tile), [&](int r, V& low, V& high) {
          const int k = k_tile * TILE_DEPTH + r, k_high = k + TILE_EDGE;
          low = k < depth ? load(z.at(k) + b) : V{};
          high = k_high < depth ? load(z.at(k_high) + b) : V{};
        });
      }
    }
  }

  /** Rows [first, first + height) of a panel times lanes [b, b + width) of z, from lane b on. */
  INLINE void multiply(int first, int height, Rows<GROUP> z, int b, int width, float* sums, Upcoming) const {
    const int M = tiles_of(height, TILE_EDGE), N = width / LANES;
    memset(sums, 0, sizeof(float) * M * TILE_EDGE * width);
    multiply_block(weights, first / TILE_EDGE, M, step, b / LANES, N, step.depth, sums);
    if (!diagonal) return;
    RowWalk h(z, first_diagonal + first);
    for (int j = 0; j < height; j++, h.next()) {
      for (int v = 0; v < width; v += LANES) {
        float* sum = sums + j * width + v;
        store(sum, load(sum) + load(h.at + b + v) * diagonal[first + j]);
      }
    }
  }

 private:
  template <typename SplitTile>
  void pack(int first, int end, SplitTile split_one) const {
    for (int row = first; row < end; row += TILE_EDGE) {
      for (int k_tile = 0; k_tile < weights.depth; k_tile++) split_one(row, k_tile);
    }
  }

  /** Takes the diagonal's elements of these rows out of the packed weights. */
  template <typename ValueOf>
  void keep_diagonal(int from, int to, ValueOf value_of) const {
    if (!diagonal) return;
    for (int u = from; u < to; u++) {
      diagonal[u] = value_of(u);
      const int k = first_diagonal + u, d = k % TILE_EDGE, upper = k / TILE_EDGE % 2;
      Tile* tiles = weights.at(u / TILE_EDGE, k / TILE_DEPTH);
      for (int i = 0; i < weights.parts; i++) {
        tiles[i].dword[u % TILE_EDGE][d] &= upper ? 0x0000ffffu : 0xffff0000u;
      }
    }
  }
};

}  // namespace IRNN_NAMESPACE
