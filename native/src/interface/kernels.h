// What the kernels of one instruction set offer, as plain C: the binding chooses a table at run time.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum Cell { CELL_RELU, CELL_TANH, CELL_LSTM };
enum HeadKind { HEAD_REGRESSION, HEAD_SOFTMAX };
enum Rule { RULE_SGD, RULE_RMSPROP, RULE_ADAM };
enum ClipMode { CLIP_NONE, CLIP_NORM, CLIP_ELEMENTWISE };

struct LayerSpec {
  int cell;           // Cell
  int hidden;         // H, of each direction
  int bidirectional;  // 0 or 1
};

struct NetworkSpec {
  const LayerSpec* layers;  // from the input upwards
  int layer_count;
  int vocabulary;       // tokens to choose from; 0 for features
  int inputs;           // features, or units of the embedding
  int projection;       // units between the top layer and the head; 0 for none
  int head;             // HeadKind
  int every_step;       // 1: the head reads every step, 0: the last one
  int outputs;          // O
  int samples;          // classes that a training step of a softmax samples; 0 for all of them
  double dropout;       // the probability of dropping an output
  uint32_t seed;        // of dropout
  int batch;            // sequences of a training batch
  int steps;            // the most steps of a training batch
  int sum_loss;         // 1: losses are summed over the scored targets, 0: averaged
  int rule;             // Rule
  double momentum;      // sgd, rmsprop
  double decay;         // rmsprop
  double beta1, beta2;  // adam
  double epsilon;       // rmsprop, adam
  int clip;             // ClipMode
  double threshold;     // of the clip
  int threads;
};

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

/** Arrays that can be read and written. All have the layout of the parameters. */
enum Array { ARRAY_PARAMETERS, ARRAY_SLOT_1, ARRAY_SLOT_2, ARRAY_GRADIENTS };

struct Kernels {
  const char* name;
  void* (*create)(const NetworkSpec*);  // null when memory or threads are short
  void (*destroy)(void* network);
  size_t (*parameter_count)(void* network);
  // Outside the kernels the parameters stand in the order of src/models/parameters.ts, with the rows of the
  // gates i, f, g, o one block after the other.
  void (*read)(void* network, int array, float* out);
  void (*write)(void* network, int array, const float* values);
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
const Kernels* irnn_kernels_avx512();
const Kernels* irnn_kernels_avx2();
const Kernels* irnn_kernels_sse2();
const Kernels* irnn_kernels_neon();
}
