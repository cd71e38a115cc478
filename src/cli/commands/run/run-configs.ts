import { toYaml } from '../../../config/resolve.ts';
import type { Config } from '../../../config/schema.ts';
import { ExitCode, UserError } from '../../../support/errors.ts';
import { printable } from '../../../support/printable.ts';
import { readMeta } from '../../../training/meta.ts';
import { type RunResult, run } from '../../../training/run.ts';
import { StopRequest } from '../../../training/signals.ts';
import { loadAll } from '../../load-configs.ts';
import { type OverrideOptions, overridesOf } from '../../options.ts';
import { formatRate } from '../../terminal/duration.ts';
import { createPreparation } from '../../terminal/preparation-bar.ts';
import { createProgress } from '../../terminal/progress.ts';
import { formatScores } from '../../terminal/score.ts';

interface Options extends OverrideOptions {
  readonly out: string;
  readonly fresh: boolean;
  readonly untilStep: number | undefined;
  readonly dryRun: boolean;
  readonly failOnDiverged: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/**
 * Runs configs one after the other. All are validated before the first one starts; a run that fails is
 * reported and the next one goes on. Throws UserError with the first failure's exit code.
 */
export async function runConfigs(files: readonly string[], options: Options): Promise<void> {
  const configs = loadAll(files, overridesOf(options));
  if (options.dryRun) {
    process.stdout.write(configs.map(toYaml).join('---\n'));
    return;
  }
  const stopRequest = new StopRequest();
  const failures: UserError[] = [];
  try {
    for (const config of configs) {
      try {
        await runOne(config, options, stopRequest);
      } catch (error) {
        if (!(error instanceof UserError) || stopRequest.exitCode !== null) throw error;
        failures.push(error);
        if (configs.length > 1)
          process.stderr.write(`irnn-run: ${config.name}: ${printable(error.message)}\n`);
      }
    }
  } finally {
    stopRequest.dispose();
  }
  const [first] = failures;
  if (first && configs.length === 1) throw first;
  if (first) throw new UserError(first.exitCode, `${failures.length} of ${configs.length} runs failed`);
}

async function runOne(config: Config, options: Options, stopRequest: StopRequest): Promise<void> {
  const progress = createProgress(config, options.quiet);
  const preparation = createPreparation(config.name, options.quiet);
  const { out: root, fresh, untilStep: until } = options;
  const result = await run(config, { root, fresh, until, progress, preparation, stopRequest });
  if (stopRequest.exitCode !== null && result.outcome === null) {
    throw new UserError(
      stopRequest.exitCode,
      `stopped at a checkpoint; the same command continues ${result.directory}`,
    );
  }
  process.stdout.write(
    options.json ? `${JSON.stringify(toJson(config, result))}\n` : printable(describe(config, result)),
  );
  if (options.failOnDiverged && result.outcome?.status === 'diverged') {
    throw new UserError(ExitCode.diverged, `${config.name} diverged at step ${result.outcome.step}`);
  }
}

function toJson(
  config: Config,
  { directory, outcome, alreadyDone, step, steps, trainingSeconds }: RunResult,
) {
  return {
    name: config.name,
    seed: config.seed,
    directory,
    ...(outcome ?? { status: 'paused', step }),
    data: readMeta(directory)?.data,
    already_done: alreadyDone,
    session: { steps, training_seconds: trainingSeconds },
  };
}

/** The result for a reader: how the run ended, its scores, the constant predictor's, the data they belong to, and where it all is. */
function describe(
  config: Config,
  { directory, outcome, alreadyDone, step, steps, trainingSeconds }: RunResult,
): string {
  if (outcome === null) return `${config.name}: paused at step ${formatCount(step)}\n  ${directory}\n`;
  const { status, metrics, baseline, best, solved_at: solvedAt = step } = outcome;
  const speed = steps === 0 ? '' : `, ${formatRate(steps / trainingSeconds)}`;
  const note = readMeta(directory)?.data_note;
  return [
    `${config.name}: ${alreadyDone ? 'already ' : ''}${status} at step ${formatCount(solvedAt)}${speed}`,
    ...(solvedAt === step ? [] : [`  ended at step ${formatCount(step)}`]),
    `  ${formatScores(metrics)} (a constant prediction scores ${formatScores(baseline)} on test)`,
    ...(best ? [`  best at step ${formatCount(best.step)}: ${formatScores(best.metrics)}`] : []),
    ...(note ? [`  ${note}`] : []),
    `  ${directory}`,
    '',
  ].join('\n');
}

function formatCount(value: number): string {
  return value.toLocaleString('en');
}
