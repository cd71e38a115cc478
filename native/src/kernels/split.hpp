// A float as a sum of bf16 numbers, its *parts*: each has the upper 16 bits of a float.
//
//   3 parts   8 + 8 + 8 significant bits: x to its last bit (of |x| < 2^-110 the low parts are denormal: 0)
//   2 parts   17 bits
//
// A product takes the pairs of parts (i of one factor, j of the other) with i + j < parts: of 3 parts six, of
// which what is left out is below a float's last bit; of 2 parts three, with errors of some 2^-17.
//
// Rounding is to the nearest, ties away from zero: two integer operations. (Truncated parts would all err to
// the same side, which costs a factor of 10 to 50 in accuracy.) An infinity becomes a NaN, and so remains
// something that is not finite.
#pragma once

#include "interface/description.h"
#include "kernels/tile_unit.hpp"

namespace IRNN_NAMESPACE {

typedef uint32_t VU __attribute__((vector_size(LANES * 4), may_alias));

constexpr int MOST_PARTS = 3;
static_assert(PRECISION_COUNT == 2, "a new precision needs its number of parts here");
INLINE int parts_of(int precision) { return precision == PRECISION_BF16X3 ? 2 : 3; }

INLINE V nearest_bf16(V x) { return (V)(((VU)x + 0x8000u) & 0xffff0000u); }

/** The parts of x; the last one's lower 16 bits are for whoever packs it to drop. */
template <int PARTS>
INLINE void split(V x, V* part) {
  UNROLL for (int i = 0; i + 1 < PARTS; i++) {
    part[i] = nearest_bf16(x);
    x -= part[i];
  }
  // What three parts leave has no more than 8 bits, so nothing is dropped.
  part[PARTS - 1] = PARTS == 3 ? x : (V)((VU)x + 0x8000u);
}

template <int PARTS, typename Pair>
INLINE void split_into(Tile* tiles, Pair pair) {
  for (int r = 0; r < TILE_EDGE; r++) {
    V low, high, low_part[PARTS], high_part[PARTS];
    pair(r, low, high);
    split<PARTS>(low, low_part);
    split<PARTS>(high, high_part);
    UNROLL for (int i = 0; i < PARTS; i++) {
      *(VU*)tiles[i].dword[r] = ((VU)low_part[i] >> 16) | ((VU)high_part[i] & 0xffff0000u);
    }
  }
}

/**
 * `parts` tiles, one after the other. pair(r, low, high) gives the 16 lower and the 16 upper numbers of the
 * dwords of row r.
 */
template <typename Pair>
INLINE void split_tile(int parts, Tile* tiles, Pair pair) {
  if (parts == 2) split_into<2>(tiles, pair);
  else split_into<3>(tiles, pair);
}

/** Of two rows that are D apart, the blocks of D lanes change places that stand off the diagonal: a new row.
 */
template <int D, bool LOWER, int... L>
INLINE V exchange(V a, V b, Lanes<L...>) {
  return LOWER ? __builtin_shufflevector(a, b, ((L & D) ? L + LANES : (L ^ D))...)
               : __builtin_shufflevector(a, b, ((L & D) ? (L ^ D) + LANES : L)...);
}
template <int D>
INLINE void turn_blocks(V* row) {
  UNROLL for (int r = 0; r < TILE_EDGE; r++) {
    if (r & D) continue;
    const V upper = row[r], lower = row[r + D];
    row[r] = exchange<D, false>(upper, lower, AllLanes{});
    row[r + D] = exchange<D, true>(upper, lower, AllLanes{});
  }
}

/** Rows become columns: dword [r][n] goes to [n][r]. */
INLINE void turn(Tile& tile) {
  static_assert(LANES == TILE_EDGE, "a row is a vector");
  V row[TILE_EDGE];
  UNROLL for (int r = 0; r < TILE_EDGE; r++) row[r] = load((const float*)tile.dword[r]);
  turn_blocks<8>(row);
  turn_blocks<4>(row);
  turn_blocks<2>(row);
  turn_blocks<1>(row);
  UNROLL for (int r = 0; r < TILE_EDGE; r++) store((float*)tile.dword[r], row[r]);
}

/** As split_tile, of which rows become columns. */
template <typename Pair>
INLINE void split_turned(int parts, Tile* tiles, Pair pair) {
  split_tile(parts, tiles, pair);
  for (int i = 0; i < parts; i++) turn(tiles[i]);
}

}  // namespace IRNN_NAMESPACE
