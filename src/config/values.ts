/** Kinds of values that configs are made of. */
import { z } from 'zod';

/** Bounds of real numbers: far inside float32, so that no value becomes 0 or infinite in an engine. */
const TINY = 1e-30;
const HUGE = 1e30;
/** Bound of counts: more steps than anyone can wait for. */
export const MANY = 1e12;

/** A name that is safe as part of a path on every file system, whatever ending it gets. */
export const safeName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
    error:
      'a name starts with a letter or digit and holds up to 100 letters, digits, dots, dashes and underscores',
  })
  .refine((name) => !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name), {
    error: 'a device of Windows has this name, and no file may; choose another',
  });
export const path = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,4096}$/u, { error: 'expected a path: text on one line' });
export const count = z.int().min(1).max(MANY);
export const size = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);
export const positive = z.number().min(TINY).max(HUGE);
export const std = z.number().min(0).max(HUGE);
export const real = z.number().min(-HUGE).max(HUGE);
export const fraction = z.number().min(0).lt(1);
export const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
