// Where the tensorflow engine puts the weights of cuDNN's recurrent layers, and whether cuDNN, asked by gpu-check-layout.cpp,
// keeps them there. Run by itself it prints the places, which that program reads. Works on the compiled program in dist/.
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { placesOf } from '../dist/engines/tensorflow/cudnn-parameters.js';

/** [inputs, hidden]: an input as wide as the layer, narrower, wider, and of an odd size. */
const SIZES = [
  [8, 8],
  [2, 100],
  [120, 24],
  [5, 7],
];

/** The exit status of the program where there is no cuDNN, or no GPU. */
const UNAVAILABLE = 69;

/** A line for each matrix and its bias. */
function places() {
  return ['relu', 'tanh', 'lstm'].flatMap((cell) =>
    [1, 2].flatMap((layers) =>
      [false, true].flatMap((bidirectional) =>
        SIZES.flatMap(([inputs, hidden]) =>
          placesOf({ cell, layers, bidirectional, inputs, hidden }).map((place) => {
            const { pseudoLayer, linearLayer, matrix, rows, columns, bias } = place;
            const stack = [cell, layers, bidirectional ? 2 : 1, inputs, hidden];
            return `${[...stack, pseudoLayer, linearLayer, matrix, rows, columns, bias].join(' ')}\n`;
          }),
        ),
      ),
    ),
  );
}

/** What the program says. `ok` is null where it could not ask and nobody said that there is a GPU. */
export function askCudnn(program, device) {
  const asked = spawnSync(program, device === 'cuda' ? [] : ['--without-gpu'], {
    input: places().join(''),
    encoding: 'utf8',
  });
  const said = `${asked.stdout ?? ''}${asked.stderr ?? ''}`.trim().replace(/^(ok|FAIL) +/, '');
  if (asked.status === 0 || asked.status === 1) return { ok: asked.status === 0, text: said };
  if (asked.status === UNAVAILABLE && device !== 'cuda') return { ok: null, text: `not asked: ${said}` };
  const end = asked.error?.message ?? asked.signal ?? `exit status ${asked.status}`;
  return { ok: false, text: `cuDNN could not be asked where its weights are (${end}): ${said}` };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.stdout.write(places().join(''));
