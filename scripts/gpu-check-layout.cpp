// Asks cuDNN where it keeps the weights of its recurrent layers, and compares with where the tensorflow engine puts them.
// Needs a GPU, its driver, CUDA's runtime and cuDNN 8 or 9, which are opened by name; no SDK to build, no TensorFlow.
//
//   g++ -O1 -o gpu-check-layout scripts/gpu-check-layout.cpp -ldl
//   node scripts/gpu-check-layout.mjs | ./gpu-check-layout [--without-gpu]
//
// --without-gpu hands cuDNN empty memory in place of a handle, which it cannot make without a GPU: to compute the places
// 9.3 and 9.28 do not look into it. Another version may crash.
//
// Standard input has a line for each matrix and its bias, in floats from the start of the parameters:
//   cell layers directions I H pseudo-layer linear-layer matrix rows columns bias
// Exit status: 0 if all agree, 1 if one does not, 69 if there is no cuDNN or no GPU to ask.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kUnavailable = 69;

// The declarations of cudnn.h that are used, version 8 and 9. Descriptors are pointers, statuses and enumerations ints.
using Pointer = void*;
int (*cudaMalloc)(Pointer*, size_t);
int (*cudnnCreate)(Pointer*);
size_t (*cudnnGetVersion)();
const char* (*cudnnGetErrorString)(int);
int (*cudnnCreateDropoutDescriptor)(Pointer*);
int (*cudnnSetDropoutDescriptor)(Pointer, Pointer, float, Pointer, size_t, unsigned long long);
int (*cudnnCreateTensorDescriptor)(Pointer*);
int (*cudnnGetTensorNdDescriptor)(Pointer, int, int*, int*, int*, int*);
int (*cudnnCreateRNNDescriptor)(Pointer*);
int (*cudnnSetRNNDescriptor_v8)(Pointer, int algorithm, int cell, int bias, int direction, int input, int data,
                                int precision, int math, int32_t I, int32_t H, int32_t projection, int32_t layers,
                                Pointer dropout, uint32_t flags);
int (*cudnnGetRNNWeightSpaceSize)(Pointer, Pointer, size_t*);
int (*cudnnGetRNNWeightParams)(Pointer, Pointer, int32_t pseudo_layer, size_t size, const void* space,
                               int32_t linear_layer, Pointer matrix, Pointer* matrix_address, Pointer bias,
                               Pointer* bias_address);

constexpr int kStandardAlgorithm = 0, kDoubleBias = 2, kLinearInput = 0, kFloat = 0, kDefaultMath = 0;

Pointer open_first(const char* what, const char* const* names) {
  for (; *names; names++) {
    if (Pointer library = dlopen(*names, RTLD_NOW | RTLD_GLOBAL)) return library;
  }
  fprintf(stderr, "gpu-check-layout: %s does not open: %s\n", what, dlerror());
  exit(kUnavailable);
}

template <typename Function>
void find(Pointer library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function) return;
  fprintf(stderr, "gpu-check-layout: %s is not in the library\n", name);
  exit(kUnavailable);
}
#define FIND(library, name) find(library, #name, name)

void require(const char* what, int status) {
  if (status == 0) return;
  fprintf(stderr, "gpu-check-layout: %s: %s\n", what, cudnnGetErrorString(status));
  exit(kUnavailable);
}
#define REQUIRE(call, ...) require(#call, call(__VA_ARGS__))

void open_libraries() {
  const char* const runtimes[] = {"libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", nullptr};
  const char* const cudnns[] = {"libcudnn.so.9", "libcudnn.so.8", nullptr};
  Pointer runtime = open_first("CUDA's runtime (libcudart.so)", runtimes);
  Pointer cudnn = open_first("cuDNN (libcudnn.so)", cudnns);
  FIND(runtime, cudaMalloc);
  FIND(cudnn, cudnnCreate);
  FIND(cudnn, cudnnGetVersion);
  FIND(cudnn, cudnnGetErrorString);
  FIND(cudnn, cudnnCreateDropoutDescriptor);
  FIND(cudnn, cudnnSetDropoutDescriptor);
  FIND(cudnn, cudnnCreateTensorDescriptor);
  FIND(cudnn, cudnnGetTensorNdDescriptor);
  FIND(cudnn, cudnnCreateRNNDescriptor);
  FIND(cudnn, cudnnSetRNNDescriptor_v8);
  FIND(cudnn, cudnnGetRNNWeightSpaceSize);
  FIND(cudnn, cudnnGetRNNWeightParams);
}

// A line of standard input.
struct Place {
  char cell[8];
  int layers, directions, I, H, pseudo_layer, linear_layer;
  long matrix, rows, columns, bias;
};

int mode_of(const char* cell) {
  const char* const modes[] = {"relu", "tanh", "lstm"};
  for (int mode = 0; mode < 3; mode++) {
    if (strcmp(cell, modes[mode]) == 0) return mode;
  }
  fprintf(stderr, "gpu-check-layout: no such cell: %s\n", cell);
  exit(64);
}

// Elements of a tensor; its last two sizes that are not 1, in order.
long elements(Pointer descriptor) {
  int type, dimensions = 0, sizes[8] = {}, strides[8] = {};
  REQUIRE(cudnnGetTensorNdDescriptor, descriptor, 3, &type, &dimensions, sizes, strides);
  long product = 1;
  for (int i = 0; i < dimensions; i++) product *= sizes[i];
  return product;
}

bool without_gpu = false;

// On the GPU, if there is one; nothing is written to it.
Pointer memory(size_t size) {
  Pointer made = nullptr;
  if (without_gpu ? !(made = calloc(1, size)) : cudaMalloc(&made, size) != 0) {
    fprintf(stderr, "gpu-check-layout: no memory\n");
    exit(kUnavailable);
  }
  return made;
}

// What cuDNN says of a place; whether it is the same.
bool agrees(Pointer handle, Pointer dropout, const Place& place) {
  static Pointer rnn, matrix, bias;
  if (!rnn) {
    REQUIRE(cudnnCreateRNNDescriptor, &rnn);
    REQUIRE(cudnnCreateTensorDescriptor, &matrix);
    REQUIRE(cudnnCreateTensorDescriptor, &bias);
  }
  REQUIRE(cudnnSetRNNDescriptor_v8, rnn, kStandardAlgorithm, mode_of(place.cell), kDoubleBias, place.directions - 1,
          kLinearInput, kFloat, kFloat, kDefaultMath, place.I, place.H, place.H, place.layers, dropout, 0u);
  size_t size = 0;
  REQUIRE(cudnnGetRNNWeightSpaceSize, handle, rnn, &size);
  static Pointer space;
  static size_t space_size;
  if (size > space_size) {
    space = memory(size);
    space_size = size;
  }
  Pointer matrix_address = nullptr, bias_address = nullptr;
  REQUIRE(cudnnGetRNNWeightParams, handle, rnn, place.pseudo_layer, size, space, place.linear_layer, matrix,
          &matrix_address, bias, &bias_address);
  const long at = static_cast<float*>(matrix_address) - static_cast<float*>(space);
  const long bias_at = static_cast<float*>(bias_address) - static_cast<float*>(space);
  const bool same = at == place.matrix && bias_at == place.bias && elements(matrix) == place.rows * place.columns &&
                    elements(bias) == place.rows;
  if (!same) {
    printf("FAIL %s, %d layers, %d directions, I = %d, H = %d, pseudo-layer %d, linear layer %d: cuDNN has the matrix at "
           "%ld (%ld elements), the bias at %ld (%ld elements); here %ld (%ld), %ld (%ld)\n",
           place.cell, place.layers, place.directions, place.I, place.H, place.pseudo_layer, place.linear_layer, at,
           elements(matrix), bias_at, elements(bias), place.matrix, place.rows * place.columns, place.bias, place.rows);
  }
  return same;
}

}  // namespace

int main(int argc, char** argv) {
  without_gpu = argc == 2 && strcmp(argv[1], "--without-gpu") == 0;
  if (argc > 1 && !without_gpu) {
    fprintf(stderr, "gpu-check-layout: unknown option %s; there is --without-gpu\n", argv[1]);
    return 64;
  }
  open_libraries();
  Pointer handle = nullptr, dropout = nullptr;
  REQUIRE(cudnnCreateDropoutDescriptor, &dropout);
  if (without_gpu) {
    handle = memory(1 << 20);
  } else {
    REQUIRE(cudnnCreate, &handle);
    REQUIRE(cudnnSetDropoutDescriptor, dropout, handle, 0.0f, nullptr, size_t{0}, 0ull);
  }
  int places = 0, wrong = 0, fields;
  Place place;
  while ((fields = scanf("%7s %d %d %d %d %d %d %ld %ld %ld %ld", place.cell, &place.layers, &place.directions, &place.I,
                         &place.H, &place.pseudo_layer, &place.linear_layer, &place.matrix, &place.rows, &place.columns,
                         &place.bias)) == 11) {
    places++;
    wrong += !agrees(handle, dropout, place);
  }
  if (fields != EOF || places == 0) {
    fprintf(stderr, "gpu-check-layout: line %d of standard input is not a place\n", places + 1);
    return 64;
  }
  printf("%s cuDNN %zu: %d of %d matrices and biases are where the engine puts them\n", wrong ? "FAIL" : "ok  ",
         cudnnGetVersion(), places - wrong, places);
  return wrong ? 1 : 0;
}
