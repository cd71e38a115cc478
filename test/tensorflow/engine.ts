import type { Engine } from '../../src/engines/engine.ts';
import type { Binding } from '../../src/engines/tensorflow/binding.ts';
import { engineOn } from '../../src/engines/tensorflow/engine.ts';
import { findTensorflow } from '../../src/engines/tensorflow/find.ts';

const found = await findTensorflow();
if (found.kind !== 'found' && process.env.IRNN_RUN_TEST_TENSORFLOW === 'required') {
  throw new Error(`${found.reason}; scripts/tensorflow-on-cpu.sh brings it`);
}

/** The addon that scripts/tensorflow-on-cpu.sh brings; null where it is absent and nothing says that it must be there. */
export const binding: Binding | null = found.kind === 'found' ? found.binding : null;

/** The engine on it. */
export const engine: Engine | null = found.kind === 'found' ? await engineOn(found) : null;

/** A binding that passes everything on, to be changed in part: an addon's own members are bound to it and fixed. */
export function forwarding(to: Binding): Binding {
  return {
    createTensor: (shape, type, data) => to.createTensor(shape, type, data),
    deleteTensor: (id) => to.deleteTensor(id),
    tensorDataSync: (id) => to.tensorDataSync(id),
    executeOp: (name, attributes, inputs, outputs) => to.executeOp(name, attributes, inputs, outputs),
    getNumOfTensors: () => to.getNumOfTensors(),
    isUsingGpuDevice: () => to.isUsingGpuDevice(),
    TF_Version: to.TF_Version,
  };
}
