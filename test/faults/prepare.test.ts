import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { contentOf, lm1b } from '../data/text/text-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { sleep, start } from './program.ts';

const KILLS = 12;

it(`data prepare killed with SIGKILL ${KILLS} times and started again leaves the same bytes`, {
  timeout: 240_000,
}, async () => {
  const { archive } = await lm1b(8, 4000);
  const prepare = (to: string) => start('data', 'prepare', 'lm1b', '--from', archive, '--to', to);
  const whole = join(temporaryFolder(), 'whole');
  const { exitCode, stderr } = await prepare(whole).finished;
  expect(exitCode, stderr).toBe(0);
  const to = join(temporaryFolder(), 'killed');
  let killed = 0;
  for (let kills = 0; kills < KILLS && !existsSync(join(to, 'corpus.json')); kills++) {
    const { child, finished } = prepare(to);
    // Later every time, so that it is hit from before the folder is claimed until the last shards.
    await sleep(150 + 60 * kills * Math.random());
    child.kill('SIGKILL');
    killed += Number((await finished).signal === 'SIGKILL');
  }
  expect(killed).toBeGreaterThan(2);
  const last = await prepare(to).finished;
  expect(last.exitCode, last.stderr).toBe(0);
  const ours = (folder: string) =>
    Object.fromEntries(Object.entries(contentOf(folder)).filter(([name]) => !name.endsWith('.beat')));
  expect(ours(to)).toEqual(ours(whole));
});
