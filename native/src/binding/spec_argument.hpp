// The description of a network, as JavaScript hands it over: its properties are the fields of NetworkSpec.
#pragma once

#include "interface/kernels.h"
#include "binding/call.hpp"

/** Argument 1 of a call. What it says is checked; the call has failed if it makes no sense. */
struct SpecArgument {
  NetworkSpec network;

  explicit SpecArgument(const Call& call) {
    NetworkSpec& n = network;
    n.layer_count = (int)call.list_length(1, "layers");
    n.vocabulary = (int)call.property(1, "vocabulary");
    n.inputs = (int)call.property(1, "inputs");
    n.projection = (int)call.property(1, "projection");
    n.head = (int)call.property(1, "head");
    n.every_step = (int)call.property(1, "everyStep");
    n.outputs = (int)call.property(1, "outputs");
    n.samples = (int)call.property(1, "samples");
    n.dropout = call.property(1, "dropout");
    n.seed = (uint32_t)call.property(1, "seed");
    n.batch = (int)call.property(1, "batch");
    n.steps = (int)call.property(1, "steps");
    n.sum_loss = (int)call.property(1, "sumLoss");
    n.rule = (int)call.property(1, "rule");
    n.momentum = call.property(1, "momentum");
    n.decay = call.property(1, "decay");
    n.beta1 = call.property(1, "beta1");
    n.beta2 = call.property(1, "beta2");
    n.epsilon = call.property(1, "epsilon");
    n.clip = (int)call.property(1, "clip");
    n.threshold = call.property(1, "threshold");
    n.threads = (int)call.property(1, "threads");
    n.layers = layers_ = new LayerSpec[n.layer_count];
    for (int k = 0; k < n.layer_count; k++) {
      layers_[k].cell = (int)call.list_property(1, "layers", k, "cell");
      layers_[k].hidden = (int)call.list_property(1, "layers", k, "hidden");
      layers_[k].bidirectional = (int)call.list_property(1, "layers", k, "bidirectional");
    }
    if (!call.failed() && !sizes_make_sense()) call.fail("sizes start at 1");
  }
  SpecArgument(const SpecArgument&) = delete;
  ~SpecArgument() { delete[] layers_; }

 private:
  LayerSpec* layers_;

  bool sizes_make_sense() const {
    const NetworkSpec& n = network;
    const int sizes[] = {n.inputs, n.outputs, n.batch, n.steps, n.threads};
    int least = n.layer_count;
    for (const int size : sizes) least = size < least ? size : least;
    for (int k = 0; k < n.layer_count; k++) least = layers_[k].hidden < least ? layers_[k].hidden : least;
    return least >= 1 && n.projection >= 0 && n.vocabulary >= 0 && n.samples >= 0;
  }
};
