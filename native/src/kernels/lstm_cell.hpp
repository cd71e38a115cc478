// The elementwise half of the LSTM cell (Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al.
// 2000, as torch.nn.LSTM):
//
//   i, f, o = logistic(a_i), logistic(a_f), logistic(a_o)   g = tanh(a_g)   c = f * c_before + i * g   h = o
//   * tanh(c)
//
// Gate rows are unit-major: the rows i, f, g, o of a unit follow each other. The gates' values are kept for
// the backward sweep; tanh(c) is not, because h = o * tanh(c) is kept anyway:
//
//   da_o = dh * tanh(c) * o * (1 - o) = dh * h * (1 - o)      dh/dc = o * (1 - tanh(c)^2) = o - h * h / o
//
// (o is at least 1e-12, see logistic_denominator.)
#pragma once

#include "kernels/activations.hpp"
#include "kernels/step_product.hpp"

namespace IRNN_NAMESPACE {

constexpr int GATE_I = 0, GATE_F = 1, GATE_G = 2, GATE_O = 3, LSTM_GATES = 4;

/**
 * A panel of `units`; `sums` (overwritten) stand width = vectors * LANES apart, rows of c and gates B apart,
 * and h goes to the rows from `h_row` on. `gates_RB` may be null.
 *
 * Three passes over the panel rather than one: each is many short chains of dependent operations, which a
 * core overlaps; a whole unit is one chain of some 200 cycles, of which its scheduler holds too few at a
 * time.
 */
INLINE void lstm_forward(float* sums, int units, int width, size_t B, const float* c_before_HB,
                         float* gates_RB, float* c_HB, ZRows h_rows, int h_row) {
  const int size = units * width;
  alignas(64) float under_g[MAX_STEP_OUTPUT / LSTM_GATES], output_gate[MAX_STEP_OUTPUT / LSTM_GATES];
  for (int u = 0; u < size; u += LANES) {
    float* a = sums + (u / width * (LSTM_GATES - 1)) * width + u;
    store(a + GATE_I * width, logistic_denominator(load(a + GATE_I * width)));
    store(a + GATE_F * width, logistic_denominator(load(a + GATE_F * width)));
    const Quotient g = tanh_quotient(load(a + GATE_G * width));
    store(a + GATE_G * width, g.over);
    store(under_g + u, g.under);
    store(a + GATE_O * width, logistic_denominator(load(a + GATE_O * width)));
  }
  for (int u = 0; u < units; u++) {
    for (int b = 0; b < width; b += LANES) {
      const float* a = sums + u * LSTM_GATES * width + b;
      const V under_i = load(a + GATE_I * width), under_f = load(a + GATE_F * width);
      const V over_g = load(a + GATE_G * width), under_o = load(a + GATE_O * width);
      const V under_g_b = load(under_g + u * width + b);
      // One division for four: 1/x = y * (1 / (x * y)).
      const V under_if = under_i * under_f, under_og = under_o * under_g_b;
      const V inverse = 1.0f / (under_if * under_og);
      const V inverse_if = inverse * under_og, inverse_og = inverse * under_if;
      const V i = inverse_if * under_f, f = inverse_if * under_i;
      const V o = inverse_og * under_g_b, g = inverse_og * under_o * over_g;
      store(output_gate + u * width + b, o);
      store(c_HB + u * B + b, f * load(c_before_HB + u * B + b) + i * g);
      if (gates_RB) {
        float* gates = gates_RB + u * LSTM_GATES * B + b;
        store(gates + GATE_I * B, i);
        store(gates + GATE_F * B, f);
        store(gates + GATE_G * B, g);
        store(gates + GATE_O * B, o);
      }
    }
  }
  RowWalk h(h_rows, h_row);
  for (int u = 0; u < units; u++, h.next()) {
    for (int b = 0; b < width; b += LANES) {
      const Quotient tanh_c = tanh_quotient(load(c_HB + u * B + b));
      store(h.at + b, load(output_gate + u * width + b) * (tanh_c.over / tanh_c.under));
    }
  }
}

/**
 * dL/da of units [first, first + units) from dL/dh, whose rows stand `width` apart; h begins at h_row. The
 * other arrays begin at unit `first`. dc_HB goes from dL/dc of this step to that of the step before.
 */
INLINE void lstm_backward(const float* dh_HB, int units, int width, size_t B, const float* c_before_HB,
                          const float* gates_RB, float* dc_HB, ZRows h_rows, int h_row, DaRows da_rows,
                          int first) {
  for (int u = 0; u < units; u++) {
    const float* h_B = h_rows.at(h_row + first + u);
    float* da[LSTM_GATES];
    UNROLL for (int gate = 0; gate < LSTM_GATES; gate++) {
      da[gate] = da_rows.at((first + u) * LSTM_GATES + gate);
    }
    for (int b = 0; b < width; b += LANES) {
      const float* gates = gates_RB + u * LSTM_GATES * B + b;
      const V i = load(gates + GATE_I * B), f = load(gates + GATE_F * B);
      const V g = load(gates + GATE_G * B), o = load(gates + GATE_O * B);
      const V h = load(h_B + b), dh = load(dh_HB + u * width + b);
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
