import { cpus, totalmem } from 'node:os';
import { listDatasets } from '../data/report.ts';
import type { Engine } from '../engines/engine.ts';
import { loadNativeEngine, nativeAvailability } from '../engines/native/engine.ts';
import { loadReferenceEngine } from '../engines/reference.ts';
import { gradientError } from '../engines/self-check.ts';
import { examineTensorflow } from '../engines/tensorflow/engine.ts';
import { loadWasmEngine } from '../engines/wasm/engine.ts';
import { gitState } from '../support/git.ts';
import { version } from '../support/package.ts';
import { formatTable } from './table.ts';

export interface Finding {
  readonly subject: string;
  /** Null for something optional that is not there. */
  readonly ok: boolean | null;
  readonly detail: string;
}

/** Gradients of float32 kernels agree with the reference to about 1e-6; beyond this something is broken. */
const GRADIENT_TOLERANCE = 1e-5;

/** Looks at everything a run needs. Problems are findings, not errors. */
export async function examine(): Promise<Finding[]> {
  const reference = await loadReferenceEngine();
  return [
    describeProgram(),
    describeMachine(),
    describeReference(reference),
    ...checkNative(reference),
    checkWasm(reference),
    await checkTensorflow(reference),
    ...(await checkData()),
  ];
}

export function formatFindings(findings: readonly Finding[]): string {
  return formatTable(
    ['', 'what', 'found'],
    findings.map(({ subject, ok, detail }) => [ok === null ? '-' : ok ? 'ok' : 'PROBLEM', subject, detail]),
  );
}

function describeProgram(): Finding {
  const git = gitState();
  const commit = git ? `, commit ${git.commit.slice(0, 12)}${git.dirty ? ' (modified)' : ''}` : '';
  return { subject: 'irnn-run', ok: true, detail: `${version}, Node ${process.version}${commit}` };
}

function describeMachine(): Finding {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    subject: 'machine',
    ok: true,
    detail: `${cpu?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${memory} GiB`,
  };
}

function describeReference({ info }: Engine): Finding {
  const versions = Object.entries(info.versions).map(([name, value]) => `${name} ${value}`);
  return {
    subject: 'engine reference',
    ok: true,
    detail: `${info.device}, ${versions.join(', ')}; numerics ${info.numerics}`,
  };
}

/** Runs each instruction set and compares its gradients with the reference engine's. */
function checkNative(reference: Engine): Finding[] {
  const { available, reason, instructionSets } = nativeAvailability();
  if (!available) {
    const advice =
      'install g++ and make, then `npm run build:native`; until then wasm is used, some four times as slow';
    return [{ subject: 'engine native', ok: null, detail: `${reason}; ${advice}` }];
  }
  return instructionSets.map((name, rank) => {
    const engine = loadNativeEngine({ instructionSet: name });
    const error = gradientError(engine, reference);
    return {
      subject: `engine native, ${name}`,
      ok: error <= GRADIENT_TOLERANCE,
      detail: `${rank === 0 ? 'used by default; ' : ''}gradients within ${error.toExponential(1)} of the reference; numerics ${engine.info.numerics}`,
    };
  });
}

function checkWasm(reference: Engine): Finding {
  const engine = loadWasmEngine();
  const error = gradientError(engine, reference);
  const { instructionSet, numerics } = engine.info;
  return {
    subject: `engine wasm, ${instructionSet}`,
    ok: error <= GRADIENT_TOLERANCE,
    detail: `numerics version ${numerics}; gradients within ${error.toExponential(1)} of the reference`,
  };
}

/** Without the package there is nothing wrong; a package that is there and does not work is a problem. */
async function checkTensorflow(reference: Engine): Promise<Finding> {
  const subject = 'engine tensorflow';
  const examined = await examineTensorflow();
  if ('kind' in examined) {
    const ok = examined.kind === 'not-installed' ? null : false;
    return { subject, ok, detail: `${examined.reason}; ${examined.advice}` };
  }
  const { engine, gpu, place } = examined;
  const error = gradientError(engine, reference);
  const versions = Object.entries(engine.info.versions).map(([name, value]) => `${name} ${value}`);
  const detail = `${place}; ${versions.join(', ')}; gradients within ${error.toExponential(1)} of the reference; numerics ${engine.info.numerics}`;
  if (error > GRADIENT_TOLERANCE) return { subject, ok: false, detail };
  return { subject, ok: gpu ? engine.info.kernelReason === undefined : null, detail };
}

async function checkData(): Promise<Finding[]> {
  const datasets = await listDatasets();
  return datasets.map(({ name, folder, summary, original, problem }) => {
    const where = folder === null ? '' : `, in ${folder}`;
    const detail =
      problem?.message ?? `${summary}${where}${original === false ? '; not the original files' : ''}`;
    return { subject: `data ${name}`, ok: problem === null, detail };
  });
}
