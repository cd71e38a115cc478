// A batch as arguments of a call, checked: a mistake in JavaScript is an exception and never a wild read.
#pragma once

#include "interface/kernels.h"
#include "binding/call.hpp"

/** A batch for scoring any number of sequences, one of a trainer's size, or one to take gradients of. */
enum class Use { EVALUATION, INSPECTION, TRAINING };

/**
 * Arguments 1 to 7: x, target, lengths or null, size, steps, carry (0 or 1), index. In training 8 to 10: the
 * classes of a sample, their log expected counts, the number of candidates; or null, null, 0. A mistake
 * leaves an exception pending.
 */
struct BatchArguments {
  Batch batch = {};
  size_t targets = 0;  // elements of a class target

  BatchArguments(const Call& call, const NetworkSpec& s, Use use) { read(call, s, use); }

 private:
  void read(const Call& call, const NetworkSpec& s, Use use) {
    const bool training = use != Use::EVALUATION;
    const double size = call.number(4), steps = call.number(5);
    if (call.failed()) return;
    if (!(size >= 1 && steps >= 1 && size * steps < 0x1p31))
      return fail(call, "a batch has sequences and steps");
    if (training && size != s.batch)
      return fail(call, "a training batch has another size than the trainer was made for");
    if (training && steps > s.steps)
      return fail(call, "a training batch has more steps than the trainer was made for");
    batch.size = (int)size, batch.steps = (int)steps;
    batch.carry = call.number(6) != 0;
    batch.index = call.number(7);
    if (!(batch.index >= 0)) return fail(call, "a batch has an index from 0 on");
    read_lengths(call);
    read_inputs(call, s);
    if (use == Use::TRAINING && !call.is_null(8)) read_sample(call, s);
    if (use == Use::TRAINING && !batch.classes != !s.samples)
      fail(call, "a sample of classes is missing, or not wanted");
    if (!call.failed()) read_targets(call, s);
  }

  static void fail(const Call& call, const char* message) { call.fail(message); }

  int length(int b) const { return batch.lengths ? batch.lengths[b] : batch.steps; }

  void read_lengths(const Call& call) {
    if (call.is_null(3)) return;
    batch.lengths = (const int32_t*)call.array(3, napi_int32_array, batch.size);
    for (int b = 0; batch.lengths && b < batch.size; b++) {
      if (batch.lengths[b] < 0 || batch.lengths[b] > batch.steps)
        return fail(call, "a length is not within the batch's steps");
    }
  }

  void read_inputs(const Call& call, const NetworkSpec& s) {
    const size_t positions = (size_t)batch.steps * batch.size;
    if (!s.vocabulary) {
      batch.x = call.array(1, napi_float32_array, positions * s.inputs);
      return;
    }
    const int32_t* tokens = (const int32_t*)call.array(1, napi_int32_array, positions);
    batch.x = tokens;
    for (size_t i = 0; tokens && !call.failed() && i < positions; i++) {
      if ((int)(i / batch.size) >= length(i % batch.size)) continue;
      if (tokens[i] < 0 || tokens[i] >= s.vocabulary)
        return fail(call, "a token is outside the model's vocabulary");
    }
  }

  void read_sample(const Call& call, const NetworkSpec& s) {
    const size_t most = s.samples + (size_t)s.batch * (s.every_step ? s.steps : 1);
    batch.class_count = (int)call.length(8);
    batch.candidates = (int)call.number(10);
    batch.classes = (const int32_t*)call.array(8, napi_int32_array, batch.class_count);
    batch.log_expected = (const float*)call.array(9, napi_float32_array, batch.class_count);
    if (call.failed()) return;
    if ((size_t)batch.class_count > most || batch.candidates < 1 || batch.candidates > batch.class_count) {
      return fail(call, "a sample of classes has the wrong size");
    }
    for (int i = 0; i < batch.class_count; i++) {
      if (batch.classes[i] < 0 || batch.classes[i] >= s.outputs)
        return fail(call, "a class is outside the model's outputs");
    }
  }

  void read_targets(const Call& call, const NetworkSpec& s) {
    if (s.head == HEAD_REGRESSION) {
      batch.target = call.array(2, napi_float32_array, (size_t)batch.size * s.outputs);
      return;
    }
    targets = (size_t)batch.size * (s.every_step ? batch.steps : 1);
    const int32_t* classes = (const int32_t*)call.array(2, napi_int32_array, targets);
    batch.target = classes;
    const int choices = batch.classes ? batch.class_count : s.outputs;
    for (size_t i = 0; classes && i < targets; i++) {
      if (classes[i] < UNSCORED || classes[i] >= choices)
        return fail(call, "a target class is outside the model's outputs");
      const bool beyond = (int)(i / batch.size) >= length(i % batch.size);
      if (beyond && classes[i] != UNSCORED)
        return fail(call, "a target stands beyond the end of its sequence");
    }
  }
};
