import type { z } from 'zod';
import { configSchema, type ModelConfig } from '../../src/config/schema.ts';

/** The `model` section of a config, with the defaults of what isn't given. */
export function modelConfig<T extends ModelConfig['type']>(
  section: Extract<z.input<typeof configSchema>['model'], { type: T }>,
): Extract<ModelConfig, { type: T }> {
  return configSchema.shape.model.parse(section) as Extract<ModelConfig, { type: T }>;
}
