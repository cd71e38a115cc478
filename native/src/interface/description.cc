// Numbers from outside become a description of a network, or a complaint.
#include "interface/description.h"

#include <math.h>
#include <stdio.h>

namespace {

// Bounds that no network in memory reaches, low enough that no product of sizes overflows on the way to
// finding out.
constexpr double MOST_UNITS = 1 << 20, MOST_CLASSES = 1 << 29, MOST_SEQUENCES = 1 << 20, MOST_STEPS = 1 << 24;
constexpr double MOST_POSITIONS = 1 << 30;  // steps * lanes of a training batch
constexpr int PADDING = 64;                 // a batch has at most so many lanes more than sequences
constexpr double MOST_THREADS = 1024, MOST_REAL = 0x1p1000, BELOW_1 = 1 - 0x1p-53;

constexpr size_t NETWORK_NUMBERS = 0
#define NETWORK(...) +1
#include "interface/description.def"
    ;
constexpr size_t LAYER_NUMBERS = 0
#define LAYER(...) +1
#include "interface/description.def"
    ;

/** Takes one number after the other, up to the first that is out of bounds. */
struct Numbers {
  const double* next;
  char* complaint;
  size_t size;
  bool sound = true;

  template <typename T>
  void take(T& to, const char* name, double least, double most) {
    const double value = *next++;
    const bool whole = T(0.5) == 0;
    if (value >= least && value <= most && (!whole || value == floor(value))) {
      to = (T)value;
    } else if (sound) {
      snprintf(complaint, size, "a network's %s is %s from %.10g to %.10g, not %.10g", name,
               whole ? "a whole number" : "a number", least, most, value);
      sound = false;
    }
  }
};

}  // namespace

bool Description::fail(const char* message) {
  snprintf(complaint, sizeof complaint, "%s", message);
  return false;
}

bool Description::read(const double* numbers, size_t count) {
  *this->complaint = 0;
  network = {};
  if (count <= NETWORK_NUMBERS || (count - NETWORK_NUMBERS) % LAYER_NUMBERS != 0 ||
      (count - NETWORK_NUMBERS) / LAYER_NUMBERS > MOST_LAYERS) {
    return fail("a network is described by its own numbers and those of 1 to 256 layers");
  }
  network.layers = layers;
  network.layer_count = (int)((count - NETWORK_NUMBERS) / LAYER_NUMBERS);
  Numbers n = {numbers, complaint, sizeof complaint};
#define NETWORK(type, name, least, most, meaning) n.take(network.name, #name, least, most);
#include "interface/description.def"
  for (int k = 0; k < network.layer_count; k++) {
#define LAYER(type, name, least, most, meaning) n.take(layers[k].name, #name, least, most);
#include "interface/description.def"
  }
  return n.sound && check_together();
}

bool Description::check_together() {
  const NetworkSpec& n = network;
  if (n.head != HEAD_SOFTMAX && n.every_step) return fail("a head at every step is a softmax");
  if (n.head != HEAD_SOFTMAX && n.samples) return fail("only a softmax samples classes");
  if (n.samples > n.outputs) return fail("a softmax samples no more classes than it has");
  if ((double)(n.batch + PADDING) * n.steps > MOST_POSITIONS) return fail("a training batch is too large");
  if (largest_array() > (double)(SIZE_MAX / 2)) return fail("a network has arrays larger than any memory");
  return true;
}

/** Elements that no array of the network exceeds. Only where addresses have 32 bits do such sizes overflow.
 */
double Description::largest_array() const {
  const NetworkSpec& n = network;
  double below = n.inputs, widest = n.inputs, weights = (double)n.vocabulary * n.inputs;
  for (int k = 0; k < n.layer_count; k++) {
    constexpr int MOST_GATES = 4;
    const double units = layers[k].hidden * (1.0 + layers[k].bidirectional);
    const double columns = below + PADDING + layers[k].hidden, rows = MOST_GATES * units;
    weights += rows * columns;
    widest = fmax(widest, fmax(rows, columns));
    below = units;
  }
  const double top = n.projection ? n.projection : below;
  widest = fmax(widest, top);
  weights += n.projection * below + n.outputs * (top + 1);
  return fmax(weights, widest * (n.batch + PADDING) * (n.steps + 1.0));
}
