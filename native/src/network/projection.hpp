// The linear layer without bias between the top layer and the head. All threads call its functions.
#pragma once

#include "kernels/dense.hpp"
#include "team/member.hpp"

namespace IRNN_NAMESPACE {

struct Projection {
  int inputs, outputs, precision;
  const float* weights;  // [outputs][inputs]
  float* d_weights;
  float *packed, *packed_transposed, *x_transposed;
  Panels output_panels, input_panels;

  void plan(int from, int to, int with_precision) {
    inputs = from, outputs = to, precision = with_precision;
    output_panels = dense_panels(to, precision), input_panels = dense_panels(from, precision);
  }
  void place(Arena& arena, int columns) {
    packed = arena.floats(dense_size(outputs, inputs, precision));
    packed_transposed = arena.floats(dense_size(inputs, outputs, precision));
    x_transposed = arena.floats(StripMatrix::size(whole_strips(columns), inputs));
  }
  void pack(const Member& member) const {
    const auto row_of = [&](int i) { return weights + (size_t)i * inputs; };
    const Range rows = member.share(output_panels.number), columns = member.share(input_panels.number);
    pack_rows(output_panels, inputs, row_of, packed, rows.first, rows.end);
    pack_columns(input_panels, outputs, row_of, packed_transposed, columns.first, columns.end);
  }

  /** y = W x, whose columns are whole strips. */
  void forward(const StripMatrix& x, const StripMatrix& y, const Member& member) const {
    const Range mine = member.share(x.strips());
    product(output_panels, packed, inputs, x, y, mine);
    member.wait();
  }

  /** dx = W^T dy, and the gradient of the weights. */
  void backward(const StripMatrix& x, const StripMatrix& dy, const StripMatrix& dx,
                const Member& member) const {
    const StripMatrix x_NK = {x_transposed, (size_t)x.columns, inputs};
    const Range mine = member.share(x.strips());
    product(input_panels, packed_transposed, outputs, dy, dx, mine);
    transpose(x, x_NK, mine.first, mine.end);
    member.wait();
    const Range rows = member.share(output_panels.number);
    const auto row_of = [&](int i) { return d_weights + (size_t)i * inputs; };
    for (int i = output_panels.first(rows.first); i < output_panels.first(rows.end); i++) {
      memset(row_of(i), 0, sizeof(float) * inputs);
    }
    dense_gradient(output_panels, dy, 0, x_NK, row_of, rows.first, rows.end);
    member.wait();
  }

 private:
  static void product(const Panels& panels, const float* packed, int depth, const StripMatrix& x,
                      const StripMatrix& y, Range strips) {
    for (int s = strips.first; s < strips.end; s++)
      memset(y.at(s, 0), 0, sizeof(float) * y.rows * y.width(s));
    dense_product(panels, packed, depth, x, 0, y, 0, strips.first, strips.end);
  }
};

}  // namespace IRNN_NAMESPACE
