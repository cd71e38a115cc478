// The binding: plain functions over a network handle. Every function checks lengths and types of its arrays, so that a
// mistake in JavaScript is an exception and never a wild write. src/engines/native.ts is the only caller.
#include "cpu.hpp"
#include "napi.hpp"

namespace {

struct Handle {
  const Kernels* kernels;
  void* network;  // null after dispose
  NetworkSpec spec;
};

void release(Handle* handle) {
  if (handle->network) handle->kernels->destroy(handle->network);
  handle->network = nullptr;
}

Handle* live_handle(const Call& call) {
  Handle* handle = (Handle*)call.external(0);
  if (handle && !handle->network) call.fail("this trainer was disposed");
  return handle && handle->network ? handle : nullptr;
}

/** Inputs and target of `sequences` sequences of `steps` steps, standing at arguments 1 and 2. */
struct BatchArguments {
  const float* x = nullptr;
  const void* target = nullptr;

  BatchArguments(const Call& call, const NetworkSpec& s, size_t sequences, size_t steps) {
    const float* inputs = (const float*)call.array(1, napi_float32_array, steps * s.inputs * sequences);
    if (!inputs) return;
    const bool classes = s.head == HEAD_SOFTMAX;
    target = call.array(2, classes ? napi_int32_array : napi_float32_array, classes ? sequences : sequences * s.outputs);
    if (!target) return;
    for (size_t b = 0; classes && b < sequences; b++) {
      const int32_t chosen = ((const int32_t*)target)[b];
      if (chosen < 0 || chosen >= s.outputs) {
        call.fail("a target class is outside the model's outputs");
        return;
      }
    }
    x = inputs;
  }
};

/** instructionSets(): string[], those of this processor, fastest first. */
napi_value instruction_sets(napi_env env, napi_callback_info) {
  napi_value list, name;
  napi_create_array(env, &list);
  for (uint32_t i = 0; supported_kernels()[i]; i++) {
    napi_create_string_utf8(env, supported_kernels()[i]->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, i, name);
  }
  return list;
}

/** create(instructionSet, spec): handle. The properties of spec are the fields of NetworkSpec. */
napi_value create(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  char name[16];
  call.text(0, name, sizeof name);
  NetworkSpec s;
  s.cell = (int)call.property(1, "cell");
  s.head = (int)call.property(1, "head");
  s.inputs = (int)call.property(1, "inputs");
  s.hidden = (int)call.property(1, "hidden");
  s.outputs = (int)call.property(1, "outputs");
  s.batch = (int)call.property(1, "batch");
  s.steps = (int)call.property(1, "steps");
  s.sum_loss = (int)call.property(1, "sumLoss");
  s.rule = (int)call.property(1, "rule");
  s.momentum = call.property(1, "momentum");
  s.decay = call.property(1, "decay");
  s.beta1 = call.property(1, "beta1");
  s.beta2 = call.property(1, "beta2");
  s.epsilon = call.property(1, "epsilon");
  s.clip = (int)call.property(1, "clip");
  s.threshold = call.property(1, "threshold");
  if (call.failed()) return nullptr;
  if (s.inputs < 1 || s.hidden < 1 || s.outputs < 1 || s.batch < 1 || s.steps < 1) return call.fail("sizes start at 1");
  const Kernels* kernels = kernels_named(name);
  if (!kernels) return call.fail("this processor lacks the instruction set");
  void* network = kernels->create(&s);
  if (!network) return call.fail("not enough memory for the activations of a batch");
  Handle* handle = new Handle{kernels, network, s};
  const auto finalize = [](napi_env, void* data, void*) {
    release((Handle*)data);
    delete (Handle*)data;
  };
  napi_value external;
  napi_create_external(env, handle, finalize, nullptr, &external);
  return external;
}

/** dispose(handle): frees the memory now rather than at garbage collection. */
napi_value dispose(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = (Handle*)call.external(0);
  if (handle) release(handle);
  return nullptr;
}

/** step(handle, x, target, rate, report: Float64Array(4)): fills in loss, norm, clipped, skipped. */
napi_value step(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const BatchArguments batch(call, handle->spec, handle->spec.batch, handle->spec.steps);
  const double rate = call.number(3);
  double* report = (double*)call.array(4, napi_float64_array, sizeof(StepReport) / sizeof(double));
  if (!batch.x || !report || call.failed()) return nullptr;
  const FlushDenormals mode;
  handle->kernels->step(handle->network, batch.x, batch.target, rate, (StepReport*)report);
  return nullptr;
}

/** gradients(handle, x, target): loss. The gradients can be read afterwards. */
napi_value gradients(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const BatchArguments batch(call, handle->spec, handle->spec.batch, handle->spec.steps);
  if (!batch.x) return nullptr;
  const FlushDenormals mode;
  return call.result(handle->kernels->gradients(handle->network, batch.x, batch.target));
}

/** evaluate(handle, x, target, sequences, steps, predicted: Int32Array): the summed loss; fills in the classes of a softmax. */
napi_value evaluate(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const double sequences = call.number(3), steps = call.number(4);
  if (!(sequences >= 1 && steps >= 1)) return call.fail("an empty batch cannot be evaluated");
  const BatchArguments batch(call, handle->spec, (size_t)sequences, (size_t)steps);
  if (!batch.x) return nullptr;
  int32_t* predicted = nullptr;
  if (handle->spec.head == HEAD_SOFTMAX) {
    predicted = (int32_t*)call.array(5, napi_int32_array, (size_t)sequences);
    if (!predicted) return nullptr;
  }
  const FlushDenormals mode;
  return call.result(handle->kernels->evaluate(handle->network, batch.x, batch.target, (int)sequences, (int)steps,
                                               predicted));
}

/** liveUnits(handle, x): number of units. */
napi_value live_units(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const NetworkSpec& s = handle->spec;
  const float* x = (const float*)call.array(1, napi_float32_array, (size_t)s.steps * s.inputs * s.batch);
  if (!x) return nullptr;
  const FlushDenormals mode;
  return call.result(handle->kernels->live_units(handle->network, x));
}

/** read(handle, array, out: Float32Array) and write(handle, array, values: Float32Array), in torch's order. */
napi_value read(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const int array = (int)call.number(1);
  float* out = (float*)call.array(2, napi_float32_array, handle->kernels->parameter_count(handle->network));
  if (out) handle->kernels->read(handle->network, array, out);
  return nullptr;
}

napi_value write(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const int array = (int)call.number(1);
  const float* values = (const float*)call.array(2, napi_float32_array, handle->kernels->parameter_count(handle->network));
  if (values) handle->kernels->write(handle->network, array, values);
  return nullptr;
}

/** updates(handle): how often the update rule was applied. setUpdates(handle, n). */
napi_value updates(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  return handle ? call.result(handle->kernels->updates(handle->network)) : nullptr;
}

napi_value set_updates(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (handle) handle->kernels->set_updates(handle->network, call.number(1));
  return nullptr;
}

/** peakFlops(instructionSet, seconds): the core's multiply-add peak in operations a second. */
napi_value peak_flops(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  char name[16];
  call.text(0, name, sizeof name);
  const Kernels* kernels = kernels_named(name);
  if (!kernels) return call.fail("this processor lacks the instruction set");
  return call.result(kernels->peak_flops(call.number(1)));
}

napi_value define(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
#define FUNCTION(name, function) {name, nullptr, function, nullptr, nullptr, nullptr, napi_enumerable, nullptr}
      FUNCTION("instructionSets", instruction_sets),
      FUNCTION("create", create),
      FUNCTION("dispose", dispose),
      FUNCTION("step", step),
      FUNCTION("gradients", gradients),
      FUNCTION("evaluate", evaluate),
      FUNCTION("liveUnits", live_units),
      FUNCTION("read", read),
      FUNCTION("write", write),
      FUNCTION("updates", updates),
      FUNCTION("setUpdates", set_updates),
      FUNCTION("peakFlops", peak_flops),
#undef FUNCTION
  };
  napi_define_properties(env, exports, sizeof functions / sizeof functions[0], functions);
  return exports;
}

}  // namespace

NAPI_MODULE(irnn, define)
