// The functions of dense.hpp on tiles: y = W x, dx = W^T dy and dW += dy x^T over many positions.
#pragma once

#include "kernels/packing.hpp"
#include "kernels/strips.hpp"
#include "kernels/tile_gradient.hpp"

namespace IRNN_NAMESPACE {

/** Rows cut into panels for these products. */
inline Panels dense_panels(int rows, int precision) {
  Panels panels;
  panels.cut(rows, GRADIENT_EDGE);
  panels.precision = precision;
  return panels;
}
/** Floats of so many packed rows. */
inline size_t dense_size(int rows, int depth, int precision) {
  return Operand::floats(rows, depth, parts_of(precision));
}

inline Operand dense_operand(const Panels& panels, int depth, const float* packed) {
  return {(Tile*)packed, tiles_of(depth, TILE_DEPTH), parts_of(panels.precision)};
}
template <typename SplitTile>
inline void pack_tiles(const Panels& panels, const Operand& to, int from, int end, SplitTile split_one) {
  for (int row = panels.first(from); row < panels.first(end); row += TILE_EDGE) {
    for (int k = 0; k < to.depth; k++) split_one(row, k);
  }
}

/** Packs panels [from, to) of W for y = W x. */
template <typename RowOf>
inline void pack_rows(const Panels& panels, int depth, RowOf row_of, float* packed, int from, int to) {
  const Operand w = dense_operand(panels, depth, packed);
  pack_tiles(panels, w, from, to,
             [&](int row, int k) { split_rows(w, row, panels.count, k, depth, row_of); });
}

/** Packs panels [from, to) of the columns of W for dx = W^T dy. */
template <typename RowOf>
inline void pack_columns(const Panels& panels, int rows, RowOf row_of, float* packed, int from, int to) {
  const Operand w = dense_operand(panels, rows, packed);
  pack_tiles(panels, w, from, to,
             [&](int column, int k) { split_columns(w, column, panels.count, k, rows, row_of); });
}

/**
 * Adds to rows c_row and following of c, in strips [from, to), the packed panels times `depth` rows of x,
 * from x_row on. A strip of x is split a few hundred rows at a time.
 */
inline void dense_product(const Panels& panels, const float* packed, int depth, const StripMatrix& x,
                          size_t x_row, const StripMatrix& c, size_t c_row, int from, int to) {
  constexpr int SLAB = 8;
  Tile strip[2 * SLAB * MOST_PARTS];
  alignas(64) float sums[GRADIENT_EDGE * TILE_COLUMNS];
  const Operand w = dense_operand(panels, depth, packed);
  for (int s = from; s < to; s++) {
    const int width = x.width(s), N = width / LANES;
    for (int k = 0; k < w.depth; k += SLAB) {
      const int length = w.depth - k < SLAB ? w.depth - k : SLAB;
      const Operand b = {strip, length, w.parts};
      for (int j = 0; j < N; j++) {
        for (int n = 0; n < length; n++) {
          split_tile(b.parts, b.at(j, n), [&](int r, V& low, V& high) {
            const int row = (k + n) * TILE_DEPTH + r, row_high = row + TILE_EDGE;
            low = row < depth ? load(x.at(s, x_row + row) + j * LANES) : V{};
            high = row_high < depth ? load(x.at(s, x_row + row_high) + j * LANES) : V{};
          });
        }
      }
      const Operand slab = {w.at(0, k), w.depth, w.parts};
      for (int p = 0; p < panels.number; p++) {
        const int first = panels.first(p), height = panels.size(p);
        float* at = c.at(s, c_row + first);
        memset(sums, 0, sizeof sums);
        memcpy(sums, at, sizeof(float) * height * width);
        multiply_block(slab, first / TILE_EDGE, tiles_of(height, TILE_EDGE), b, 0, N, length, sums);
        memcpy(at, sums, sizeof(float) * height * width);
      }
    }
  }
}

/**
 * Adds to row_of(i), rows of dW, the product of row + i of dy, whose columns are whole strips, with x_NK, for
 * the rows of panels [from, to).
 */
template <typename RowOf>
inline void dense_gradient(const Panels& panels, const StripMatrix& dy, size_t row, const StripMatrix& x_NK,
                           RowOf row_of, int from, int to) {
  static_assert(TILE_COLUMNS == TILE_DEPTH, "a strip of dy is a tile of terms");
  const int end = panels.first(to), parts = parts_of(panels.precision);
  tile_gradient(
      parts, panels.first(from), end, x_NK.columns, dy.strips(), false,
      [&](Tile* tiles, int i, int strip) {
        split_tile(parts, tiles, [&](int r, V& low, V& high) {
          low = high = V{};
          if (i + r >= end) return;
          const float* from = dy.at(strip, row + i + r);
          low = load(from), high = load(from + LANES);
        });
      },
      [&](Tile* tiles, int column, int strip) {
        split_tile(parts, tiles, [&](int r, V& low, V& high) {
          const size_t n = (size_t)strip * TILE_COLUMNS + r;
          low = load(x_NK.element(n, column)), high = load(x_NK.element(n + TILE_EDGE, column));
        });
      },
      row_of);
}

}  // namespace IRNN_NAMESPACE
