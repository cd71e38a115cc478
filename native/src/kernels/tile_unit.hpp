// Tiles of Intel's AMX: the four operations that the products are made of, on the tile unit and emulated.
//
// A tile is 16 rows of 64 bytes. As an operand a row is 16 dwords of two bf16 numbers, as a sum 16 floats:
//
//   c[m][n] += sum over k < 32 of a[m][k] * b[k][n],   dword d of a row of a: k = (2d, 2d + 1),
//                                                      dword n of row d of b: the same two k
//
// Which k share a dword is free, as long as both operands agree.
//
// IRNN_TILES (isa/amx.cc, isa/amx_emulated.cc) names the unit that products are compiled for.
#pragma once

#include "kernels/vector.hpp"

namespace IRNN_NAMESPACE {

constexpr int TILE_EDGE = 16, TILE_DEPTH = 32;

struct alignas(64) Tile {
  uint32_t dword[TILE_EDGE][TILE_EDGE];
};

/**
 * The tile unit. Inline assembly, because the register of an intrinsic must be a literal. Every thread that
 * multiplies needs a Mode; a signal handler or a called function keeps no tiles.
 */
struct AmxUnit {
  /** While it lives, all eight tiles are 16 rows of 64 bytes on this thread. */
  class Mode {
   public:
    explicit Mode(bool active) : active_(active) {
      if (!active) return;
      alignas(64) uint8_t palette[64] = {1};
      for (int tile = 0; tile < 8; tile++) palette[16 + 2 * tile] = 64, palette[48 + tile] = TILE_EDGE;
      asm volatile("ldtilecfg %0" ::"m"(palette) : "memory");
    }
    ~Mode() {
      if (active_) asm volatile("tilerelease" ::: "memory");
    }

   private:
    bool active_;
  };

  template <int TILE>
  INLINE void zero() {
    asm volatile("tilezero %%tmm%c0" ::"i"(TILE));
  }
  /** Rows `stride` bytes apart. */
  template <int TILE>
  INLINE void load(const void* from, long stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(stride), "i"(TILE) : "memory");
  }
  template <int TILE>
  INLINE void store(void* to, long stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(stride), "i"(TILE) : "memory");
  }
  /** c += a b. The three must differ. */
  template <int C, int A, int B>
  INLINE void multiply() {
    static_assert(C != A && C != B && A != B, "the instruction does not exist");
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(C), "i"(A), "i"(B));
  }
};

/**
 * The same numbers, slowly, on any processor. As in the description of TDPBF16PS: the even and the odd k are
 * summed apart, from zero, with one rounding a term; then both are added, and then that to c. Rounding is to
 * the nearest, ties to even. Denormals are zeros, going in and coming out: the tile unit does so by itself,
 * this in the mode of FlushDenormals.
 */
struct EmulatedUnit {
  struct Mode {
    explicit Mode(bool) {}
  };

  template <int TILE>
  void zero() {
    memset(&tile_[TILE], 0, sizeof(Tile));
  }
  template <int TILE>
  void load(const void* from, long stride) {
    for (int r = 0; r < TILE_EDGE; r++) memcpy(tile_[TILE].dword[r], (const char*)from + r * stride, 64);
  }
  template <int TILE>
  void store(void* to, long stride) {
    for (int r = 0; r < TILE_EDGE; r++) memcpy((char*)to + r * stride, tile_[TILE].dword[r], 64);
  }
  template <int C, int A, int B>
  void multiply() {
    static const auto product = has_fused_multiply_add() ? product_fused : product_plain;
    product(tile_[C], tile_[A], tile_[B]);
  }

  /** The product on a processor that multiplies and adds with one rounding: two rows of c at a time. */
  __attribute__((target("avx2,fma"))) static void product_fused(Tile& c, const Tile& a, const Tile& b) {
    const Halves a_half(a), b_half(b);
    for (int m = 0; m < TILE_EDGE; m += 2) {
      for (int n = 0; n < TILE_EDGE; n += 8) {
        __m256 even[2] = {}, odd[2] = {};
        for (int d = 0; d < TILE_EDGE; d++) {
          const __m256 b_even = _mm256_load_ps(b_half.even[d] + n), b_odd = _mm256_load_ps(b_half.odd[d] + n);
          for (int r = 0; r < 2; r++) {
            even[r] = _mm256_fmadd_ps(_mm256_set1_ps(a_half.even[m + r][d]), b_even, even[r]);
            odd[r] = _mm256_fmadd_ps(_mm256_set1_ps(a_half.odd[m + r][d]), b_odd, odd[r]);
          }
        }
        for (int r = 0; r < 2; r++) {
          float* sum = (float*)c.dword[m + r] + n;
          _mm256_storeu_ps(sum, _mm256_add_ps(_mm256_loadu_ps(sum), _mm256_add_ps(even[r], odd[r])));
        }
      }
    }
  }
  /**
   * The product on any processor. A product of two bf16 numbers is exact in a double. The sum is as well, or
   * else one of the terms is so much smaller than the other that rounding twice, to double and to float, is
   * rounding once.
   */
  static void product_plain(Tile& c, const Tile& a, const Tile& b) {
    const Halves a_half(a), b_half(b);
    for (int m = 0; m < TILE_EDGE; m++) {
      Row even = {}, odd = {}, sum;
      for (int d = 0; d < TILE_EDGE; d++) {
        const double a_even = a_half.even[m][d], a_odd = a_half.odd[m][d];
        for (int n = 0; n < TILE_EDGE; n++) {
          even[n] = (float)(a_even * b_half.even[d][n] + even[n]);
          odd[n] = (float)(a_odd * b_half.odd[d][n] + odd[n]);
        }
      }
      memcpy(sum, c.dword[m], sizeof sum);
      for (int n = 0; n < TILE_EDGE; n++) sum[n] += even[n] + odd[n];
      memcpy(c.dword[m], sum, sizeof sum);
    }
  }
  static bool has_fused_multiply_add() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }

 private:
  Tile tile_[8];

  typedef float Row[TILE_EDGE];

  /** The bf16 numbers in the low (even k) and in the high halves (odd k) of a tile's dwords. */
  struct alignas(64) Halves {
    Row even[TILE_EDGE], odd[TILE_EDGE];

    explicit Halves(const Tile& tile) {
      for (int d = 0; d < TILE_EDGE; d++) {
        for (int n = 0; n < TILE_EDGE; n++) {
          const uint32_t low = tile.dword[d][n] << 16, high = tile.dword[d][n] & 0xffff0000u;
          memcpy(&even[d][n], &low, 4);
          memcpy(&odd[d][n], &high, 4);
        }
      }
    }
  };
};

typedef IRNN_TILES TileUnit;

}  // namespace IRNN_NAMESPACE
