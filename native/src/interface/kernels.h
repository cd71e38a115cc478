// What the kernels of one instruction set offer, as plain C: the binding chooses a table at run time.
#pragma once

#include "interface/description.h"

/** See src/models/batch.ts. */
struct Batch {
  const void* x;           // float [steps][inputs][size], or int32 [steps][size]
  const void* target;      // float [size][outputs], or int32 [size] or [steps][size]
  const int32_t* lengths;  // [size], or null
  int size, steps;
  bool carry;
  double index;
  // The sample of a training batch (see src/models/sampled-softmax.ts), in which targets are places;
  // null for all classes.
  const int32_t* classes;
  const float* log_expected;
  int class_count, candidates;
};

/** The target of a step that is not scored. */
constexpr int32_t UNSCORED = -1;

struct StepReport {
  double loss, norm, clipped, skipped;
};

struct Kernels {
  const char* name;
  int precisions;                       // so many of enum Precision, from the first
  void* (*create)(const NetworkSpec*);  // null when memory or threads are short
  void (*destroy)(void* network);
  size_t (*parameter_count)(void* network);
  // Outside the kernels the parameters stand in the order of src/models/parameters.ts, with the rows of the
  // gates i, f, g, o one block after the other.
  // False, and nothing done, for slots that the rule lacks, and for writing gradients.
  bool (*read)(void* network, Array array, float* out);
  bool (*write)(void* network, Array array, const float* values);
  double (*updates)(void* network);
  void (*set_updates)(void* network, double updates);
  // The states that the next training batch may take over: of each layer h [batch][H] and, for the LSTM,
  // c [batch][H].
  size_t (*carried_count)(void* network);
  float* (*carried)(void* network);
  void (*step)(void* network, const Batch*, double rate, StepReport* report);
  double (*gradients)(void* network, const Batch*);
  // The summed loss; `predicted` (as the target) takes the most probable classes, or is null for regression.
  // False when memory is short.
  bool (*evaluate)(void* network, const Batch*, int32_t* predicted, double* loss);
  int (*live_units)(void* network, const Batch*);
  double (*peak_flops)(double seconds);
};

extern "C" {
const Kernels* irnn_kernels_amx();
const Kernels* irnn_kernels_amx_emulated();
const Kernels* irnn_kernels_avx512();
const Kernels* irnn_kernels_avx2();
const Kernels* irnn_kernels_sse2();
const Kernels* irnn_kernels_neon();
const Kernels* irnn_kernels_wasm();
}
