import type { Argv } from 'yargs';
import type { Overrides } from '../config/overrides.ts';
import { ExitCode, UserError } from '../support/errors.ts';

/** The options with which every command that reads a config lets the shell change it. */
export interface OverrideOptions {
  set: string[] | undefined;
  /** A list when the option was given more than once. */
  seed: string | string[] | undefined;
  engine: string | string[] | undefined;
  device: string | string[] | undefined;
}

/** Adds --set, --seed, --engine and --device to a command. Values stay text: the config's own rules judge them. */
export function withOverrides<T>(yargs: Argv<T>): Argv<T & OverrideOptions> {
  return yargs
    .option('set', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'Set a key: --set training.clip.threshold=10 (repeatable; any YAML value)',
    })
    .option('seed', { type: 'string', nargs: 1, describe: 'Short for --set seed=N' })
    .option('engine', { type: 'string', nargs: 1, describe: 'Short for --set engine.name=NAME' })
    .option('device', { type: 'string', nargs: 1, describe: 'Short for --set engine.device=cuda|cpu' });
}

/** The option with which a chart's axes are chosen. */
export interface LogOption {
  log: 'x' | 'y' | 'xy' | 'none' | undefined;
}

/** Adds --log to a command that draws. */
export function withLogAxes<T>(yargs: Argv<T>): Argv<T & LogOption> {
  return yargs.option('log', {
    choices: ['x', 'y', 'xy', 'none'] as const,
    requiresArg: true,
    describe: 'Logarithmic axes: of steps (x), of values (y) or both [default: y for gradient_norm_median]',
  });
}

/** The overrides among a command's parsed options. Throws UserError (usage) for a shorthand given twice. */
export function overridesOf({ set, seed, engine, device }: OverrideOptions): Overrides {
  const [only] = [seed].flat();
  if (only !== undefined && /^\d+\s*[,.-].*\d$/.test(only)) {
    const advice = 'a config has one seed; several are a sweep (seeds: [1, 2, 3]; irnn-run init writes one)';
    throw new UserError(ExitCode.usage, `--seed ${only}: ${advice}`);
  }
  return { set, seed: once('seed', seed), engine: once('engine', engine), device: once('device', device) };
}

/** The value of --until-step. Throws UserError (usage) if it is no number of steps. */
export function wholeSteps(value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw new UserError(ExitCode.usage, '--until-step: expected a whole number of steps');
}

/** The value of eval's --checkpoint. Throws UserError (usage) if it is none. */
export function checkpointChoice(value: string | string[] | undefined): 'best' | 'last' | number | undefined {
  const choice = once('checkpoint', value);
  if (choice === undefined || choice === 'best' || choice === 'last') return choice;
  if (/^\d{1,15}$/.test(choice)) return Number(choice);
  throw new UserError(
    ExitCode.usage,
    `--checkpoint ${choice}: expected best, last, or a step (irnn-run show lists them)`,
  );
}

function once(name: string, value: string | string[] | undefined): string | undefined {
  if (!Array.isArray(value)) return value;
  throw new UserError(ExitCode.usage, `--${name} is given ${value.length} times`);
}
