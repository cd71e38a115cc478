// The linear layer without bias between the top layer and the head.
#pragma once

#include "dense.hpp"
#include "member.hpp"

namespace IRNN_NAMESPACE {

struct Projection {
  int inputs, outputs;
  const float* weights;  // [outputs][inputs]
  float* d_weights;
  float *packed, *packed_transposed;
  float *transposed;  // of the inputs
  Panels output_panels, input_panels;

  void plan(int from, int to) {
    inputs = from, outputs = to;
    output_panels = dense_panels(to), input_panels = dense_panels(from);
  }
  void place(Arena& arena, int columns) {
    packed = arena.floats((size_t)inputs * outputs);
    packed_transposed = arena.floats((size_t)inputs * outputs);
    transposed = arena.floats(StripMatrix::size(whole_strips(columns), inputs));
  }
  void pack() {
    const auto row_of = [&](int i) { return weights + (size_t)i * inputs; };
    pack_rows(output_panels, inputs, row_of, packed, 0, output_panels.number);
    pack_columns(input_panels, outputs, row_of, packed_transposed, 0, input_panels.number);
  }

  void forward(const StripMatrix& x, const StripMatrix& y, const Parallel& parallel) const {
    parallel(x.strips(), [&](int from, int to) {
      for (int s = from; s < to; s++) memset(y.at(s, 0), 0, sizeof(float) * y.rows * y.width(s));
      dense_product(output_panels, packed, inputs, x, 0, y, 0, from, to);
    });
  }

  /** dx from dy, and the gradient of the weights, which is added to or, unless `add`, overwritten. Columns are whole strips. */
  void backward(const StripMatrix& x, const StripMatrix& dy, const StripMatrix& dx, bool add, const Parallel& parallel) const {
    const StripMatrix x_NK = {transposed, (size_t)x.columns, inputs};
    parallel(x.strips(), [&](int from, int to) {
      for (int s = from; s < to; s++) memset(dx.at(s, 0), 0, sizeof(float) * dx.rows * dx.width(s));
      dense_product(input_panels, packed_transposed, outputs, dy, 0, dx, 0, from, to);
      transpose(x, x_NK, from, to);
    });
    const auto row_of = [&](int i) { return d_weights + (size_t)i * inputs; };
    parallel(output_panels.number, [&](int from, int to) { dense_gradient(output_panels, dy, 0, x_NK, add, row_of, from, to); });
  }
};

}  // namespace IRNN_NAMESPACE
