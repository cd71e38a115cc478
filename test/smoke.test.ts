import { expect, it } from 'vitest';
import { readCsv } from '../src/support/csv.ts';
import { irnnRun } from './cli/harness.ts';
import { temporaryFolder } from './temporary-folder.ts';

it('configs/smoke.yaml: the loss falls', async () => {
  const { exitCode, stdout } = await irnnRun(
    'configs/smoke.yaml',
    '--json',
    '--quiet',
    '--out',
    temporaryFolder(),
  );
  expect(exitCode).toBe(0);
  const { directory, baseline } = JSON.parse(stdout);
  const { rows } = readCsv(`${directory}/metrics.csv`);
  const last = rows.at(-1)!;
  expect(last.train_loss).toBeLessThan(rows[1]!.train_loss! / 2);
  expect(last.test_mse).toBeLessThan(baseline.mse / 2);
});
