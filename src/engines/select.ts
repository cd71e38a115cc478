import type { Config, ModelConfig } from '../config/schema.ts';
import type { Engine, EngineInfo } from './engine.ts';
import type { Absent, Found } from './tensorflow/engine.ts';

/**
 * From so many units a layer on a GPU is expected to be faster than one core. An estimate, not measured on a GPU: 100 units
 * at T = 150 take it 4 to 5 ms a step. scripts/gpu-check.sh prints the table that this should come from.
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
    case 'wasm':
      return (await import('./wasm/engine.ts')).loadWasmEngine({ threads });
    case 'reference':
      return (await import('./reference.ts')).loadReferenceEngine();
    case 'tensorflow':
      return (await import('./tensorflow/engine.ts')).loadTensorflowEngine({ device });
    case 'auto': {
      const choice = await chooseEngine(config, model.hidden, {
        tensorflow: async () => (await import('./tensorflow/engine.ts')).findTensorflow(),
        native: async () => (await import('./native/engine.ts')).nativeAvailability(),
      });
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

interface Choice {
  readonly name: 'native' | 'tensorflow' | 'wasm';
  readonly reason: string;
}

interface Lookups {
  readonly tensorflow: () => Promise<Found | Absent>;
  readonly native: () => Promise<{ readonly available: boolean }>;
}

/** A GPU for wide models if TensorFlow uses one, otherwise the native engine, or wasm where that is not built; and why. */
export async function chooseEngine(config: Config['engine'], hidden: number, find: Lookups): Promise<Choice> {
  if (config.instruction_set !== 'auto') {
    return { name: 'native', reason: `engine.instruction_set: ${config.instruction_set} is one of its` };
  }
  const onCpu = async (reason: string): Promise<Choice> =>
    (await find.native()).available
      ? { name: 'native', reason }
      : { name: 'wasm', reason: `the native engine is not built (\`irnn-run doctor\` says why); ${reason}` };
  if (hidden < WIDE)
    return onCpu(`a layer of ${hidden} units is too narrow for a GPU to pay (from ${WIDE}, by estimate)`);
  const found = await find.tensorflow();
  if (found.kind !== 'found') return onCpu(found.reason);
  if (!found.gpu) return onCpu('TensorFlow found no GPU it can use');
  return {
    name: 'tensorflow',
    reason: `TensorFlow uses a GPU, and ${hidden} units should be wide enough for it (by estimate)`,
  };
}
