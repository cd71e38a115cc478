import type { Engine } from '../../src/engines/engine.ts';
import { loadTensorflowEngine } from '../../src/engines/tensorflow.ts';

/**
 * The engine on TensorFlow's CPU, which scripts/tensorflow-on-cpu.sh brings; null where it is absent and nothing says
 * that it must be there.
 */
export const engine: Engine | null = await loadTensorflowEngine({ device: 'cpu' }).catch((error) => {
  if (process.env.IRNN_RUN_TEST_TENSORFLOW === 'required') throw error;
  return null;
});
