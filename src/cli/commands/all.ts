import type { CommandModule } from 'yargs';
import { runCommand } from './run/command.ts';

/** Reads what a command takes and does. */
type Load = () => Promise<object>;

/** Every command but the one without a name, in the order of --help. */
const named: readonly (readonly [command: string, describe: string, load: Load])[] = [
  [
    'sweep',
    'Run many configs, here or on a Slurm cluster; status of a sweep',
    async () => (await import('./sweep/command.ts')).sweepCommand,
  ],
  [
    'check <file...>',
    'Validate configs without running them',
    async () => (await import('./check.ts')).checkCommand,
  ],
  [
    'init [name]',
    'Write a commented config and a sweep to start from into this folder',
    async () => (await import('./init/command.ts')).initCommand,
  ],
  [
    'configs [name]',
    'List the configs and sweeps that come with the program, or print one',
    async () => (await import('./configs/command.ts')).configsCommand,
  ],
  [
    'list [folder]',
    'List the runs in a folder with their status and scores',
    async () => (await import('./list.ts')).listCommand,
  ],
  [
    'show <run>',
    'Show one run: status, scores, config, environment, last metrics',
    async () => (await import('./show/command.ts')).showCommand,
  ],
  [
    'compare <runs...>',
    'Runs side by side: scores, the settings that differ, curves on one chart',
    async () => (await import('./compare.ts')).compareCommand,
  ],
  [
    'plot <run>',
    "Draw a run's curve in the terminal, or into an SVG or PNG file",
    async () => (await import('./plot.ts')).plotCommand,
  ],
  [
    'watch <target>',
    'Follow a run, or all runs of a sweep or a folder, until they are over',
    async () => (await import('./watch/command.ts')).watchCommand,
  ],
  [
    'verify <run...>',
    "Run the beginning of runs again and compare with what they say; exit code 1 if one doesn't verify",
    async () => (await import('./verify.ts')).verifyCommand,
  ],
  [
    'report [items...]',
    "The paper's figures and tables beside the runs, or a page of any runs",
    async () => (await import('./report/command.ts')).reportCommand,
  ],
  [
    'eval <run>',
    'Score a checkpoint of a run on the validation or test split',
    async () => (await import('./eval.ts')).evalCommand,
  ],
  [
    'data',
    'List, check, prepare and export datasets',
    async () => (await import('./data/command.ts')).dataCommand,
  ],
  [
    'baseline <config>',
    'Score predictors without a network on the data of a config: a constant one, n-grams for text',
    async () => (await import('./baseline/command.ts')).baselineCommand,
  ],
  [
    'bench',
    "Measure training steps of the native or wasm engine against this core's own peak",
    async () => (await import('./bench.ts')).benchCommand,
  ],
  [
    'doctor',
    'Check engines, instruction sets and data on this machine',
    async () => (await import('./doctor/command.ts')).doctorCommand,
  ],
  [
    'schema',
    'Print the JSON Schema of configs, or of sweep files, for editors',
    async () => (await import('./schema.ts')).schemaCommand,
  ],
  [
    'completion',
    'Print a script that completes commands, options and config names in bash or zsh',
    async () => (await import('./completion.ts')).completionCommand,
  ],
];

/** The first words of those that have one. */
export const commandNames: readonly string[] = named.map(([command]) => nameOf(command));

/** Every command, of which those that a command line names are read whole, and of the others what --help says: each file costs time. */
export async function commandsFor(words: readonly string[]): Promise<CommandModule[]> {
  const commands = named.map(async ([command, describe, load]) =>
    words.includes(nameOf(command))
      ? { ...(await load()), command, describe }
      : { command, describe, handler: () => {} },
  );
  return [runCommand, ...(await Promise.all(commands))] as CommandModule[];
}

function nameOf(command: string): string {
  return command.split(' ')[0]!;
}
