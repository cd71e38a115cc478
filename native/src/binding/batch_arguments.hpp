// A batch as arguments of a call, checked: a mistake in JavaScript is an exception and never a wild read.
#pragma once

#include "binding/call.hpp"
#include "interface/kernels.h"

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

  BatchArguments(const Call& call, const NetworkSpec& s, bool bidirectional, Use use) {
    read(call, s, bidirectional, use);
  }

  /** Whether memory that a call writes to is also some of what it reads. */
  bool overlaps(const void* memory, size_t bytes) const {
    const auto meets = [&](const void* from, size_t size) {
      return from && (const char*)memory < (const char*)from + size &&
             (const char*)from < (const char*)memory + bytes;
    };
    return meets(batch.x, x_bytes_) || meets(batch.target, sizeof(int32_t) * targets) ||
           meets(batch.lengths, sizeof(int32_t) * batch.size);
  }

 private:
  static constexpr int PADDING = 64;  // lanes are at most so many more than sequences
  size_t x_bytes_ = 0;

  void read(const Call& call, const NetworkSpec& s, bool bidirectional, Use use) {
    const bool evaluates = use == Use::EVALUATION;
    batch.size =
        call.whole(4, 1, evaluates ? INT32_MAX : s.batch, "a batch has sequences, at most the trainer's");
    batch.steps = call.whole(5, 1, evaluates ? INT32_MAX : s.steps,
                             "a batch has a step at least, and no more steps than the trainer");
    batch.carry = call.whole(6, 0, !bidirectional, "carry is 0 or 1, and 0 in both directions") != 0;
    batch.index = call.counter(7, "a batch has an index from 0 on");
    if (call.failed()) return;
    if (!evaluates && batch.size != s.batch)
      return fail(call, "a training batch has the size its trainer was made for");
    if (((double)batch.size + PADDING) * batch.steps >= 0x1p31) return fail(call, "a batch is too large");
    read_lengths(call);
    read_inputs(call, s);
    if (use == Use::TRAINING) read_sample(call, s);
    if (!call.failed()) read_targets(call, s);
  }

  static void fail(const Call& call, const char* message) { call.fail(message); }

  int length(int b) const { return batch.lengths ? batch.lengths[b] : batch.steps; }

  void read_lengths(const Call& call) {
    if (call.is_null(3)) return;
    batch.lengths = (const int32_t*)call.array(3, napi_int32_array, batch.size);
    for (int b = 0; batch.lengths && b < batch.size; b++) {
      if (batch.lengths[b] < 0 || batch.lengths[b] > batch.steps) {
        return fail(call, "a length is not within the batch's steps");
      }
    }
  }

  void read_inputs(const Call& call, const NetworkSpec& s) {
    const size_t positions = (size_t)batch.steps * batch.size;
    const size_t elements = positions * (s.vocabulary ? 1 : s.inputs);
    batch.x = call.array(1, s.vocabulary ? napi_int32_array : napi_float32_array, elements);
    x_bytes_ = sizeof(float) * elements;
    if (call.failed() || !s.vocabulary) return;
    const int32_t* tokens = (const int32_t*)batch.x;
    for (size_t i = 0; i < positions; i++) {
      if ((int)(i / batch.size) >= length(i % batch.size)) continue;
      if (tokens[i] < 0 || tokens[i] >= s.vocabulary) {
        return fail(call, "a token is outside the model's vocabulary");
      }
    }
  }

  void read_sample(const Call& call, const NetworkSpec& s) {
    if (!s.samples) {
      if (!call.is_null(8) || !call.is_null(9) || call.number(10) != 0)
        fail(call, "a sample of classes is not wanted");
      return;
    }
    size_t count = 0;
    batch.classes = (const int32_t*)call.array(8, napi_int32_array, &count);
    batch.log_expected = (const float*)call.array(9, napi_float32_array, count);
    if (call.failed()) return;
    const size_t most = s.samples + (size_t)s.batch * (s.every_step ? s.steps : 1);
    if (count < 1 || count > most || count > (size_t)s.outputs) {
      return fail(call, "a sample of classes has the wrong size");
    }
    batch.class_count = (int)count;
    batch.candidates = call.whole(10, 1, batch.class_count, "a sample has candidates among its classes");
    for (int i = 0; i < batch.class_count; i++) {
      if (batch.classes[i] < 0 || batch.classes[i] >= s.outputs) {
        return fail(call, "a class is outside the model's outputs");
      }
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
      if (classes[i] < UNSCORED || classes[i] >= choices) {
        return fail(call, "a target class is outside the model's outputs");
      }
      const bool beyond = (int)(i / batch.size) >= length(i % batch.size);
      if (beyond && classes[i] != UNSCORED)
        return fail(call, "a target stands beyond the end of its sequence");
    }
  }
};
