// A libcudnn.so.9 and libcudart.so.12 of the test's own, with the functions that gpu-check-layout.cpp calls: cuDNN's documented
// order of weights, written down here apart from the engine. FAKE_CUDNN=swapped puts the recurrent matrices first.
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {
struct Rnn {
  int gates, directions, I, H, layers;
};
struct Tensor {
  int rows, columns;
};
constexpr int kGates[] = {1, 1, 4};
}  // namespace

extern "C" {
int cudaMalloc(void** memory, size_t size) { return (*memory = malloc(size)) ? 0 : 2; }
int cudnnCreate(void** handle) { return *handle = malloc(1), getenv("FAKE_CUDNN_NO_GPU") ? 1 : 0; }
size_t cudnnGetVersion() { return 90300; }
const char* cudnnGetErrorString(int) { return "CUDNN_STATUS_NOT_INITIALIZED"; }
int cudnnCreateDropoutDescriptor(void** made) { return *made = malloc(1), 0; }
int cudnnSetDropoutDescriptor(void*, void*, float, void*, size_t, unsigned long long) { return 0; }
int cudnnCreateTensorDescriptor(void** made) { return *made = new Tensor(), 0; }
int cudnnGetTensorNdDescriptor(void* of, int, int* type, int* dimensions, int* sizes, int* strides) {
  const Tensor& tensor = *static_cast<Tensor*>(of);
  *type = 0, *dimensions = 3, sizes[0] = 1, sizes[1] = tensor.rows, sizes[2] = tensor.columns;
  strides[0] = tensor.rows * tensor.columns, strides[1] = tensor.columns, strides[2] = 1;
  return 0;
}
int cudnnCreateRNNDescriptor(void** made) { return *made = new Rnn(), 0; }
int cudnnSetRNNDescriptor_v8(void* rnn, int, int cell, int, int direction, int, int, int, int, int32_t I, int32_t H, int32_t,
                             int32_t layers, void*, uint32_t) {
  *static_cast<Rnn*>(rnn) = {kGates[cell], direction + 1, I, H, layers};
  return 0;
}
int cudnnGetRNNWeightSpaceSize(void*, void* of, size_t* size) {
  const Rnn& rnn = *static_cast<Rnn*>(of);
  size_t floats = 0;
  for (int layer = 0; layer < rnn.layers; layer++) {
    const int below = layer ? rnn.directions * rnn.H : rnn.I;
    floats += size_t(rnn.directions) * rnn.gates * rnn.H * (below + rnn.H + 2);
  }
  *size = 4 * floats;
  return 0;
}
int cudnnGetRNNWeightParams(void*, void* of, int32_t pseudo, size_t size, const void* space, int32_t linear, void* matrix,
                            void** matrix_at, void* bias, void** bias_at) {
  const Rnn& rnn = *static_cast<Rnn*>(of);
  const bool swapped = getenv("FAKE_CUDNN") && !strcmp(getenv("FAKE_CUDNN"), "swapped");
  const int pseudos = rnn.layers * rnn.directions, kind = linear / rnn.gates, gate = linear % rnn.gates;
  const auto below = [&](int p) { return p < rnn.directions ? rnn.I : rnn.directions * rnn.H; };
  long at = 0;
  for (int p = 0; p < pseudo; p++) at += long(rnn.gates) * rnn.H * (below(p) + rnn.H);
  if (kind == 1 && !swapped) at += long(rnn.gates) * rnn.H * below(pseudo);
  if (kind == 0 && swapped) at += long(rnn.gates) * rnn.H * rnn.H;
  const int columns = kind == 0 ? below(pseudo) : rnn.H;
  at += long(gate) * rnn.H * columns;
  const long biases = long(size) / 4 - 2l * pseudos * rnn.gates * rnn.H;
  char* start = static_cast<char*>(const_cast<void*>(space));
  *matrix_at = start + 4 * at;
  *bias_at = start + 4 * (biases + (long(pseudo) * 2 * rnn.gates + linear) * rnn.H);
  *static_cast<Tensor*>(matrix) = {rnn.H, columns};
  *static_cast<Tensor*>(bias) = {rnn.H, 1};
  return 0;
}
}
