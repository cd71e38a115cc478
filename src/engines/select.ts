import type { Config, ModelConfig } from '../config/schema.ts';
import type { Engine, EngineInfo } from './engine.ts';
import type { Absent, Found } from './tensorflow/find.ts';

/**
 * From so many units a layer on a GPU is expected to be faster than one core. An estimate: below it a step's operations
 * are too small for a GPU. Not measured on one.
 */
const WIDE = 256;

/**
 * Loads the engine a config asks for; each engine's code is loaded only when it is used.
 * Throws UserError (69) if it cannot run on this machine: there is no falling back.
 */
export async function loadEngine(config: Config['engine'], model: ModelConfig): Promise<Engine> {
  const { name, instruction_set: instructionSet, device, threads } = config;
  switch (name) {
    case 'native':
      return (await import('./native/engine.ts')).loadNativeEngine({ instructionSet, threads });
    case 'reference':
      return (await import('./reference.ts')).loadReferenceEngine();
    case 'tensorflow':
      return (await import('./tensorflow.ts')).loadTensorflowEngine({ device });
    case 'auto': {
      const choice = await chooseEngine(model.hidden, async () =>
        (await import('./tensorflow/find.ts')).findTensorflow(),
      );
      const engine = await loadEngine({ ...config, name: choice.name }, model);
      return { ...engine, info: { ...engine.info, reason: choice.reason } };
    }
  }
}

/** The kernels of an engine that this machine has, fastest first; results on them differ in rounding. None for engines with one. */
export async function kernelsOf(engine: string): Promise<readonly EngineInfo[]> {
  if (engine !== 'native') return [];
  const { loadNativeEngine, nativeAvailability } = await import('./native/engine.ts');
  return nativeAvailability().instructionSets.map(
    (instructionSet) => loadNativeEngine({ instructionSet }).info,
  );
}

/** A GPU for wide models if TensorFlow uses one, otherwise the native engine; and why. */
export async function chooseEngine(
  hidden: number,
  find: () => Promise<Found | Absent>,
): Promise<{ readonly name: 'native' | 'tensorflow'; readonly reason: string }> {
  if (hidden < WIDE) {
    return {
      name: 'native',
      reason: `a layer of ${hidden} units is too narrow for a GPU to pay (from ${WIDE})`,
    };
  }
  const found = await find();
  if (found.kind !== 'found') return { name: 'native', reason: found.reason };
  if (!found.gpu) return { name: 'native', reason: 'TensorFlow found no GPU it can use' };
  return { name: 'tensorflow', reason: `TensorFlow uses a GPU, and ${hidden} units are wide enough for it` };
}
