// The vector type: LANES floats, in GCC/Clang vector extensions, so that one source serves every instruction
// set.
//
// Letters used as suffixes of array names in all kernel files:
//   T time steps, B batch lanes (padded to LANES), I inputs, H hidden units, G gates a unit (1, LSTM 4),
//   R = G * H gate rows, row u * G + g (unit-major), K = I + 1 + H input rows of the cell, O outputs.
//
// Every kernel file is compiled once per instruction set, inside a namespace of its own, and uses nothing of
// the C++ library: an inline std:: function compiled for AVX-512 could be the copy that the linker keeps for
// all.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define INLINE inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define UNROLL_4 _Pragma("clang loop unroll_count(4)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#define UNROLL_4 _Pragma("GCC unroll 4")
#endif

namespace IRNN_NAMESPACE {

constexpr int LANES = IRNN_LANES;
constexpr int REGISTERS = IRNN_REGISTERS;
#if defined(IRNN_TILES)
constexpr bool TILES = true;  // products are tile_*.hpp
#else
constexpr bool TILES = false;
#endif

typedef float V __attribute__((vector_size(LANES * 4), may_alias));
typedef int32_t VI __attribute__((vector_size(LANES * 4), may_alias));

INLINE V load(const float* p) { return *(const V*)p; }
INLINE void store(float* p, V v) { *(V*)p = v; }

// A compile-time list 0, 1, ..., N - 1 for lane patterns (std::index_sequence without the library).
template <int... L>
struct Lanes {};
template <int N, int... L>
struct CountLanes : CountLanes<N - 1, N - 1, L...> {};
template <int... L>
struct CountLanes<0, L...> {
  typedef Lanes<L...> type;
};
typedef CountLanes<LANES>::type AllLanes;

template <int... L>
INLINE V splat_lanes(float s, Lanes<L...>) {
  return V{((void)L, s)...};
}
/** s in every lane. */
INLINE V splat(float s) { return splat_lanes(s, AllLanes{}); }

// The smaller and the larger of a bound and x; a NaN in x stays. That is what one x86 instruction does, which
// compilers do not recognise in a comparison and a choice of vectors.
#if defined(__AVX512F__) && IRNN_LANES == 16
INLINE V at_most(float bound, V x) { return (V)_mm512_maskz_min_ps(0xffff, (__m512)splat(bound), (__m512)x); }
INLINE V at_least(float bound, V x) {
  return (V)_mm512_maskz_max_ps(0xffff, (__m512)splat(bound), (__m512)x);
}
#elif defined(__AVX__) && IRNN_LANES == 8
INLINE V at_most(float bound, V x) { return (V)_mm256_min_ps((__m256)splat(bound), (__m256)x); }
INLINE V at_least(float bound, V x) { return (V)_mm256_max_ps((__m256)splat(bound), (__m256)x); }
#elif defined(__SSE2__) && IRNN_LANES == 4
INLINE V at_most(float bound, V x) { return (V)_mm_min_ps((__m128)splat(bound), (__m128)x); }
INLINE V at_least(float bound, V x) { return (V)_mm_max_ps((__m128)splat(bound), (__m128)x); }
#elif defined(__wasm_simd128__)
INLINE V at_most(float bound, V x) { return __builtin_wasm_pmin_f32x4(x, splat(bound)); }
INLINE V at_least(float bound, V x) { return __builtin_wasm_pmax_f32x4(x, splat(bound)); }
#else
INLINE V at_most(float bound, V x) { return splat(bound) < x ? splat(bound) : x; }
INLINE V at_least(float bound, V x) { return splat(bound) > x ? splat(bound) : x; }
#endif

/**
 * One level of a transposing sum: where bit D of the lane number is 0, a[l] + a[l ^ D]; where it is 1, b[l] +
 * b[l ^ D]. The first shuffle moves no lane, so it is a blend, which is cheaper than a permutation.
 */
template <int D, int... L>
INLINE V fold(V a, V b, Lanes<L...>) {
  V kept = __builtin_shufflevector(a, b, ((L & D) ? L + LANES : L)...);
  V crossed = __builtin_shufflevector(a, b, ((L & D) ? (L ^ D) + LANES : (L ^ D))...);
  return kept + crossed;
}

/** Horizontal sums of up to LANES vectors at once: lane l of the result is the sum over v[l], for l < N. */
template <int N>
INLINE V horizontal_sums(const V* v) {
  V w[LANES];
  UNROLL for (int i = 0; i < LANES; i++) w[i] = i < N ? v[i] : V{};
  if constexpr (LANES >= 16) {
    UNROLL for (int i = 0; i < 8; i++) w[i] = i < N ? fold<8>(w[i], w[i + 8], AllLanes{}) : V{};
  }
  if constexpr (LANES >= 8) {
    UNROLL for (int i = 0; i < 4; i++) w[i] = i < N ? fold<4>(w[i], w[i + 4], AllLanes{}) : V{};
  }
  UNROLL for (int i = 0; i < 2; i++) w[i] = i < N ? fold<2>(w[i], w[i + 2], AllLanes{}) : V{};
  return fold<1>(w[0], w[1], AllLanes{});
}

/** The sum of all lanes. */
INLINE float horizontal_sum(V v) { return horizontal_sums<1>(&v)[0]; }

}  // namespace IRNN_NAMESPACE
