import type { Config } from '../config/schema.ts';

/** The learning rate of update number `step` (0-based): the base rate under its schedule and warm-up. */
export function learningRateAt(training: Config['training'], step: number): number {
  const { schedule, learning_rate: rate, steps } = training;
  if (step < schedule.warmup) return (rate * (step + 1)) / schedule.warmup;
  switch (schedule.type) {
    case 'constant':
      return rate;
    case 'step':
      return rate * schedule.factor ** Math.floor(step / schedule.every);
    case 'cosine': {
      const progress = (step - schedule.warmup) / Math.max(1, steps - schedule.warmup);
      return schedule.floor + (rate - schedule.floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
    }
  }
}
