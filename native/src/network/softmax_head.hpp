// A network's softmax: over all classes, or in training over the sample of a batch. All threads call these
// functions.
#pragma once

#include "network/network.hpp"

namespace IRNN_NAMESPACE {

/** The loss, to be found in n.output, and `scale` times its gradients, those of the inputs in dx. */
inline void train_softmax(Network& n, const Batch& batch, const Positions& positions, double scale,
                          const StripMatrix& dx, const Member& member) {
  OutputWeights w = {n.head_weights(n.parameters), n.head_bias(n.parameters), nullptr, nullptr};
  if (!n.spec.samples) {
    w.d_weights = n.head_weights(n.gradients), w.d_bias = n.head_bias(n.gradients);
    n.output.train(Classes::all(n.O), w, positions, (float)scale, dx, member);
    return;
  }
  if (member.leads()) {
    n.d_head_weights.clear();
    n.d_head_bias.clear();
    for (int i = 0; i < batch.class_count; i++) {
      n.d_head_weights.touch(batch.classes[i]);
      n.d_head_bias.touch(batch.classes[i]);
    }
  }
  w.d_weights = n.d_head_weights.values, w.d_bias = n.d_head_bias.values;
  const Classes sample = {batch.class_count, batch.classes, batch.log_expected, batch.candidates};
  n.output.train(sample, w, positions, (float)scale, dx, member);
}

/** The loss over all classes, to be found in n.output, and the most probable of them. */
inline void evaluate_softmax(Network& n, const Positions& positions, int32_t* predicted_N,
                             const Member& member) {
  const OutputWeights w = {n.head_weights(n.parameters), n.head_bias(n.parameters), nullptr, nullptr};
  n.output.evaluate(Classes::all(n.O), w, positions, predicted_N, member);
}

}  // namespace IRNN_NAMESPACE
