import type { Argv, CommandModule } from 'yargs';
import { type OverrideOptions, withOverrides } from '../../options.ts';

interface SweepArguments extends OverrideOptions {
  sweep: string;
  out: string;
  jobs: number | undefined;
  launcher: 'local' | 'slurm' | 'manifest';
  slurm: string[] | undefined;
  wait: boolean;
  'retry-failed': boolean;
  'dry-run': boolean;
  quiet: boolean;
  json: boolean;
}

interface StatusArguments extends OverrideOptions {
  sweep: string[];
  out: string;
  json: boolean;
}

interface RunArguments {
  manifest: string;
  number: string;
  rung: number | undefined;
  'until-step': number | undefined;
  log: string | undefined;
}

const out = { type: 'string', default: 'results/runs', requiresArg: true } as const;
const json = { type: 'boolean', default: false } as const;

const startCommand: CommandModule<object, SweepArguments> = {
  command: '$0 <sweep>',
  describe: 'Run whatever is left of a sweep',
  builder: (yargs) =>
    withOverrides(
      yargs.positional('sweep', {
        type: 'string',
        demandOption: true,
        describe: 'A sweep file (YAML), or the name of a sweep that comes with the program',
      }),
    )
      .option('out', { ...out, describe: 'Folder for run directories, and for the folder of the sweep' })
      .option('jobs', {
        type: 'number',
        requiresArg: true,
        describe: 'Runs at once (default: one a core; under Slurm the throttle)',
      })
      .option('launcher', {
        choices: ['local', 'slurm', 'manifest'] as const,
        default: 'local' as const,
        describe:
          'Where the runs go: processes here, job arrays, or nowhere but into a manifest for other launchers',
      })
      .option('slurm', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Set a key of the slurm section: --slurm partition=long (repeatable)',
      })
      .option('wait', { type: 'boolean', default: false, describe: 'Under Slurm: wait for the jobs to end' })
      .option('retry-failed', { type: 'boolean', default: false, describe: 'Also run again what failed' })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Print every run and what it will cost, and do nothing',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'No progress on stderr' })
      .option('json', { ...json, describe: 'Print one JSON object' })
      .example('$0 sweep mine.yaml --dry-run', 'every run, and what it will cost at most')
      .example('$0 sweep mine.yaml --jobs 2', 'two at once; the same command goes on where it was stopped')
      .example(
        '$0 sweep figure-2 --launcher slurm --slurm time=2:00:00',
        'on a cluster',
      ) as Argv<SweepArguments>,
  handler: async (argv) => {
    const { startSweep } = await import('./run-sweep.ts');
    await startSweep({ ...argv, retryFailed: argv['retry-failed'], dryRun: argv['dry-run'] });
  },
};

const statusCommand: CommandModule<object, StatusArguments> = {
  command: 'status <sweep...>',
  describe: 'Show what is done, running, waiting, diverged and failed; of several sweeps in one table',
  builder: (yargs) =>
    withOverrides(
      yargs.positional('sweep', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Sweep files, or manifests (manifest.jsonl)',
      }),
    )
      .option('out', { ...out, describe: 'Folder of the run directories' })
      .option('json', { ...json, describe: 'Print one JSON object' })
      .example(
        '$0 sweep status mine.yaml',
        'what is done, running, waiting and failed',
      ) as Argv<StatusArguments>,
  handler: async (argv) => {
    const { showStatus } = await import('./run-sweep.ts');
    await showStatus(argv);
  },
};

const collectCommand: CommandModule<object, { manifest: string; json: boolean }> = {
  command: 'collect <manifest>',
  describe: "Write a sweep's runs.csv and selection.json, and show its status",
  builder: (yargs) =>
    withManifest(yargs)
      .option('json', { ...json, describe: 'Print one JSON object' })
      .example('$0 sweep collect results/runs/mine-0123abcd.sweep/manifest.jsonl', 'after all runs') as Argv<{
      manifest: string;
      json: boolean;
    }>,
  handler: async (argv) => {
    const { collect } = await import('./run-sweep.ts');
    await collect(argv);
  },
};

const runCommand: CommandModule<object, RunArguments & { receipt: string | undefined }> = {
  command: 'run <manifest> <number>',
  describe: 'Run one line of a manifest, or what is next of it, for other launchers',
  builder: (yargs) =>
    withAssignment(yargs)
      .option('until-step', {
        type: 'number',
        requiresArg: true,
        describe: 'Leave the run at a checkpoint after this many steps, whatever the rung',
      })
      .option('receipt', {
        type: 'string',
        requiresArg: true,
        describe: 'Write this file when the work is done',
      })
      .example('$0 sweep run MANIFEST next', 'whatever is to be done next, if nobody else does it')
      .example(
        'seq 0 23 | parallel $0 sweep run MANIFEST {}',
        'every line of a manifest, by GNU parallel',
      ) as Argv<RunArguments & { receipt: string | undefined }>,
  handler: async (argv) => {
    const { runAssignment } = await import('./run-line.ts');
    await runAssignment(argv);
  },
};

const failCommand: CommandModule<object, RunArguments & { exit: number }> = {
  command: 'fail <manifest> <number>',
  describe: 'Record that the process of a line crashed, for other launchers',
  builder: (yargs) =>
    withAssignment(yargs)
      .option('exit', {
        type: 'number',
        demandOption: true,
        requiresArg: true,
        describe: 'The exit code of the process',
      })
      .example('$0 sweep fail MANIFEST 3 --exit 137', 'run 3 was killed') as Argv<
      RunArguments & { exit: number }
    >,
  handler: async (argv) => {
    const { recordFailure } = await import('./run-line.ts');
    recordFailure(argv);
  },
};

export const sweepCommand: CommandModule = {
  builder: (yargs) =>
    yargs
      .usage('$0 sweep <sweep>\n\nRuns the combinations of a sweep file, as many at once as there are cores.')
      .command(startCommand)
      .command(statusCommand)
      .command(collectCommand)
      .command(runCommand)
      .command(failCommand),
  handler: () => {},
};

function withManifest<T>(yargs: Argv<T>) {
  return yargs.positional('manifest', {
    type: 'string',
    demandOption: true,
    describe: "The manifest.jsonl in a sweep's folder",
  });
}

function withAssignment<T>(yargs: Argv<T>) {
  return withManifest(yargs)
    .positional('number', {
      type: 'string',
      demandOption: true,
      describe: 'The run, from 0; on a later rung a place among those that may go on; to run it also "next"',
    })
    .option('rung', {
      type: 'number',
      requiresArg: true,
      describe: 'Rung of the halving, from 1 (default: 1)',
    })
    .option('log', { type: 'string', requiresArg: true, describe: 'Where the output of this command goes' });
}
