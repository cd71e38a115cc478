import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { irnnRun } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { corpusKinds, filesIn } from './corpus-kinds.ts';
import { withEachDamage } from './damage.ts';
import { onlyRun } from './program.ts';

/**
 * Every file of every kind of corpus is damaged in turn. FAULTS=all damages it in more places and prints counts
 * (scripts/test-faults.sh).
 */
const all = process.env.FAULTS === 'all';
const places = all ? 20 : 3;

beforeEach(() => {
  vi.stubEnv('IRNN_RUN_CACHE', join(temporaryFolder(), 'cache'));
});

describe.each(Object.entries(corpusKinds))('%s', (kind, make) => {
  it('that is damaged is refused by a run that began with it whole', {
    timeout: all ? 3_600_000 : 120_000,
  }, async () => {
    const { data, config } = await make();
    const begun = join(temporaryFolder(), 'runs');
    const start = (out: string, ...more: string[]) => irnnRun(config, '--out', out, '--quiet', ...more);
    const first = await start(begun, '--until-step', '2');
    expect(first.exitCode, first.stderr).toBe(0);
    const counts = { damages: 0, refused: 0, 'without a difference': 0 };
    const files = filesIn(data);
    for (const path of files.filter((_, index) => all || index % Math.ceil(files.length / 6) === 0)) {
      await withEachDamage(path, places, async (what) => {
        const out = join(temporaryFolder(), 'runs');
        cpSync(begun, out, { recursive: true });
        const { exitCode, stderr } = await start(out);
        counts.damages += 1;
        counts.refused += Number(exitCode === 65 || exitCode === 66);
        // The line break at the end of a file of JSON may be missing.
        counts['without a difference'] += Number(exitCode === 0 && isWhole(path));
        expect(isWhole(path) ? [0, 65] : [65, 66], `${what}: ${stderr}`).toContain(exitCode);
        rmSync(out, { recursive: true });
      });
    }
    if (all) process.stdout.write(`${kind}: ${JSON.stringify(counts)}\n`);
    expect((await start(begun)).exitCode).toBe(0);
  });
});

/** Whether a damaged file of JSON still says what it said. */
const isWhole = (path: string) => path.endsWith('corpus.json') && readFileSync(path, 'utf8').endsWith('}');

it('a prepared corpus that is damaged is refused from the start', async () => {
  const { data, config } = await corpusKinds['a prepared corpus']!();
  const out = join(temporaryFolder(), 'runs');
  for (const path of filesIn(data)) {
    await withEachDamage(path, 2, async (what) => {
      const { exitCode, stderr } = await irnnRun(config, '--out', out, '--quiet', '--fresh');
      expect(isWhole(path) ? [0, 65] : [65, 66], `${what}: ${stderr}`).toContain(exitCode);
    });
  }
});

it('filter banks that were kept and are damaged are made again', async () => {
  const { config } = await corpusKinds.speech!();
  const result = async () => {
    const out = join(temporaryFolder(), 'runs');
    const { exitCode, stderr } = await irnnRun(config, '--out', out);
    expect(exitCode, stderr).toBe(0);
    return { stderr, metrics: readFileSync(join(onlyRun(out), 'metrics.csv'), 'utf8') };
  };
  const { metrics } = await result();
  const [kept] = filesIn(process.env.IRNN_RUN_CACHE!);
  await withEachDamage(kept!, places, async (what) => {
    const again = await result();
    expect(again.stderr, what).toContain('analysing');
    expect(again.metrics, what).toBe(metrics);
  });
});
