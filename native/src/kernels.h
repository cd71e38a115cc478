// What the kernels of one instruction set offer, as plain C: the binding chooses a table at run time.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum Cell { CELL_RELU, CELL_TANH, CELL_LSTM };
enum HeadKind { HEAD_REGRESSION, HEAD_SOFTMAX };
enum Rule { RULE_SGD, RULE_RMSPROP, RULE_ADAM };
enum ClipMode { CLIP_NONE, CLIP_NORM, CLIP_ELEMENTWISE };

struct NetworkSpec {
  int cell;          // Cell
  int head;          // HeadKind
  int inputs;        // I
  int hidden;        // H
  int outputs;       // O
  int batch;         // sequences of a training batch
  int steps;         // T
  int sum_loss;      // 1: losses are summed over the batch, 0: averaged
  int rule;          // Rule
  double momentum;   // sgd, rmsprop
  double decay;      // rmsprop
  double beta1, beta2;  // adam
  double epsilon;    // rmsprop, adam
  int clip;          // ClipMode
  double threshold;  // of the clip
};

struct StepReport {
  double loss, norm, clipped, skipped;
};

/** Arrays that can be read and written. All have the layout of the parameters. */
enum Array { ARRAY_PARAMETERS, ARRAY_SLOT_1, ARRAY_SLOT_2, ARRAY_GRADIENTS };

struct Kernels {
  const char* name;
  void* (*create)(const NetworkSpec*);  // null when memory is short
  void (*destroy)(void* network);
  size_t (*parameter_count)(void* network);
  // Outside the kernels the parameters stand in torch's order: weight_ih [G*H][I], weight_hh [G*H][H], bias [G*H],
  // head.weight [O][H], head.bias [O], with the rows of the gates i, f, g, o one block after the other.
  void (*read)(void* network, int array, float* out);
  void (*write)(void* network, int array, const float* values);
  double (*updates)(void* network);
  void (*set_updates)(void* network, double updates);
  // x_TIB as in Batch; target: float [B][O] or int32 [B].
  void (*step)(void* network, const float* x_TIB, const void* target, double rate, StepReport* report);
  double (*gradients)(void* network, const float* x_TIB, const void* target);
  // The summed loss; `predicted` (int32 [sequences]) takes the most probable classes, or is null for regression.
  double (*evaluate)(void* network, const float* x_TIB, const void* target, int sequences, int steps,
                     int32_t* predicted);
  int (*live_units)(void* network, const float* x_TIB);
  double (*peak_flops)(double seconds);
};

extern "C" {
const Kernels* irnn_kernels_avx512();
const Kernels* irnn_kernels_avx2();
const Kernels* irnn_kernels_sse2();
const Kernels* irnn_kernels_neon();
}
