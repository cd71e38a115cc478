import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkpointSteps } from '../../src/training/checkpoint.ts';
import { isRunDirectory } from '../../src/training/run-directory.ts';
import { writeConfig } from '../cli/harness.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { LoopDisk, mountOptions, noLoopDisk } from './loop-disk.ts';
import { compileShim, onlyRun, program, sleep, start, startProgram, startWith } from './program.ts';
import { lastingFiles, lostTimes } from './run-files.ts';

/**
 * The power of a run's disk is cut at some moment; after a start of the machine the same command has to bring the run to the
 * same bytes. POWER_CUTS=40 is scripts/test-power-cuts.sh. POWER_CUTS_UNSYNCED=1 leaves out every fsync of the
 * program, to see that the rig finds what is lost: then it has to fail.
 */
const CUTS = Number(process.env.POWER_CUTS ?? 2);
const isUnsynced = process.env.POWER_CUTS_UNSYNCED === '1';
const lively = {
  task: '{ name: adding, T: 50, train_size: 1000, valid_size: 200, test_size: 200 }',
  model: '{ type: irnn, hidden: 24 }',
  training: '{ steps: 3000, batch: 16, optimizer: { name: sgd, momentum: 0.9 }, learning_rate: 0.001 }',
  evaluate: '{ every: 140 }',
  checkpoint: '{ every: 100 }',
};

const why = noLoopDisk();
if (why !== null) console.warn(`skipped: power cuts; ${why}`);

it.runIf(why === null)(
  `${CUTS} power cuts leave nothing that a start of the machine does not mend`,
  { timeout: 120_000 + CUTS * 60_000 },
  async () => {
    const folder = temporaryFolder();
    const config = writeConfig(folder, lively);
    const shim = isUnsynced ? compileShim(folder) : '';
    const whole = join(folder, 'whole');
    expect((await start(config, '--out', whole, '--quiet').finished).exitCode).toBe(0);
    const expected = lastingFiles(onlyRun(whole));

    const counts = {
      cuts: 0,
      stuck: 0,
      orphans: 0,
      'lost timing rows': 0,
      'lost checkpoints': 0,
      'identical ends': 0,
      'before the first checkpoint': 0,
      'after the end': 0,
    };
    for (let cut = 0; cut < CUTS; cut++) {
      const place = join(folder, `cut-${cut}`);
      const disk = new LoopDisk(temporaryFolder(), mountOptions[cut % mountOptions.length]!);
      await disk.armSwitch();
      const out = join(disk.mountPoint, 'runs');
      const argv = [config, '--out', out, '--quiet'];
      const unsynced = { LD_PRELOAD: shim, FAULT_UNDER: out, FAULT_KIND: 'unsynced' };
      const { child, finished } = startWith(isUnsynced ? unsynced : {}, ...argv);
      let isOver = false;
      finished.then(() => {
        isOver = true;
      });
      // Some time in the run, one in four as soon as there is a folder: so many checkpoints are awaited, and then a little.
      const moment = cut % 4 === 3 ? 0 : Math.random();
      while (!isOver && (!existsSync(out) || (committed(out)[0] ?? 0) < moment * 3200 - 100)) await sleep(5);
      await sleep(Math.random() * 60);
      // The newest record may not be on the disk yet; the one before it is.
      const wasOver = isOver;
      const promised = wasOver ? 3000 : (committed(out)[1] ?? 0);
      await disk.cutPower(child);
      await finished;
      await disk.powerOn();
      counts.cuts += 1;
      const kept = committed(out)[0] ?? 0;
      if (kept < promised) counts['lost checkpoints'] += 1;
      if (kept === 0) counts['before the first checkpoint'] += 1;
      if (wasOver) counts['after the end'] += 1;

      const again = await afterAReboot(place, argv);
      if (again.exitCode !== 0) {
        counts.stuck += 1;
        process.stderr.write(`cut ${cut}: ${again.exitCode}, ${again.stderr}`);
        continue;
      }
      const found = lastingFiles(onlyRun(out));
      counts.orphans += Object.keys(found).filter((name) => !(name in expected)).length;
      counts['lost timing rows'] += lostTimes(onlyRun(out)).length;
      if (Object.entries(expected).every(([name, content]) => found[name] === content))
        counts['identical ends'] += 1;
    }
    if (CUTS > 2) process.stdout.write(`${JSON.stringify(counts)}\n`);
    expect(counts).toMatchObject({
      stuck: 0,
      orphans: 0,
      'lost timing rows': 0,
      'lost checkpoints': 0,
      'identical ends': CUTS,
    });
  },
);

/** Steps of the checkpoints of the run under the folder, newest first. */
function committed(out: string): number[] {
  try {
    return isRunDirectory(onlyRun(out)) ? checkpointSteps(onlyRun(out)) : [];
  } catch {
    return []; // there is none yet
  }
}

/** Runs the program as on a machine that has started this moment: with another boot id, and up for a second. */
async function afterAReboot(place: string, argv: readonly string[]) {
  const [bootId, uptime] = [`${place}.boot_id`, `${place}.uptime`];
  writeFileSync(bootId, '00000000-1111-2222-3333-444444444444\n');
  writeFileSync(uptime, '0.10 0.10\n');
  const script = `mount --bind '${bootId}' /proc/sys/kernel/random/boot_id && mount --bind '${uptime}' /proc/uptime && exec "$@"`;
  const command = ['-m', 'sh', '-c', script, 'sh', process.execPath, program, ...argv];
  const result = await startProgram('unshare', command).finished;
  for (const path of [bootId, uptime]) rmSync(path);
  return result;
}
