// A network as the kernels are told of it: description.def as enumerations and structures.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum Cell {
#define CELL(NAME) CELL_##NAME,
#include "interface/description.def"
  CELL_COUNT
};
enum HeadKind {
#define HEAD(NAME) HEAD_##NAME,
#include "interface/description.def"
  HEAD_COUNT
};
enum Rule {
#define RULE(NAME) RULE_##NAME,
#include "interface/description.def"
  RULE_COUNT
};
enum ClipMode {
#define CLIP(NAME) CLIP_##NAME,
#include "interface/description.def"
  CLIP_COUNT
};
enum Precision {
#define PRECISION(NAME) PRECISION_##NAME,
#include "interface/description.def"
  PRECISION_COUNT
};
enum Array {
#define ARRAY(NAME) ARRAY_##NAME,
#include "interface/description.def"
  ARRAY_COUNT
};

struct LayerSpec {
#define LAYER(type, name, least, most, meaning) type name;
#include "interface/description.def"
};

struct NetworkSpec {
  const LayerSpec* layers;  // from the input upwards
  int layer_count;
#define NETWORK(type, name, least, most, meaning) type name;
#include "interface/description.def"
};

constexpr int MOST_LAYERS = 256;

/** A description that was read. It owns its layers, so it stays where it is. */
struct Description {
  NetworkSpec network;
  LayerSpec layers[MOST_LAYERS];
  char complaint[160];  // what is wrong with it

  Description() = default;
  Description(const Description&) = delete;

  /**
   * Reads numbers in the order of description.def: those of the network, then those of each layer. False,
   * with a complaint, unless they make sense together and no size that follows from them overflows.
   */
  bool read(const double* numbers, size_t count);

 private:
  bool fail(const char* message);
  bool check_together();
  double largest_array() const;
};
