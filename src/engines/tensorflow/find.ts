import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Binding } from './binding.ts';
import { prepareEnvironment } from './environment.ts';

/** A variable, so that the type checker does not look for a package that may be absent. */
export const PACKAGE = '@tensorflow/tfjs-node-gpu';

/** The one command that brings the package; without --save-prod, npm ignores the request for an optional peer. */
const INSTALL = `npm install --no-save --save-prod ${PACKAGE}@4.22.0`;

export interface Found {
  readonly kind: 'found';
  readonly binding: Binding;
  /** Whether TensorFlow computes on a GPU; otherwise it does on the CPU. */
  readonly gpu: boolean;
  readonly versions: Readonly<Record<string, string>>;
}

/** Why there is no TensorFlow, and what to do about it. */
export interface Absent {
  readonly kind: 'not-installed' | 'no-addon' | 'addon-fails';
  readonly reason: string;
  readonly advice: string;
}

/** What is used of the package's default export. */
interface Tensorflow {
  readonly version: Readonly<Record<string, string>>;
  backend(): { readonly binding: Binding; readonly isUsingGpuDevice: boolean };
  getBackend(): string | undefined;
  setBackend(name: string): Promise<boolean>;
}

let found: Promise<Found | Absent> | null = null;

/** Looks for the package, once in a process. */
export function findTensorflow(): Promise<Found | Absent> {
  found ??= lookFor(importFound);
  return found;
}

/** Node finds the package, so that test runners, which answer for absent optional peers themselves, have no say in it. */
async function importFound(name: string): Promise<unknown> {
  return import(pathToFileURL(createRequire(import.meta.url).resolve(name)).href);
}

/** Imports the package, and tells apart why it can be absent. */
export async function lookFor(importPackage: (name: string) => Promise<unknown>): Promise<Found | Absent> {
  prepareEnvironment();
  try {
    const core = await import('@tensorflow/tfjs-core');
    const before = core.getBackend() as string | undefined;
    const module = (await importPackage(PACKAGE)) as { readonly default?: Tensorflow } & Tensorflow;
    const tf = module.default ?? module;
    const { binding, isUsingGpuDevice: gpu } = tf.backend();
    // The package makes itself the backend of everything; the reference engine stays on its own.
    if (before) await tf.setBackend(before);
    const versions = { [PACKAGE]: tf.version['tfjs-node'] ?? 'unknown', libtensorflow: binding.TF_Version };
    return { kind: 'found', binding, gpu, versions };
  } catch (error) {
    return describeAbsence(error);
  }
}

function describeAbsence(error: unknown): Absent {
  const { code, message = String(error) } = error as { code?: string; message?: string };
  const reason = message.split('\n')[0]!.trim();
  if (code === 'ERR_MODULE_NOT_FOUND' || (code === 'MODULE_NOT_FOUND' && reason.includes(PACKAGE))) {
    return {
      kind: 'not-installed',
      reason: `${PACKAGE} is not installed`,
      advice: `for a GPU whose driver knows CUDA 12: scripts/tensorflow-on-gpu.sh in a checkout; where CUDA 11 is installed: ${INSTALL}`,
    };
  }
  if (message.includes('native addon module')) {
    return {
      kind: 'no-addon',
      reason: `${PACKAGE} is installed without its addon`,
      advice:
        `its install script did not run, or could not download TensorFlow: npm rebuild ${PACKAGE}, ` +
        'where npm may run install scripts and downloads are not blocked',
    };
  }
  return {
    kind: 'addon-fails',
    reason: `the addon of ${PACKAGE} does not load: ${reason}`,
    advice:
      'it needs its TensorFlow library beside it and glibc; if it was built for another Node.js or system, ' +
      `npm rebuild ${PACKAGE} --build-addon-from-source`,
  };
}
