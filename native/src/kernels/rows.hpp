// How the operands of the weight gradient lie in memory.
//
// The weight gradient multiplies tiles of a few rows over many time steps. So rows are kept in groups of one
// tile, and each group holds its time steps one after the other: a tile then reads two contiguous streams.
// element (row r, step t, lane b) is at  (r / GROUP) * group_stride + t * GROUP * B + (r % GROUP) * B + b.
#pragma once

#include "kernels/vector.hpp"

namespace IRNN_NAMESPACE {

// A tile of the weight gradient: rows of da times columns of dw, that is rows of z. Its sums fill the
// registers. A power of two for da, so that the four gates of an LSTM unit never straddle groups in different
// ways.
constexpr int DA_GROUP = REGISTERS >= 32 ? 4 : 2;
constexpr int Z_GROUP = REGISTERS >= 32 ? 6 : (LANES >= 8 ? 5 : 4);

/** All rows of one time step. */
template <int GROUP>
struct Rows {
  float* base;
  size_t group_stride, B;

  INLINE float* at(int row) const {
    return base + (size_t)(row / GROUP) * group_stride + (size_t)(row % GROUP) * B;
  }
  /** The same rows from lane b on. */
  INLINE Rows lane(int b) const { return {base + b, group_stride, B}; }
};

/** Visits consecutive rows without a division for each. */
template <int GROUP>
struct RowWalk {
  float* at;
  size_t B, jump;
  int left;  // rows to the end of the group, this one included

  INLINE RowWalk(Rows<GROUP> rows, int first)
      : at(rows.at(first)),
        B(rows.B),
        jump(rows.group_stride - GROUP * rows.B),
        left(GROUP - first % GROUP) {}
  INLINE void next() {
    at += B;
    if (--left == 0) at += jump, left = GROUP;
  }
};

typedef Rows<Z_GROUP> ZRows;
typedef Rows<DA_GROUP> DaRows;

}  // namespace IRNN_NAMESPACE
