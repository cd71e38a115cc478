import type { Batch } from '../../models/batch.ts';
import type { Device } from './device.ts';
import type { Extent } from './recurrence.ts';

/** Puts a batch's lengths on the device. */
export function extentOf(
  device: Device,
  { steps: T, size: B, lengths }: Pick<Batch, 'steps' | 'size' | 'lengths'>,
): Extent {
  if (lengths === null || lengths.every((length) => length === T)) return { T, B, uneven: null };
  const own = lengths.slice();
  const within = new Uint8Array(T * B);
  for (let t = 0; t < T; t++) for (let b = 0; b < B; b++) within[t * B + b] = Number(t < own[b]!);
  const last = Int32Array.from({ length: 2 * B }, (_, i) =>
    i % 2 === 0 ? Math.max(0, own[i >> 1]! - 1) : i >> 1,
  );
  return {
    T,
    B,
    uneven: {
      lengths_B: device.integers(
        own.map((length) => Math.max(1, length)),
        [B],
      ),
      within_TB1: device.booleans(within, [T, B, 1]),
      present_B1: device.booleans(
        Uint8Array.from(own, (length) => Number(length > 0)),
        [B, 1],
      ),
      last_B2: device.integers(last, [B, 2]),
    },
  };
}
