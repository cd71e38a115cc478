import type { Config, ModelConfig } from '../config/schema.ts';
import type { EngineRoom } from './room.ts';

/**
 * From this many units a layer on a GPU is expected to be faster than one core. An estimate, not measured on a GPU: 100 units
 * at T = 150 take it 4 to 5 ms a step. scripts/gpu-check.sh prints the table that this should come from.
 */
const WIDE = 256;

export interface Choice {
  readonly name: 'native' | 'tensorflow' | 'wasm';
  readonly reason: string;
}

type Rooms = Readonly<Record<'native' | 'tensorflow', Pick<EngineRoom, 'look'>>>;

/** A GPU for wide models if TensorFlow uses one, otherwise the native engine, or wasm where that is not built; and why. */
export async function chooseEngine(
  config: Config['engine'],
  { hidden }: Pick<ModelConfig, 'hidden'>,
  rooms: Rooms,
): Promise<Choice> {
  if (config.instruction_set !== 'auto') {
    return { name: 'native', reason: `engine.instruction_set: ${config.instruction_set} is one of its` };
  }
  const onCpu = async (reason: string): Promise<Choice> =>
    (await rooms.native.look()).available
      ? { name: 'native', reason }
      : { name: 'wasm', reason: `the native engine is not built (\`irnn-run doctor\` says why); ${reason}` };
  if (hidden < WIDE)
    return onCpu(`a layer of ${hidden} units is too narrow for a GPU to pay (from ${WIDE}, by estimate)`);
  const found = await rooms.tensorflow.look();
  if (!found.available) return onCpu(found.reason);
  if (!found.gpu) return onCpu('TensorFlow found no GPU it can use');
  return {
    name: 'tensorflow',
    reason: `TensorFlow uses a GPU, and ${hidden} units should be wide enough for it (by estimate)`,
  };
}
