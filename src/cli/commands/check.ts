import type { CommandModule } from 'yargs';
import type { ConfigIssue } from '../../config/config-error.ts';
import type { Config } from '../../config/schema.ts';
import type { ExitCode } from '../../support/errors.ts';
import { type OverrideOptions, overridesOf, withOverrides } from '../options.ts';

interface CheckOptions extends OverrideOptions {
  data: boolean;
  file: string[];
  json: boolean;
}

/** What --json prints of a file. */
interface Verdict {
  readonly file: string;
  readonly ok: boolean;
  /** Name of the run that the config describes, or null for a bad config. */
  readonly run: string | null;
  /** What the data is, with --data; null where it was not opened, or where the task's name says it. */
  readonly data: string | null;
  readonly issues: readonly ConfigIssue[];
  /** A failure that is not about the config's contents, such as a missing file. */
  readonly error: string | null;
}

export const checkCommand: CommandModule<object, CheckOptions> = {
  command: 'check <file...>',
  describe: 'Validate configs without running them',
  builder: (yargs) =>
    withOverrides(yargs)
      .positional('file', { type: 'string', array: true, demandOption: true, describe: 'Config files' })
      .option('data', {
        type: 'boolean',
        default: false,
        describe: 'Also open the data and say what it is',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print the verdicts as JSON' })
      .example('$0 check configs/*.yaml', 'every config, all errors at once')
      .example('$0 check configs/mnist.yaml --set model.hidden=50', 'the config as a run would take it'),
  handler: async (options) => check(options),
};

/**
 * Prints one line a valid file, and throws a UserError with the errors of all others:
 * 78 if any config is bad, else that of the first failure, such as 66 for a file that could not be read.
 */
async function check(options: CheckOptions): Promise<void> {
  const [{ loadConfig }, { runName }, { ConfigError }, { ExitCode, UserError }] = await Promise.all([
    import('../../config/load.ts'),
    import('../../config/hash.ts'),
    import('../../config/config-error.ts'),
    import('../../support/errors.ts'),
  ]);
  const verdicts: Verdict[] = [];
  const failures: { readonly exitCode: ExitCode; readonly message: string }[] = [];
  for (const file of options.file) {
    const verdict = { file, ok: false, run: null, data: null, issues: [], error: null };
    try {
      const config = loadConfig(file, overridesOf(options));
      const run = runName(config);
      const data = options.data ? await openData(config, file) : null;
      verdicts.push({ ...verdict, ok: true, run, data });
      if (!options.json) {
        process.stdout.write(`ok  ${file}  ${run}\n${data === null ? '' : `    ${data}\n`}`);
      }
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode === ExitCode.usage) throw error;
      failures.push(error);
      verdicts.push(
        error instanceof ConfigError
          ? { ...verdict, issues: error.issues }
          : { ...verdict, error: error.message },
      );
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`);
  if (failures.length === 0) return;
  const worst = failures.find((failure) => failure.exitCode === ExitCode.badConfig) ?? failures[0]!;
  // The same flag is wrong for every file in the same words.
  const messages = new Set(failures.map((failure) => failure.message));
  throw new UserError(worst.exitCode, [...messages].join('\n'));
}

/** Makes the task as a run would; throws what a run would throw for its data, with the config's file in front. */
async function openData(config: Config, file: string): Promise<string | null> {
  const [{ createTask }, { seedsOf }, { UserError }, { createPreparation }] = await Promise.all([
    import('../../tasks/create.ts'),
    import('../../config/seeds.ts'),
    import('../../support/errors.ts'),
    import('../preparation-bar.ts'),
  ]);
  try {
    const seeds = seedsOf(config);
    const preparation = createPreparation(config.name, false);
    const task = await createTask(config.task, { seeds, batchSize: config.training.batch, preparation });
    return task.dataNote;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.exitCode, `${file}: ${error.message}`, { cause: error });
  }
}
