import { cpus, totalmem } from 'node:os';
import { type EngineName, engineNames } from '../../../config/engines.ts';
import { listDatasets } from '../../../data/datasets.ts';
import type { Engine } from '../../../engines/engine.ts';
import { rooms } from '../../../engines/registry.ts';
import { gradientError } from '../../../engines/self-check.ts';
import { gitState } from '../../../support/git.ts';
import { version } from '../../../support/package.ts';
import { formatTable } from '../../terminal/table.ts';

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
  const oracle = await rooms.reference.load();
  const engines: Finding[][] = [];
  for (const name of engineNames) engines.push(await checkEngine(name, oracle));
  return [describeProgram(), describeMachine(), ...engines.flat(), ...(await checkData())];
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

/** What an engine's room says of it on this machine; gradients of what computes are compared with the reference engine's. */
async function checkEngine(name: EngineName, oracle: Engine): Promise<Finding[]> {
  return (await rooms[name].examine()).map(({ engine, ok, remark }) => {
    const subject = `engine ${name}`;
    if (engine === null) return { subject, ok, detail: remark ?? 'not there' };
    const { info } = engine;
    const versions = Object.entries(info.versions)
      .filter(([library]) => library !== 'node')
      .map(([library, version]) => `${library} ${version}`);
    const error = info.engine === oracle.info.engine ? null : gradientError(engine, oracle);
    const detail = [
      ...(remark === null ? [] : [remark]),
      ...versions,
      ...(error === null ? [] : [`gradients within ${error.toExponential(1)} of the reference`]),
      `numerics ${info.numerics}`,
    ].join('; ');
    const agrees = error === null || error <= GRADIENT_TOLERANCE;
    return { subject: `${subject}, ${info.instructionSet}`, ok: agrees ? ok : false, detail };
  });
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
