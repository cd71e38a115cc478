// The elementwise half of the LSTM cell (Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000, as torch.nn.LSTM):
//
//   i, f, o = logistic(a_i), logistic(a_f), logistic(a_o)   g = tanh(a_g)   c = f * c_before + i * g   h = o * tanh(c)
//
// Gate rows are unit-major: the rows i, f, g, o of a unit follow each other. The gates' values are kept for the
// backward sweep; tanh(c) is not, because h = o * tanh(c) is kept anyway:
//
//   da_o = dh * tanh(c) * o * (1 - o) = dh * h * (1 - o)      dh/dc = o * (1 - tanh(c)^2) = o - h * h / o
//
// (o is at least 1e-12, see logistic_denominator.)
#pragma once

#include "activations.hpp"
#include "rows.hpp"

namespace IRNN_NAMESPACE {

constexpr int GATE_I = 0, GATE_F = 1, GATE_G = 2, GATE_O = 3, LSTM_GATES = 4;

/**
 * A panel of `units`; `sums` stand width = vectors * LANES apart, rows of c and gates B apart, and h goes to the rows
 * from `h_row` on. `gates_RB` may be null.
 */
INLINE void lstm_forward(const float* sums, int units, int width, size_t B, const float* c_before_HB, float* gates_RB,
                         float* c_HB, ZRows h_rows, int h_row) {
  for (int u = 0; u < units; u++) {
    float* h = h_rows.at(h_row + u);
    for (int b = 0; b < width; b += LANES) {
      const float* a = sums + u * LSTM_GATES * width + b;
      const V under_i = logistic_denominator(load(a + GATE_I * width));
      const V under_f = logistic_denominator(load(a + GATE_F * width));
      const Quotient tanh_a = tanh_quotient(load(a + GATE_G * width));
      const V under_o = logistic_denominator(load(a + GATE_O * width));
      // One division for four: 1/x = y * (1 / (x * y)).
      const V under_if = under_i * under_f, under_og = under_o * tanh_a.under;
      const V inverse = 1.0f / (under_if * under_og);
      const V inverse_if = inverse * under_og, inverse_og = inverse * under_if;
      const V i = inverse_if * under_f, f = inverse_if * under_i;
      const V o = inverse_og * tanh_a.under, g = inverse_og * under_o * tanh_a.over;

      const V c = f * load(c_before_HB + u * B + b) + i * g;
      const Quotient tanh_c = tanh_quotient(c);
      store(c_HB + u * B + b, c);
      store(h + b, o * (tanh_c.over / tanh_c.under));
      if (gates_RB) {
        float* gates = gates_RB + u * LSTM_GATES * B + b;
        store(gates + GATE_I * B, i);
        store(gates + GATE_F * B, f);
        store(gates + GATE_G * B, g);
        store(gates + GATE_O * B, o);
      }
    }
  }
}

/**
 * dL/da of units [first, first + units) from dL/dh, whose rows stand dh_stride apart; h begins at h_row. The other
 * arrays begin at unit `first`. dc_HB goes from dL/dc of this step to that of the step before.
 */
INLINE void lstm_backward(const float* dh_HB, int units, int width, size_t dh_stride, size_t B, const float* c_before_HB,
                          const float* gates_RB, float* dc_HB, ZRows h_rows, int h_row, DaRows da_rows, int first) {
  for (int u = 0; u < units; u++) {
    const float* h_B = h_rows.at(h_row + first + u);
    float* da[LSTM_GATES];
    UNROLL for (int gate = 0; gate < LSTM_GATES; gate++) da[gate] = da_rows.at((first + u) * LSTM_GATES + gate);
    for (int b = 0; b < width; b += LANES) {
      const float* gates = gates_RB + u * LSTM_GATES * B + b;
      const V i = load(gates + GATE_I * B), f = load(gates + GATE_F * B);
      const V g = load(gates + GATE_G * B), o = load(gates + GATE_O * B);
      const V h = load(h_B + b), dh = load(dh_HB + u * dh_stride + b);
      const V dc = load(dc_HB + u * B + b) + dh * (o - h * h / o);
      const V dc_i = dc * i, dc_f = dc * f;
      store(da[GATE_I] + b, dc_i * g * (1.0f - i));
      store(da[GATE_F] + b, dc_f * load(c_before_HB + u * B + b) * (1.0f - f));
      store(da[GATE_G] + b, dc_i * (1.0f - g * g));
      store(da[GATE_O] + b, dh * h * (1.0f - o));
      store(dc_HB + u * B + b, dc_f);
    }
  }
}

}  // namespace IRNN_NAMESPACE
