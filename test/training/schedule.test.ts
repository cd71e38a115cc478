import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/schema.ts';
import { learningRateAt } from '../../src/training/schedule.ts';

function rateAt(schedule: Config['training']['schedule'], step: number): number {
  return learningRateAt({ learning_rate: 0.1, steps: 110, schedule } as Config['training'], step);
}

describe('learning rate', () => {
  it('is constant by default', () => {
    expect(rateAt({ type: 'constant', warmup: 0 }, 0)).toBe(0.1);
    expect(rateAt({ type: 'constant', warmup: 0 }, 109)).toBe(0.1);
  });

  it('falls in steps', () => {
    const schedule = { type: 'step', warmup: 0, every: 10, factor: 0.5 } as const;
    expect(rateAt(schedule, 9)).toBe(0.1);
    expect(rateAt(schedule, 10)).toBe(0.05);
    expect(rateAt(schedule, 25)).toBe(0.025);
  });

  it('warms up linearly and then follows a cosine to its floor', () => {
    const schedule = { type: 'cosine', warmup: 10, floor: 0.02 } as const;
    expect(rateAt(schedule, 0)).toBeCloseTo(0.01);
    expect(rateAt(schedule, 9)).toBeCloseTo(0.1);
    expect(rateAt(schedule, 10)).toBeCloseTo(0.1);
    expect(rateAt(schedule, 60)).toBeCloseTo(0.06);
    expect(rateAt(schedule, 110)).toBeCloseTo(0.02);
  });
});
