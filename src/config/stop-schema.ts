import { z } from 'zod';
import { taskNames, watchable } from './tasks.ts';
import { count, MANY } from './values.ts';

/** When a run ends early: because it is solved, or because it no longer improves. */
export const stopSchema = z.strictObject({
  metric: z
    .string()
    .regex(/^valid_/, { error: 'a run may stop on a validation metric only (valid_...)' })
    .meta({
      description: namesByTask(),
      examples: [...new Set(taskNames.flatMap((name) => watchable(name)))],
    }),
  below: z.number().optional().describe('Solved when the metric is under this. Or give "above".'),
  above: z.number().optional().describe('Solved when the metric is over this. Or give "below".'),
  evaluations: count.default(1).describe('How many evaluations in a row have to be under, or over.'),
  extra_steps: z
    .int()
    .min(0)
    .max(MANY)
    .default(0)
    .describe('Steps that a solved run still makes, so that its curve shows what comes after.'),
  patience: count
    .nullable()
    .default(null)
    .describe(
      'Stop early after this many evaluations in a row without a new best of the metric; the best checkpoint is kept. Null for never.',
    ),
});

/** `valid_mse for adding; valid_accuracy or valid_loss for pixel_mnist; ...`. */
function namesByTask(): string {
  return `${taskNames.map((name) => `${watchable(name).join(' or ')} for ${name}`).join('; ')}. Accuracies and errors are fractions of 1.`;
}
