import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../faults/program.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** A second or so of training that is evaluated and saved all the time. */
const base = `name: lively
task: { name: adding, T: 50, train_size: 1000, valid_size: 200, test_size: 200 }
model: { type: irnn, hidden: 24 }
training: { steps: 12000, batch: 16, learning_rate: 0.001, clip: { threshold: 1 } }
evaluate: { every: 500 }
checkpoint: { every: 400 }
`;

/** A sweep file, the folder that a cluster runs it in, and the one where it is run here, uninterrupted. */
export class SweepFolder {
  readonly folder = temporaryFolder();
  readonly out = join(this.folder, 'slurm');
  readonly reference = join(this.folder, 'local');
  readonly file: string;

  constructor(name: string, lines: string, changes: (text: string) => string = (text) => text) {
    writeFileSync(join(this.folder, 'base.yaml'), changes(base));
    this.file = join(this.folder, `${name}.yaml`);
    writeFileSync(this.file, `name: ${name}\nbase: base.yaml\n${lines}`);
  }

  /** Submits what is not done to the cluster that SLURM_CONF names. */
  submit(...more: string[]) {
    return start('sweep', this.file, '--launcher', 'slurm', '--out', this.out, ...more).finished;
  }

  dryRun() {
    return start('sweep', this.file, '--out', this.out, '--dry-run', '--json').finished;
  }

  runHere(...more: string[]) {
    return start('sweep', this.file, '--out', this.reference, '--jobs', '2', '--quiet', ...more).finished;
  }

  async status(out = this.out) {
    const { exitCode, stdout } = await start('sweep', 'status', this.file, '--out', out, '--json').finished;
    return { exitCode, ...(JSON.parse(stdout) as Status) };
  }

  /** Names of the run directories. */
  runs(out = this.out): string[] {
    return readdirSync(out).filter((name) => !name.endsWith('.sweep'));
  }

  /** The files that must not depend on where and in how many pieces a run was made, by run and name. */
  results(out = this.out): Record<string, Record<string, string>> {
    return Object.fromEntries(this.runs(out).map((run) => [run, resultOf(join(out, run))]));
  }

  /** How often each run was started from nothing: more than once would be work done twice. */
  beginnings(out = this.out): number[] {
    return this.runs(out).map((run) => {
      const log = join(out, run, 'log.txt');
      return existsSync(log) ? readFileSync(log, 'utf8').split(' started (').length - 1 : 0;
    });
  }

  /** The process that works on a run; null if none does. */
  holder(run: string, out = this.out): number | null {
    try {
      return (JSON.parse(readFileSync(join(out, run, '.lock'), 'utf8')) as { pid: number }).pid;
    } catch {
      return null;
    }
  }
}

interface Status {
  readonly complete: boolean;
  readonly counts: Readonly<
    Record<'done' | 'diverged' | 'dropped' | 'running' | 'waiting' | 'failed', number>
  >;
  readonly failures: readonly { readonly run: string; readonly cause: string; readonly log: string | null }[];
  readonly runs: readonly {
    readonly directory: string;
    readonly state: string;
    readonly step: number;
    readonly seed: number;
    readonly settings: Readonly<Record<string, unknown>>;
  }[];
}

function resultOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) =>
    /^(metrics\.csv|DONE\.json|config\.yaml)$/.test(name),
  );
  if (names.includes('DONE.json')) {
    names.push(JSON.parse(readFileSync(join(directory, 'DONE.json'), 'utf8')).checkpoint as string);
  }
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(directory, name)).toString('base64')]),
  );
}

/** Waits for something to come true; throws when it does not. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 120,
): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(200)) {
    if (await condition()) return;
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}
