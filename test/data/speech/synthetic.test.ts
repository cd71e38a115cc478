import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { frameCount } from '../../../src/data/speech/filter-bank.ts';
import { loadFlite, speak, VOICES } from '../../../src/data/speech/flite.ts';
import { phones } from '../../../src/data/speech/phones.ts';
import { readPrompts } from '../../../src/data/speech/prompts.ts';
import { SEGMENT } from '../../../src/data/speech/segments.ts';
import { syntheticUtterances } from '../../../src/data/speech/synthetic.ts';
import { ExitCode } from '../../../src/support/errors.ts';

const flite = loadFlite();
const say = (voice: (typeof VOICES)[number], stretch = 1, pitch = 1) =>
  speak(flite.module, { text: 'The fox, jumped over', voice, stretch, pitch });

/** Segments as [start, end, name]. */
function parts(segments: Int32Array): [number, number, string][] {
  return Array.from({ length: segments.length / SEGMENT }, (_, i) => {
    const [start, end, phone] = segments.subarray(i * SEGMENT) as unknown as [number, number, number];
    return [start, end, phones[phone]!.name];
  });
}

describe.each(VOICES)('%s', (voice) => {
  const spoken = say(voice);
  const segments = parts(spoken.segments);

  test('says the phones of the words, one after the other, up to the end of the audio', () => {
    expect(spoken.sampleRate).toBe(16_000);
    const said = segments.map(([, , name]) => name).join(' ');
    expect(said).toBe('pau dh ax f aa k s pau jh ah m p t ow v er pau');
    for (const [i, [start, end]] of segments.entries()) {
      expect(start).toBe(i === 0 ? 0 : segments[i - 1]![1]);
      expect(end).toBeGreaterThan(start);
    }
    const last = segments.at(-1)![1];
    expect(last).toBeLessThanOrEqual(spoken.samples.length);
    expect(spoken.samples.length - last).toBeLessThan(1600);
  });

  test('puts the pauses where it is silent', () => {
    const loudness = ([start, end]: [number, number, string]) =>
      spoken.samples.subarray(start, end).reduce((sum, x) => sum + x * x, 0) / (end - start);
    const [fox, pause] = [4, 7].map((i) => loudness(segments[i]!)) as [number, number];
    expect(segments[4]![2]).toBe('aa');
    expect(pause).toBeLessThan(fox / 100);
  });

  test('is the same every time, slower when stretched', () => {
    expect(say(voice)).toEqual(spoken);
    expect(say(voice, 1.2).samples.length / spoken.samples.length).toBeCloseTo(1.2, 0);
  });

  test('is another at another pitch, but for rms, which takes no notice', () => {
    const same = isDeepStrictEqual(say(voice, 1, 1.2).samples, spoken.samples);
    expect(same).toBe(voice === 'rms');
  });
});

describe('prompts', () => {
  const prompts = readPrompts();
  test('are sentences without numbers, abbreviations and other puzzles', () => {
    expect(prompts.length).toBeGreaterThan(7_000);
    expect(new Set(prompts).size).toBe(prompts.length);
    for (const prompt of prompts) expect(prompt).toMatch(/^(?:(?:I|[A-Z]?[a-z]+(?:'[a-z]+)?) ?){4,10}$/);
    expect(prompts).toContain("Caldwell's resignation had been expected for some time");
  });
});

describe('utterances', () => {
  const sentences = Array.from({ length: 200 }, (_, i) => `sentence ${i}`);
  const settings = { train: 90, valid: 40, test: 20, held_out_voice: 'rms' } as const;
  const utterances = syntheticUtterances(settings, sentences);
  const of = (split: string) => utterances.filter((utterance) => utterance.split === split);

  test('say every sentence at most once, in as many utterances as asked for', () => {
    expect(['train', 'valid', 'test'].map((split) => of(split).length)).toEqual([90, 40, 20]);
    expect(new Set(utterances.map(({ prompt }) => prompt.text)).size).toBe(150);
  });

  test('the held-out voice is in validation and test alone', () => {
    const voices = (split: string) => [...new Set(of(split).map(({ prompt }) => prompt.voice))].sort();
    expect(voices('train')).toEqual(['awb', 'kal16', 'slt']);
    expect(voices('valid')).toEqual(['awb', 'kal16', 'rms', 'slt']);
    expect(voices('test')).toEqual(['awb', 'kal16', 'rms', 'slt']);
    const all = syntheticUtterances({ ...settings, held_out_voice: 'none' }, sentences);
    expect(new Set(all.slice(-90).map(({ prompt }) => prompt.voice)).size).toBe(4);
  });

  test('a speaker keeps rate and pitch for ten sentences and one split; others differ', () => {
    const names = [...new Set(utterances.map(({ speaker }) => speaker))];
    const speakers = new Map(
      names.map((name) => [name, utterances.filter(({ speaker }) => speaker === name)]),
    );
    for (const group of speakers.values()) {
      expect(
        new Set(group.map(({ prompt, split }) => `${split} ${prompt.stretch} ${prompt.pitch}`)).size,
      ).toBe(1);
      expect(group.length).toBeLessThanOrEqual(10);
    }
    const manners = [...speakers.values()].map(
      ([first]) => `${first!.prompt.stretch} ${first!.prompt.pitch}`,
    );
    expect(new Set(manners).size).toBe(speakers.size);
  });

  test('more of them for training leaves validation and test as they were', () => {
    const more = syntheticUtterances({ ...settings, train: 100 }, sentences);
    expect(more.slice(0, utterances.length)).toEqual(utterances);
  });

  test('more than there are sentences are a config error', () => {
    expect(() => syntheticUtterances({ ...settings, train: 141 }, sentences)).toThrow(
      expect.objectContaining({
        exitCode: ExitCode.badConfig,
        message: expect.stringContaining('200 sentences'),
      }),
    );
  });
});

test('a short sentence has frames', () => {
  expect(frameCount(say('kal16').samples.length)).toBeGreaterThan(50);
});
