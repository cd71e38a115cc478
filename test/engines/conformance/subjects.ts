/**
 * The engines under test: all that this machine can load, each of their sets of kernels by itself. IRNN_RUN_TEST_ENGINE
 * leaves the one of that name, which has to be here then.
 */
import { engineNames } from '../../../src/config/engines.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { rooms } from '../../../src/engines/registry.ts';
import '../native-sets.ts';

export interface Subject {
  readonly name: string;
  readonly engine: Engine;
  /** Relative error of a loss and of a gradient tensor, against double precision. */
  readonly tolerance: { readonly loss: number; readonly gradient: number };
}

const only = process.env.IRNN_RUN_TEST_ENGINE;
export const subjects: readonly Subject[] = await load();

async function load(): Promise<Subject[]> {
  const found: Subject[] = [];
  for (const room of engineNames.filter((name) => only === undefined || name === only)) {
    for (const { engine } of await rooms[room].examine()) {
      if (engine === null) continue;
      const name = `${room}, ${engine.info.instructionSet}`;
      // The others are checked against plain operations as well, so these are held to more.
      found.push({ name, engine, tolerance: { loss: 1e-6, gradient: isReference(engine) ? 2e-6 : 1e-5 } });
    }
  }
  if (found.length === 0) throw new Error(`IRNN_RUN_TEST_ENGINE: ${only} is not here`);
  return found;
}

/** Whether the shape of a batch changes no bit of a sequence: TensorFlow adds up in other orders for other shapes. */
export function isExact({ engine }: Subject): boolean {
  return engine.info.engine !== 'tensorflow';
}

/** The plain one: too slow for large models. */
export function isReference({ info }: Engine): boolean {
  return info.instructionSet === 'javascript';
}
