// exp, the logistic function and tanh on vectors, to about two units in the last place of their largest
// value.
//
// Quotients are returned as numerator and denominator where the caller can merge several divisions into one:
// on most cores a vector division occupies the divider as long as some thirty multiplications.
#pragma once

#include "kernels/vector.hpp"

namespace IRNN_NAMESPACE {

/**
 * Adding and subtracting 1.5 * 2^23 rounds a float to the nearest integer, which then stands in its low
 * mantissa bits.
 */
constexpr float ROUNDER = 12582912.0f;
constexpr float LOG2_E = 1.44269504f;

/** exp(scale * x), where scale * x is within +-87. Relative error below 3e-7. */
INLINE V exponential(V x, float scale = 1.0f) {
  const float to_log2 = scale * LOG2_E;
  V rounded = x * to_log2 + ROUNDER;
  V whole = rounded - ROUNDER;
  V f = x * to_log2 - whole;
  // 2^f on [-1/2, 1/2]: minimax polynomial of degree 5 (Remez exchange), relative error 7.5e-8.
  V p = f * 1.3276468627e-3f + 9.6755413538e-3f;
  p = p * f + 5.5507132891e-2f;
  p = p * f + 2.4022119727e-1f;
  p = p * f + 6.9314696705e-1f;
  p = p * f + 1.0000000717f;
  return (V)((VI)p + ((VI)rounded << 23));
}

/** exp(x) for any x; what is outside +-87 is taken as the bound, a NaN stays. */
INLINE V bounded_exponential(V x) { return exponential(at_least(-87.0f, at_most(87.0f, x))); }

/**
 * The denominator d of the logistic function 1 / d, d = 1 + exp(-x). The argument is bounded by 28, where the
 * function differs from 0 or 1 by 1e-12, so that the product of three denominators is still a float.
 */
INLINE V logistic_denominator(V x) { return exponential(at_least(-28.0f, at_most(28.0f, x)), -1.0f) + 1.0f; }

struct Quotient {
  V over, under;
};

/**
 * tanh as a rational function of degrees 13 and 6 (the coefficients are those of Eigen's
 * generic_fast_tanh_float).
 */
INLINE Quotient tanh_quotient(V x) {
  const float bound = 7.90531110763549805f;
  x = at_least(-bound, at_most(bound, x));
  V s = x * x;
  V p = s * -2.76076847742355e-16f + 2.00018790482477e-13f;
  p = p * s - 8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  V q = s * 1.19825839466702e-06f + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return {p * x, q};
}

}  // namespace IRNN_NAMESPACE
