// The binding: plain functions over a network handle. Every function checks types, sizes and bounds of what
// it is given, so that a mistake in JavaScript is an exception and never a wild write. src/engines/native/ is
// the only caller.
#include "binding/batch_arguments.hpp"
#include "binding/call.hpp"
#include "binding/instruction_sets.hpp"
#include "team/denormals.hpp"

namespace {

struct Handle {
  const Kernels* kernels;
  void* network;  // null after dispose
  NetworkSpec spec;
  bool bidirectional;

  BatchArguments batch(const Call& call, Use use) const {
    return BatchArguments(call, spec, bidirectional, use);
  }
};

/** Tells our handles from the externals of other addons. */
constexpr napi_type_tag HANDLE_TAG = {0x9f1c64d20b7e4a83, 0xb5d80e7734c1a96f};

void release(Handle* handle) {
  if (handle->network) handle->kernels->destroy(handle->network);
  handle->network = nullptr;
}

Handle* live_handle(const Call& call) {
  Handle* handle = (Handle*)call.external(0, HANDLE_TAG);
  if (handle && !handle->network) call.fail("this trainer was disposed");
  return handle && handle->network ? handle : nullptr;
}

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

/** amxObstacle(): string, why this processor or process cannot use the set "amx"; empty where it can. */
napi_value amx_obstacle_text(napi_env env, napi_callback_info) {
  const char* obstacle = amx_obstacle();
  napi_value text;
  napi_create_string_utf8(env, obstacle ? obstacle : "", NAPI_AUTO_LENGTH, &text);
  return text;
}

/** create(instructionSet, description: Float64Array): handle. See Description::read for what the numbers are.
 */
napi_value create(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  char name[16];
  call.text(0, name, sizeof name);
  size_t count = 0;
  const double* numbers = (const double*)call.array(1, napi_float64_array, &count);
  if (call.failed()) return nullptr;
  Description description;
  if (!description.read(numbers, count)) return call.fail(description.complaint);
  const Kernels* kernels = kernels_named(name);
  if (!kernels) return call.fail("this processor lacks the instruction set");
  if (description.network.precision >= kernels->precisions) {
    return call.fail("this instruction set has no products of that precision");
  }
  void* network = kernels->create(&description.network);
  if (!network) return call.fail("not enough memory for the activations of a batch, or threads");
  Handle* handle = new Handle{kernels, network, description.network, false};
  for (int k = 0; k < description.network.layer_count; k++) {
    if (description.layers[k].bidirectional) handle->bidirectional = true;
  }
  handle->spec.layers = nullptr;
  const auto finalize = [](napi_env, void* data, void*) {
    release((Handle*)data);
    delete (Handle*)data;
  };
  napi_value external;
  napi_create_external(env, handle, finalize, nullptr, &external);
  napi_type_tag_object(env, external, &HANDLE_TAG);
  return external;
}

/** dispose(handle): frees the memory now rather than at garbage collection. */
napi_value dispose(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = (Handle*)call.external(0, HANDLE_TAG);
  if (handle) release(handle);
  return nullptr;
}

// A batch is the arguments 1 to 7, or to 10 in training: see BatchArguments.

/** step(handle, ...batch, rate, report: Float64Array(4)): fills in loss, norm, clipped, skipped. */
napi_value step(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const BatchArguments arguments = handle->batch(call, Use::TRAINING);
  const double rate = call.number(11);
  double* report = (double*)call.array(12, napi_float64_array, sizeof(StepReport) / sizeof(double));
  if (call.failed()) return nullptr;
  const FlushDenormals mode;
  handle->kernels->step(handle->network, &arguments.batch, rate, (StepReport*)report);
  return nullptr;
}

/** gradients(handle, ...batch): loss. The gradients can be read afterwards. */
napi_value gradients(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const BatchArguments arguments = handle->batch(call, Use::TRAINING);
  if (call.failed()) return nullptr;
  const FlushDenormals mode;
  return call.result(handle->kernels->gradients(handle->network, &arguments.batch));
}

/**
 * evaluate(handle, ...batch, predicted: Int32Array | null): the summed loss; fills in the classes of a
 * softmax.
 */
napi_value evaluate(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const BatchArguments arguments = handle->batch(call, Use::EVALUATION);
  int32_t* predicted = nullptr;
  if (handle->spec.head == HEAD_REGRESSION) {
    if (!call.is_null(8)) call.fail("a regression predicts no classes");
  } else if (!call.failed()) {
    predicted = (int32_t*)call.array(8, napi_int32_array, arguments.targets);
    // Predictions are written while the rest of the batch is still to be read.
    if (predicted && arguments.overlaps(predicted, sizeof(int32_t) * arguments.targets)) {
      call.fail("predictions would overwrite the batch");
    }
  }
  if (call.failed()) return nullptr;
  const FlushDenormals mode;
  double loss = 0;
  if (!handle->kernels->evaluate(handle->network, &arguments.batch, predicted, &loss)) {
    return call.fail("not enough memory for the activations of the batch");
  }
  return call.result(loss);
}

/** liveUnits(handle, ...batch): number of units. */
napi_value live_units(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const BatchArguments arguments = handle->batch(call, Use::INSPECTION);
  if (call.failed()) return nullptr;
  const FlushDenormals mode;
  return call.result(handle->kernels->live_units(handle->network, &arguments.batch));
}

/** carried(handle, out: Float32Array) and setCarried(handle, values: Float32Array): all states in a row. */
float* carried_argument(const Call& call, Handle* handle) {
  return (float*)call.array(1, napi_float32_array, handle->kernels->carried_count(handle->network));
}

napi_value carried(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  float* out = carried_argument(call, handle);
  const Kernels* k = handle->kernels;
  if (out) memcpy(out, k->carried(handle->network), sizeof(float) * k->carried_count(handle->network));
  return nullptr;
}

napi_value set_carried(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const float* values = carried_argument(call, handle);
  const Kernels* k = handle->kernels;
  if (values) memcpy(k->carried(handle->network), values, sizeof(float) * k->carried_count(handle->network));
  return nullptr;
}

/** read(handle, array, out: Float32Array) and write(handle, array, values: Float32Array), in torch's order.
 */
struct ArrayArguments {
  Array array;
  float* values;

  ArrayArguments(const Call& call, const Handle* handle)
      : array((Array)call.whole(1, 0, ARRAY_COUNT - 1, "a network has no such array")),
        values((float*)call.array(2, napi_float32_array, handle->kernels->parameter_count(handle->network))) {
  }
};

napi_value read(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const ArrayArguments to(call, handle);
  if (call.failed()) return nullptr;
  if (!handle->kernels->read(handle->network, to.array, to.values))
    call.fail("this update rule has no such array");
  return nullptr;
}

napi_value write(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  Handle* handle = live_handle(call);
  if (!handle) return nullptr;
  const ArrayArguments from(call, handle);
  if (call.failed()) return nullptr;
  const FlushDenormals mode;
  if (!handle->kernels->write(handle->network, from.array, from.values)) {
    call.fail("this network has no such array to write to");
  }
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
  if (!handle) return nullptr;
  const double updates = call.counter(1, "updates are counted from 0");
  if (!call.failed()) handle->kernels->set_updates(handle->network, updates);
  return nullptr;
}

/** peakFlops(instructionSet, seconds): the core's multiply-add peak in operations a second. */
napi_value peak_flops(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  char name[16];
  call.text(0, name, sizeof name);
  const Kernels* kernels = kernels_named(name);
  const double seconds = call.number(1);
  if (call.failed()) return nullptr;
  if (!kernels) return call.fail("this processor lacks the instruction set");
  if (!(seconds >= 0 && seconds <= 60)) return call.fail("a peak is measured for up to 60 seconds");
  return call.result(kernels->peak_flops(seconds));
}

napi_value define(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
#define FUNCTION(name, function) \
  {name, nullptr, function, nullptr, nullptr, nullptr, napi_enumerable, nullptr}
      FUNCTION("instructionSets", instruction_sets),
      FUNCTION("amxObstacle", amx_obstacle_text),
      FUNCTION("create", create),
      FUNCTION("dispose", dispose),
      FUNCTION("step", step),
      FUNCTION("gradients", gradients),
      FUNCTION("evaluate", evaluate),
      FUNCTION("liveUnits", live_units),
      FUNCTION("carried", carried),
      FUNCTION("setCarried", set_carried),
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
