// The state that a thread is in while it multiplies tiles.
#pragma once

#include "kernels/vector.hpp"
#if defined(IRNN_TILES)
#include "kernels/tile_unit.hpp"
#endif

namespace IRNN_NAMESPACE {

#if defined(IRNN_TILES)
typedef TileUnit::Mode TileMode;
#else
struct TileMode {
  explicit TileMode(bool) {}
};
#endif

}  // namespace IRNN_NAMESPACE
