/** The kernels of the native engine that can be asked for. */
export const instructionSets = ['amx', 'avx512', 'avx2', 'sse2', 'neon'] as const;

/** Keys of the section `engine` that say how an engine computes. */
export type EngineKey = 'device' | 'instruction_set' | 'threads';

/** The engines, with the keys that mean something to each; what they are is in engines/registry.ts. */
const engines = {
  native: ['instruction_set', 'threads'],
  wasm: [],
  tensorflow: ['device'],
  reference: [],
} as const satisfies Record<string, readonly EngineKey[]>;

export type EngineName = keyof typeof engines;

export const engineNames = Object.keys(engines) as EngineName[];

/** The engines to which a key means something. */
export function enginesWith(key: EngineKey): EngineName[] {
  return engineNames.filter((name) => (engines[name] as readonly EngineKey[]).includes(key));
}

/** Whether a key means something to an engine. On a machine without a GPU, `auto` is native. */
export function takesKey(engine: EngineName | 'auto', key: EngineKey): boolean {
  return enginesWith(key).includes(engine === 'auto' ? 'native' : engine);
}
