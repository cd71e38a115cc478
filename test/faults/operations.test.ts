import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readCsv } from '../../src/support/csv.ts';
import { writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { onlyRun, startWith } from './program.ts';

/**
 * Every operation on files that a run makes fails once, in each way. FAULTS=all tries them all and prints counts
 * (scripts/test-faults.sh); otherwise some are tried.
 */
const all = process.env.FAULTS === 'all';
const kinds = ['EIO', 'ENOSPC', 'short', 'before', 'after'] as const;
const small = {
  training: '{ steps: 60, batch: 4, learning_rate: 0.01, clip: { threshold: 1 } }',
  evaluate: '{ every: 20 }',
  checkpoint: '{ every: 15 }',
};

function contentOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => !/^(log\.txt|meta\.json|timing\.csv)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'base64')]));
}

it.each(kinds)(
  'a run in which one operation meets %s ends, and continues to the same bytes',
  {
    timeout: all ? 3_600_000 : 240_000,
  },
  async (kind) => {
    const folder = temporaryFolder();
    const shim = join(folder, 'shim.so');
    const source = fileURLToPath(new URL('shim.c', import.meta.url));
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', shim, source, '-ldl']);
    const config = writeConfig(folder, small);
    const start = (out: string, fault: object) => startWith(fault, config, '--out', out, '--quiet').finished;
    const whole = join(folder, 'whole');
    expect((await start(whole, {})).exitCode).toBe(0);
    const expected = contentOf(onlyRun(whole));

    const counts = { faults: 0, stuck: 0, orphans: 0, rows: 0 };
    for (let at = 1; ; at += all ? 1 : 31) {
      const [out, log] = [join(folder, `${kind}-${at}`), join(folder, `${kind}-${at}.hit`)];
      const fault = {
        LD_PRELOAD: shim,
        FAULT_UNDER: out,
        FAULT_AT: String(at),
        FAULT_KIND: kind,
        FAULT_LOG: log,
      };
      const { exitCode, signal, stderr } = await start(out, fault);
      if (!existsSync(log)) break;
      counts.faults += 1;
      const where = `${kind} at operation ${at}: ${stderr}`;
      if (kind === 'before' || kind === 'after') expect(signal, where).toBe('SIGKILL');
      else expect([0, 73, 74], where).toContain(exitCode);
      const again = await start(out, {});
      if (again.exitCode !== 0) counts.stuck += 1;
      expect(again.exitCode, `${where}\n${again.stderr}`).toBe(0);
      const found = contentOf(onlyRun(out));
      counts.orphans += Object.keys(found).filter((name) => !(name in expected)).length;
      expect(found, where).toEqual(expected);
      const steps = (name: string) => readCsv(join(onlyRun(out), name)).rows.map(({ step }) => step);
      const times = new Set(steps('timing.csv'));
      const lost = steps('metrics.csv').filter((step) => !times.has(step));
      counts.rows += lost.length;
      expect(lost, where).toEqual([]);
    }
    expect(counts.faults).toBeGreaterThan(3);
    if (all) process.stdout.write(`${kind}: ${JSON.stringify(counts)}\n`);
  },
);
