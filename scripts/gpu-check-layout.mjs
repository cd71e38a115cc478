// Prints where the tensorflow engine puts the weights of cuDNN's recurrent layers, for gpu-check-layout.cpp to compare.
// Works on the compiled program in dist/.
import { placesOf } from '../dist/engines/tensorflow/cudnn-parameters.js';

for (const cell of ['relu', 'tanh', 'lstm']) {
  for (const layers of [1, 2]) {
    for (const bidirectional of [false, true]) {
      // An input as wide as the layer, narrower, wider, and of an odd size.
      for (const [inputs, hidden] of [
        [8, 8],
        [2, 100],
        [120, 24],
        [5, 7],
      ]) {
        for (const place of placesOf({ cell, layers, bidirectional, inputs, hidden })) {
          const { pseudoLayer, linearLayer, matrix, rows, columns, bias } = place;
          const stack = [cell, layers, bidirectional ? 2 : 1, inputs, hidden];
          console.log([...stack, pseudoLayer, linearLayer, matrix, rows, columns, bias].join(' '));
        }
      }
    }
  }
}
