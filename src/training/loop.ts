import type { Config } from '../config/schema.ts';
import { validationLoss } from '../config/tasks.ts';
import { bestMetric, betterOf } from './best.ts';
import { evaluate } from './evaluate.ts';
import type { Journal, RunInProgress } from './journal.ts';
import type { FinalStatus, Outcome } from './run-directory.ts';
import { learningRateAt } from './schedule.ts';
import type { Breather } from './signals.ts';
import type { LoopState } from './state.ts';
import { judge, stops } from './stop-rule.ts';

interface Training extends RunInProgress {
  readonly journal: Journal;
  readonly breather: Breather;
  /** Updates after which the run is left at a checkpoint, to be continued another time; Infinity for none. */
  readonly until: number;
}

/**
 * Trains from wherever `state` is until the run ends or the process is asked to stop. Everything that happens
 * at a step depends on the state alone, never on the clock or on where a session began: so a run that was
 * stopped and continued any number of times leaves the same bytes as one that was not.
 * Returns null when stopped or paused at `until`; a checkpoint has then been saved.
 */
export async function train(run: Training): Promise<Outcome | null> {
  const { config, task, trainer, state, journal, progress, breather, until } = run;
  const metric = bestMetric(config);
  for (;;) {
    if (await breather.shouldStop()) return journal.saveAndLeave(run);

    if (evaluationDue(config, state)) {
      state.interval.settle();
      journal.lap('training');
      // A longer run has no row here: the checkpoint that it would continue from is of before the row.
      if (!isOnGrid(config, state)) journal.checkpoint(run);
      const scores = await score(run);
      if (scores === null) return journal.saveAndLeave(run);
      const { best } = state;
      state.lastRow = journal.row(run, scores);
      state.ruling = judge(config.stop, state.ruling, state.lastRow);
      state.best = metric === null ? null : betterOf(metric, best, state.lastRow);
      if (state.best !== best) journal.checkpoint(run);
    }

    const status = endOf(run);
    if (status !== null) return journal.finish(run, status);
    if (state.step >= until) return journal.saveAndLeave(run);
    if (checkpointDue(config, state)) journal.checkpoint(run);

    const batch = task.batch('train', state.step);
    const result = trainer.step(batch, learningRateAt(config.training, state.step));
    state.step += 1;
    state.skips.add(result);
    state.interval.add(result);
    progress.step(state.step, result);
  }
}

function evaluationDue(config: Config, state: LoopState): boolean {
  if (state.lastRow?.step === state.step) return false;
  return isOnGrid(config, state) || state.step >= config.training.steps || isDead(config, state);
}

function checkpointDue({ checkpoint: { every, keep_every } }: Config, { step }: LoopState): boolean {
  return step > 0 && (step % every === 0 || (keep_every !== null && step % keep_every === 0));
}

function isOnGrid({ evaluate }: Config, { step }: LoopState): boolean {
  return step % evaluate.every === 0;
}

/** Float32 overflow, once every gradient is affected, does not heal: such a run is recorded as diverged. */
function isDead(config: Config, state: LoopState): boolean {
  return state.skips.reaches(config.training.max_skipped);
}

function endOf({ config, state }: Training): FinalStatus | null {
  if (isDead(config, state)) return 'diverged';
  const early = state.lastRow !== null && stops(config.stop, state.ruling, state.lastRow.step!);
  if (!early && state.step < config.training.steps) return null;
  // The loss alone: a share of nothing, such as errors in a split without speech, is not finite either.
  if (!Number.isFinite(state.lastRow![validationLoss(config.task)])) return 'diverged';
  if (state.ruling.solvedAt !== null) return 'solved';
  return early ? 'stopped early' : 'finished';
}

/** Validation chooses and stops; the test split is scored beside it, for the report alone. */
async function score({ task, trainer, state, breather }: Training) {
  const valid = await evaluate(trainer, task, 'valid', breather);
  const test = valid && (await evaluate(trainer, task, 'test', breather));
  if (!valid || !test) return null;
  return {
    live_units: trainer.liveUnits(task.batch('train', state.step)),
    ...withPrefix('valid_', valid),
    ...withPrefix('test_', test),
  };
}

function withPrefix(prefix: string, metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [prefix + name, value]));
}
