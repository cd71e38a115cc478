// The gradient of a table of which a batch uses few rows: those rows alone, in the order in which it first
// touches them. All other rows have a gradient of zero.
#pragma once

#include "network/arena.hpp"

namespace IRNN_NAMESPACE {

struct SparseRows {
  int rows, width, most;  // of the table; touched rows at most
  int count;              // touched rows
  int32_t* touched;       // their numbers
  float* values;          // [count][width]

  void plan(int table_rows, int row_width, int at_most) {
    rows = table_rows, width = row_width;
    most = at_most < rows ? at_most : rows;
  }
  void place(Arena& arena) {
    touched = (int32_t*)arena.floats(most);
    values = arena.floats((size_t)most * width);
    place_of_ = (int32_t*)arena.floats(rows);
  }

  /** Forgets all rows. The values of rows touched afterwards are for the caller to set. */
  void clear() {
    for (int i = 0; i < count; i++) place_of_[touched[i]] = 0;
    count = 0;
  }
  void touch(int row) {
    if (place_of_[row]) return;
    touched[count] = row;
    place_of_[row] = ++count;
  }
  /** The gradient of a row; null where it is zero. */
  float* row(int row) const {
    return place_of_[row] ? values + (size_t)(place_of_[row] - 1) * width : nullptr;
  }
  /** Numbers in `values`. */
  size_t size() const { return (size_t)count * width; }

 private:
  int32_t* place_of_;  // 1 + place among the touched rows, or 0
};

}  // namespace IRNN_NAMESPACE
