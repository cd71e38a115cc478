import type { Config } from '../config/schema.ts';
import type { Engine } from './engine.ts';

/**
 * Loads the engine a config asks for; each engine's code is loaded only when it is used.
 * Throws UserError (69) if it cannot run on this machine: there is no falling back.
 */
export async function loadEngine({
  name,
  instruction_set: instructionSet,
  threads,
}: Config['engine']): Promise<Engine> {
  switch (name) {
    case 'native':
      return (await import('./native.ts')).loadNativeEngine({ instructionSet, threads });
    case 'reference':
      return (await import('./reference.ts')).loadReferenceEngine();
  }
}
