import type { CommandModule } from 'yargs';
import type { ConfigIssue } from '../../config/config-error.ts';
import type { Config } from '../../config/schema.ts';
import { UserError } from '../../support/errors.ts';
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
  builder: (yargs) =>
    withOverrides(yargs)
      .positional('file', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Config files, names of configs that come with the program, or - for standard input',
      })
      .option('data', {
        type: 'boolean',
        default: false,
        describe: 'Also open the data and say what it is',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print the verdicts as JSON' })
      .example('$0 check configs/*.yaml', 'every config, all errors at once')
      .example('$0 check configs/mnist.yaml --set model.hidden=50', 'the config as a run would take it')
      .example('make-config.sh | $0 check -', 'a config from standard input'),
  handler: async (options) => check(options),
};

/**
 * Prints one line a valid file, and throws a UserError with the errors of all others:
 * 78 if any config is bad, else that of the first failure, such as 66 for a file that could not be read.
 */
async function check(options: CheckOptions): Promise<void> {
  const [{ assertLoaded, issuesOf, loadEach }, { runName }] = await Promise.all([
    import('../load-configs.ts'),
    import('../../config/hash.ts'),
  ]);
  const loaded = loadEach(options.file, overridesOf(options));
  const verdicts: Verdict[] = [];
  for (const [index, one] of loaded.entries()) {
    const { file } = one;
    let error = one.config === null ? one.error : null;
    let data: string | null = null;
    if (one.config !== null && options.data) {
      const opened = await openData(one.config, file);
      if (opened instanceof UserError) error = opened;
      else data = opened;
    }
    if (error !== null) {
      const issues = issuesOf(error);
      loaded[index] = { file, config: null, error };
      verdicts.push({
        file,
        ok: false,
        run: null,
        data,
        issues,
        error: issues.length > 0 ? null : error.message,
      });
      continue;
    }
    const run = runName(one.config!);
    verdicts.push({ file, ok: true, run, data, issues: [], error: null });
    if (!options.json) {
      process.stdout.write(`ok  ${file}  ${run}\n${data === null ? '' : `    ${data}\n`}`);
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`);
  assertLoaded(loaded);
}

/** Makes the task as a run would; what a run would throw for its data is returned, with the config's file in front. */
async function openData(config: Config, file: string): Promise<string | null | UserError> {
  const [{ createTask }, { seedsOf }, { createPreparation }] = await Promise.all([
    import('../../tasks/task.ts'),
    import('../../config/seeds.ts'),
    import('../terminal/preparation-bar.ts'),
  ]);
  try {
    const seeds = seedsOf(config);
    const preparation = createPreparation(config.name, false);
    const task = await createTask(config.task, { seeds, batchSize: config.training.batch, preparation });
    return task.dataNote;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return new UserError(error.exitCode, `${file}: ${error.message}`, { cause: error });
  }
}
