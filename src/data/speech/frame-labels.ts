import { UNSCORED } from '../../models/batch.ts';
import { frameCentre } from './filter-bank.ts';
import { SEGMENT, type Segments } from './phn.ts';
import type { Targets } from './phones.ts';

/**
 * The class of every frame of an utterance: that of the segment over the frame's centre, or of the equal part of
 * it, where targets cut segments into parts. `UNSCORED` where there is no segment, or its phone has no class.
 */
export function frameLabels(segments: Segments, frames: number, targets: Targets): Int32Array {
  const labels = new Int32Array(frames).fill(UNSCORED);
  let at = 0;
  for (let t = 0; t < frames; t++) {
    const centre = frameCentre(t);
    while (at < segments.length && segments[at + 1]! <= centre) at += SEGMENT;
    if (at >= segments.length) break;
    const [start, end, phone] = segments.subarray(at, at + SEGMENT) as unknown as [number, number, number];
    if (centre < start) continue;
    const part = Math.floor((targets.parts * (centre - start)) / (end - start));
    labels[t] = targets.classOf(phone, part) ?? UNSCORED;
  }
  return labels;
}
