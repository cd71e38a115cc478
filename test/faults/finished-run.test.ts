import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { withEachDamage } from './damage.ts';
import { onlyRun } from './program.ts';

/**
 * Every file of a finished run is damaged in turn: whoever reads results refuses it, or shows what it showed before.
 * FAULTS=all damages it in more places and prints counts (scripts/test-faults.sh).
 */
const all = process.env.FAULTS === 'all';
const places = all ? 10 : 2;

async function finishedRun() {
  const out = join(temporaryFolder(), 'runs');
  const config = writeConfig(temporaryFolder());
  expect((await irnnRun(config, '--out', out, '--quiet')).exitCode).toBe(0);
  return { out, config, directory: onlyRun(out) };
}

/** What a reader is shown: standard output, and the table behind a report's page. */
async function shown(out: string, argv: readonly string[]) {
  const { exitCode, stdout, stderr } = await irnnRun(...argv);
  const table = join(out, 'report/runs.csv');
  const isReport = argv[0] === 'report' && existsSync(table);
  const text = isReport ? readFileSync(table, 'utf8') : stdout;
  rmSync(join(out, 'report'), { recursive: true, force: true });
  return { exitCode, stderr, text };
}

const commands = (out: string, directory: string, config: string): string[][] => [
  ['list', out, '--json'],
  ['show', directory, '--json'],
  ['show', directory],
  ['compare', directory],
  ['plot', directory],
  ['eval', directory],
  ['verify', directory, '--all', '--json'],
  ['watch', directory],
  ['report', '--all', out],
  [config, '--out', out, '--json'],
];

const files = ['DONE.json', 'metrics.csv', 'timing.csv', 'config.yaml', 'meta.json'];
const checkpoint = /^checkpoint-\d+\.(json|safetensors)$/;

describe('damaged files of a finished run', () => {
  it.each([...files, 'log.txt', 'the last checkpoint', 'its commit record'])(
    '%s: each is refused, or changes nothing that is shown',
    { timeout: all ? 3_600_000 : 120_000 },
    async (name) => {
      const { out, config, directory } = await finishedRun();
      const ending = name === 'the last checkpoint' ? 'safetensors' : 'json';
      const path = join(directory, existsSync(join(directory, name)) ? name : `checkpoint-100.${ending}`);
      const counts = {
        damages: 0,
        shown: 0,
        refused: 0,
        'left out, and named': 0,
        'without a difference': 0,
      };
      const before = new Map<string, string>();
      for (const argv of commands(out, directory, config)) {
        const { exitCode, text, stderr } = await shown(out, argv);
        expect(exitCode, `${argv}: ${stderr}`).toBe(0);
        before.set(argv.join(' '), text);
      }
      // Nothing reads the log: one damage is enough.
      await withEachDamage(path, name === 'log.txt' ? 1 : places, async (what) => {
        counts.damages += 1;
        for (const argv of commands(out, directory, config)) {
          const { exitCode, text, stderr } = await shown(out, argv);
          const where = `${argv.join(' ')}\n${what}: ${exitCode} ${stderr}`;
          counts.shown += 1;
          if (exitCode !== 0) {
            expect([65, 66], where).toContain(exitCode);
            counts.refused += 1;
          } else if (text !== before.get(argv.join(' '))) {
            expect(stderr, where).toMatch(/left out/);
            counts['left out, and named'] += 1;
          } else counts['without a difference'] += 1;
        }
      });
      if (all) process.stdout.write(`${name}: ${JSON.stringify(counts)}\n`);
    },
  );

  it.each(['{}', '[]', '1', 'null', '{"status": "finished"}'])(
    'DONE.json is %s: 65, and list goes on',
    async (text) => {
      const { out, directory } = await finishedRun();
      mkdirSync(join(out, 'other'));
      writeFileSync(join(out, 'other', 'config.yaml'), readFileSync(join(directory, 'config.yaml')));
      writeFileSync(join(directory, 'DONE.json'), text);
      expect(await irnnRun('show', directory)).toMatchObject({ exitCode: 65 });
      const list = await irnnRun('list', out);
      expect(list).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('DONE.json: damaged') });
      expect(list.stdout).toContain('other');
    },
  );

  it('a damaged checkpoint of a run that goes on: from the one before it, to the same bytes', async () => {
    const whole = await finishedRun();
    const config = writeConfig(temporaryFolder());
    const out = join(temporaryFolder(), 'runs');
    const start = (...more: string[]) => irnnRun(config, '--out', out, '--quiet', ...more);
    await start('--until-step', '60');
    const begun = onlyRun(out);
    const kept = new Map(readdirSync(begun).map((name) => [name, readFileSync(join(begun, name))]));
    for (const name of [...kept.keys()].filter((name) => checkpoint.test(name) && name.includes('-60.'))) {
      await withEachDamage(join(begun, name), places, async (what) => {
        const { exitCode, stderr } = await start();
        expect(exitCode, `${what}: ${stderr}`).toBe(0);
        for (const file of ['metrics.csv', 'DONE.json', 'checkpoint-100.safetensors']) {
          expect(readFileSync(join(begun, file)), what).toEqual(readFileSync(join(whole.directory, file)));
        }
        for (const file of readdirSync(begun)) rmSync(join(begun, file));
        for (const [file, content] of kept) writeFileSync(join(begun, file), content);
      });
    }
  });
});
