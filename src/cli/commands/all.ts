import type { CommandModule } from 'yargs';
import { baselineCommand } from './baseline/command.ts';
import { benchCommand } from './bench.ts';
import { checkCommand } from './check.ts';
import { compareCommand } from './compare.ts';
import { completionCommand } from './completion.ts';
import { configsCommand } from './configs/command.ts';
import { dataCommand } from './data/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { evalCommand } from './eval.ts';
import { initCommand } from './init/command.ts';
import { listCommand } from './list.ts';
import { plotCommand } from './plot.ts';
import { reportCommand } from './report/command.ts';
import { runCommand } from './run/command.ts';
import { schemaCommand } from './schema.ts';
import { showCommand } from './show/command.ts';
import { sweepCommand } from './sweep/command.ts';
import { verifyCommand } from './verify.ts';
import { watchCommand } from './watch/command.ts';

/** Every command, in the order of --help. */
export const commands = [
  runCommand,
  sweepCommand,
  checkCommand,
  initCommand,
  configsCommand,
  listCommand,
  showCommand,
  compareCommand,
  plotCommand,
  watchCommand,
  verifyCommand,
  reportCommand,
  evalCommand,
  dataCommand,
  baselineCommand,
  benchCommand,
  doctorCommand,
  schemaCommand,
  completionCommand,
] as readonly CommandModule[];

/** The first words of those that have one. */
export const commandNames: readonly string[] = commands
  .map(({ command }) => String(command).split(' ')[0]!)
  .filter((name) => name !== '$0');
