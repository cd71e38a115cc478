import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { compileShim, onlyRun, startWith } from './program.ts';
import { lastingFiles, lostTimes } from './run-files.ts';
import { Server } from './server.ts';

/**
 * Every operation on files that a run makes fails once, in each way. FAULTS=all tries them all and prints counts
 * (scripts/test-faults.sh); otherwise some are tried.
 */
const all = process.env.FAULTS === 'all';
const stride = Number(process.env.FAULTS_EVERY ?? (all ? 1 : 31));
const kinds = ['EIO', 'ENOSPC', 'short', 'before', 'after'] as const;
const small = {
  training: '{ steps: 60, batch: 4, learning_rate: 0.01, clip: { threshold: 1 } }',
  evaluate: '{ every: 20 }',
  checkpoint: '{ every: 15 }',
};

/** Runs under faults: those that end the process in one of its own, others in one after the other. */
class FaultyRuns {
  #server: Server | null = null;

  constructor(readonly shim: string) {}

  async run(fault: Record<string, string>, argv: string[]) {
    if (fault.FAULT_KIND === 'before' || fault.FAULT_KIND === 'after') {
      return startWith({ LD_PRELOAD: this.shim, ...fault }, ...argv).finished;
    }
    this.#server ??= new Server({ LD_PRELOAD: this.shim });
    const { exitCode, stderr } = await this.#server.run(fault, ...argv);
    // A lock that could not be removed is that of a dead process, as it would be on its own.
    const out = fault.FAULT_UNDER!;
    const left = existsSync(out) ? readdirSync(out, { encoding: 'utf8', recursive: true }) : [];
    if (left.some((name) => name.endsWith('.lock'))) await this.end();
    return { exitCode, signal: null, stderr };
  }

  async end(): Promise<void> {
    await this.#server?.end();
    this.#server = null;
  }
}

it.each(kinds)(
  'a run in which one operation meets %s ends, and continues to the same bytes',
  { timeout: all ? 7_200_000 : 240_000 },
  async (kind) => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, small);
    const argvOf = (out: string) => [config, '--out', out, '--quiet'];
    const [faulty, sound] = [new FaultyRuns(compileShim(folder)), new Server()];
    onTestFinished(async () => {
      await faulty.end();
      await sound.end();
    });
    const whole = join(folder, 'whole');
    expect((await sound.run({}, ...argvOf(whole))).exitCode).toBe(0);
    const expected = lastingFiles(onlyRun(whole));

    const counts = { faults: 0, stuck: 0, orphans: 0, 'lost timing rows': 0 };
    const wrong: string[] = [];
    for (let at = 1; ; at += stride) {
      const [out, log] = [join(folder, `${kind}-${at}`), join(folder, `${kind}-${at}.hit`)];
      const fault = { FAULT_UNDER: out, FAULT_AT: String(at), FAULT_KIND: kind, FAULT_LOG: log };
      const { exitCode, signal, stderr } = await faulty.run(fault, argvOf(out));
      if (!existsSync(log)) break;
      counts.faults += 1;
      const where = `${kind} at operation ${at}: ${stderr}`;
      if (kind === 'before' || kind === 'after') expect(signal, where).toBe('SIGKILL');
      else expect([0, 73, 74], where).toContain(exitCode);

      const again = await sound.run({}, ...argvOf(out));
      if (again.exitCode !== 0) {
        counts.stuck += 1;
        wrong.push(`${where}\nthen ${again.exitCode}: ${again.stderr}`);
        continue;
      }
      const found = lastingFiles(onlyRun(out));
      const orphans = Object.keys(found).filter((name) => !(name in expected));
      const lost = lostTimes(onlyRun(out));
      counts.orphans += orphans.length;
      counts['lost timing rows'] += lost.length;
      if (orphans.length > 0) wrong.push(`${where}\nleft ${orphans}`);
      if (lost.length > 0) wrong.push(`${where}\nno times of steps ${lost}`);
      for (const name of orphans) delete found[name];
      expect(found, where).toEqual(expected);
      rmSync(out, { recursive: true });
    }
    if (all) process.stdout.write(`${kind}: ${JSON.stringify(counts)}\n`);
    expect(wrong).toEqual([]);
    expect(counts.faults).toBeGreaterThan(3);
  },
);
