import { UNSCORED } from '../../models/batch.ts';
import { ExitCode, UserError } from '../../support/errors.ts';
import { frameCentre } from './filter-bank.ts';
import { PHONE_MAP_FILE, phoneNumbers, type Targets } from './phones.ts';

/** Labelled stretches of an utterance, in order: start, end (in samples, the end not included) and phone of each. */
export type Segments = Int32Array;

/** Numbers a segment takes. */
export const SEGMENT = 3;

/**
 * Labels may run this far past the audio, in samples at 16 kHz: half of a frame's window. No frame has its centre
 * there, and more than that is a sign of audio and labels that do not belong together.
 */
const SLACK = 200;

/**
 * Parses the text of a .PHN file: a line `start end phone` for each segment, in samples.
 * Throws UserError (65) naming file and line for a line of another form, an unknown phone, and segments that
 * run backwards, overlap, are out of order, or end beyond the audio of `samples` samples.
 */
export function parsePhn(file: string, text: string, samples: number): Segments {
  const segments: number[] = [];
  let previousStart = 0;
  let previousEnd = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const bad = (problem: string) =>
      new UserError(
        ExitCode.badData,
        `${file}:${index + 1}: ${problem}, found "${line.trim().slice(0, 60)}"`,
      );
    const match = /^\s*(-?\d+)\s+(-?\d+)\s+(\S+)\s*$/.exec(line);
    if (!match) throw bad('expected "start end phone", times in samples');
    const [start, end] = [Number(match[1]), Number(match[2])];
    const phone = phoneNumbers.get(match[3]!.toLowerCase());
    if (start < 0) throw bad('expected times from 0 on');
    if (end < start) throw bad('expected an end that is not before its start');
    if (start < previousStart)
      throw bad(`expected segments in order: the one before starts at ${previousStart}`);
    if (start < previousEnd) throw bad(`expected no overlap: the segment before ends at ${previousEnd}`);
    if (end > samples + SLACK) throw bad(`expected an end within the audio's ${samples} samples`);
    if (phone === undefined)
      throw bad(`expected one of the ${phoneNumbers.size} phones in ${PHONE_MAP_FILE}`);
    segments.push(start, end, phone);
    previousStart = start;
    previousEnd = end;
  }
  if (segments.length === 0) throw new UserError(ExitCode.badData, `${file}:1: expected labels, found none`);
  return Int32Array.from(segments);
}

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
