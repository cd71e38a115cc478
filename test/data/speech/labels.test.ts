import { describe, expect, test } from 'vitest';
import { frameCentre } from '../../../src/data/speech/filter-bank.ts';
import { phoneNumbers, phones, targetsOf } from '../../../src/data/speech/phones.ts';
import { frameLabels, parsePhn } from '../../../src/data/speech/segments.ts';
import { UNSCORED } from '../../../src/models/batch.ts';
import { ExitCode, UserError } from '../../../src/support/errors.ts';

describe('.PHN files', () => {
  test('give segments; gaps, blank lines, carriage returns and upper case are fine', () => {
    const text = '0 100 h#\r\n100 300 AA\r\n\r\n320 400 q\r\n';
    const [h, aa, q] = ['h#', 'aa', 'q'].map((name) => phoneNumbers.get(name)!);
    expect([...parsePhn('F', text, 400)]).toEqual([0, 100, h, 100, 300, aa, 320, 400, q]);
  });

  test.each([
    ['-1 100 h#', 1, 'expected times from 0 on'],
    ['0 100 h#\n100 90 aa', 2, 'expected an end that is not before its start'],
    ['0 100 h#\n100 200 aa\n50 90 s', 3, 'in order: the one before starts at 100'],
    ['0 100 h#\n90 200 aa', 2, 'no overlap: the segment before ends at 100'],
    ['0 100 h#\n100 601 aa', 2, "within the audio's 400 samples"],
    ['0 100 h#\n\n100 200 xx', 3, 'expected one of the 61 phones in corpora/timit/phones.61-48-39.map'],
    ['0 100', 1, 'expected "start end phone"'],
    ['0 100.5 h#', 1, 'expected "start end phone"'],
    ['0 100 h# #', 1, 'expected "start end phone"'],
    ['\n', 1, 'expected labels, found none'],
  ])('%j is refused in line %i', (text, line, message) => {
    const error = (() => {
      try {
        return parsePhn('a/b.PHN', text, 400);
      } catch (reason) {
        return reason as UserError;
      }
    })() as UserError;
    expect(error).toBeInstanceOf(UserError);
    expect(error.exitCode).toBe(ExitCode.badData);
    expect(error.message).toContain(`a/b.PHN:${line}: `);
    expect(error.message).toContain(message);
  });

  test('may end half a window after the audio, as no frame has its centre there', () => {
    expect(parsePhn('F', '0 600 h#', 400)).toHaveLength(3);
  });
});

describe('targets', () => {
  test('180 states, 61 phones, 39 folded classes', () => {
    expect(phones).toHaveLength(61);
    expect(targetsOf('states').classes).toHaveLength(180);
    expect(targetsOf('phones').classes).toHaveLength(61);
    expect(targetsOf('folded').classes).toHaveLength(39);
  });

  test('the folding of Lee & Hon', () => {
    const { classes, classOf } = targetsOf('folded');
    const fold = (name: string) => {
      const folded = classOf(phoneNumbers.get(name)!, 0);
      return folded === null ? null : classes[folded];
    };
    const cases = {
      ao: 'aa',
      ax: 'ah',
      'ax-h': 'ah',
      zh: 'sh',
      ix: 'ih',
      el: 'l',
      en: 'n',
      eng: 'ng',
      hv: 'hh',
    };
    for (const [phone, folded] of Object.entries(cases)) expect(fold(phone)).toBe(folded);
    for (const silence of ['h#', 'pau', 'epi', 'bcl', 'kcl', 'tcl']) expect(fold(silence)).toBe('sil');
    expect(fold('q')).toBeNull();
  });

  test('silence: pauses; for the folded classes the closures of stops as well', () => {
    const silent = (set: Parameters<typeof targetsOf>[0]) =>
      targetsOf(set).classes.filter((_, i) => targetsOf(set).silent[i]);
    expect(silent('phones')).toEqual(['epi', 'h#', 'pau']);
    expect(silent('states')).toEqual(
      ['epi', 'h#', 'pau'].flatMap((name) => [1, 2, 3].map((k) => `${name}_${k}`)),
    );
    expect(silent('folded')).toEqual(['sil']);
  });
});

describe('the label of a frame', () => {
  const number = (name: string) => phoneNumbers.get(name)!;
  const named = (segments: number[], frames: number, set: Parameters<typeof targetsOf>[0]) =>
    [...frameLabels(Int32Array.from(segments), frames, targetsOf(set))].map((label) =>
      label === UNSCORED ? null : targetsOf(set).classes[label],
    );

  test('is the segment over its centre: its start belongs to it, its end does not', () => {
    const centre = frameCentre(2);
    const before = [0, centre, number('aa'), centre, 9999, number('s')];
    expect(named(before, 4, 'phones')).toEqual(['aa', 'aa', 's', 's']);
    const after = [0, centre + 1, number('aa'), centre + 1, 9999, number('s')];
    expect(named(after, 4, 'phones')).toEqual(['aa', 'aa', 'aa', 's']);
  });

  test('states are equal thirds', () => {
    const end = frameCentre(5) + 160; // six frames, 160 samples each, from the first centre on
    const segments = [frameCentre(0), end, number('aa')];
    expect(named(segments, 6, 'states')).toEqual(['aa_1', 'aa_1', 'aa_2', 'aa_2', 'aa_3', 'aa_3']);
  });

  test('is none in a gap, before and after the labels, and in q unless phones are asked for', () => {
    const segments = [300, 400, number('aa'), 600, 800, number('q')];
    // Centres: 200, 360, 520, 680, 840.
    expect(named(segments, 5, 'folded')).toEqual([null, 'aa', null, null, null]);
    expect(named(segments, 5, 'phones')).toEqual([null, 'aa', null, 'q', null]);
  });
});
