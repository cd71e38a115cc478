import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assignSplits } from '../../../src/data/speech/splits.ts';
import { findTimit, type TimitUtterance } from '../../../src/data/speech/timit.ts';
import { ExitCode } from '../../../src/support/errors.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { labels, riff, smallCorpus, sphere, tone, writeTree } from './corpus-files.ts';

const audio = sphere(tone(1600));
const phn = labels(1600);

function folderOf(files: Readonly<Record<string, Buffer | string>>): string {
  const root = temporaryFolder();
  writeTree(root, files);
  return root;
}

const names = (root: string) =>
  findTimit(root).map(({ part, speaker, name }) => `${part} ${speaker} ${name}`);
const expected = ['train fcjf0 si648', 'train fcjf0 sx37', 'test mdab0 sx49'];

describe('layouts', () => {
  test('as on the disc: upper case, dialect regions, other files, SA sentences', () => {
    const root = folderOf({
      'README.DOC': '',
      'TRAIN/DR1/FCJF0/SX37.WAV': audio,
      'TRAIN/DR1/FCJF0/SX37.PHN': phn,
      'TRAIN/DR1/FCJF0/SX37.TXT': '',
      'TRAIN/DR1/FCJF0/SX37.WRD': '',
      'TRAIN/DR1/FCJF0/SI648.WAV': audio,
      'TRAIN/DR1/FCJF0/SI648.PHN': phn,
      'TRAIN/DR1/FCJF0/SA1.WAV': audio,
      'TRAIN/DR1/FCJF0/SA1.PHN': phn,
      'TRAIN/DR1/FCJF0/SA2.WAV': audio,
      'TRAIN/DR1/FCJF0/SA2.PHN': phn,
      'TEST/DR1/MDAB0/SX49.WAV': audio,
      'TEST/DR1/MDAB0/SX49.PHN': phn,
    });
    expect(names(root)).toEqual(expected);
  });

  test('lower case, nested twice', () => {
    const root = folderOf({
      'timit/timit/train/dr1/fcjf0/sx37.wav': audio,
      'timit/timit/train/dr1/fcjf0/sx37.phn': phn,
      'timit/timit/train/dr1/fcjf0/si648.wav': audio,
      'timit/timit/train/dr1/fcjf0/si648.phn': phn,
      'timit/timit/test/dr1/mdab0/sx49.wav': audio,
      'timit/timit/test/dr1/mdab0/sx49.phn': phn,
    });
    expect(names(root)).toEqual(expected);
  });

  test('with RIFF copies called .WAV.wav beside the originals or alone, no dialect regions, hidden files', () => {
    const root = folderOf({
      'data/TRAIN/FCJF0/SX37.WAV': audio,
      'data/TRAIN/FCJF0/SX37.WAV.wav': riff(tone(1600)),
      'data/TRAIN/FCJF0/SX37.PHN': phn,
      'data/TRAIN/FCJF0/._SX37.WAV': '',
      'data/TRAIN/FCJF0/SI648.WAV.wav': riff(tone(1600)),
      'data/TRAIN/FCJF0/SI648.PHN': phn,
      'data/TEST/MDAB0/SX49.WAV': audio,
      'data/TEST/MDAB0/SX49.PHN': phn,
    });
    expect(names(root)).toEqual(expected);
  });
});

describe('refuses', () => {
  const problem = (root: string) => {
    try {
      return findTimit(root);
    } catch (error) {
      return { ...(error as { exitCode: number }), message: (error as Error).message.replace(root, 'ROOT') };
    }
  };

  test('audio without labels, and labels without audio', () => {
    const files = smallCorpus(2, 2);
    const { 'TRAIN/DR1/T1/SX1.PHN': _, ...withoutLabels } = files;
    const message = 'ROOT/TRAIN/DR1/T1/SX1.WAV: expected a .PHN file beside it, found none';
    expect(problem(folderOf(withoutLabels))).toMatchObject({ exitCode: ExitCode.badData, message });
    const { 'TEST/DR1/E0/SX0.WAV': __, ...withoutAudio } = files;
    expect(problem(folderOf(withoutAudio))).toMatchObject({
      exitCode: ExitCode.badData,
      message: 'ROOT/TEST/DR1/E0/SX0.PHN: expected a .WAV file beside it, found none',
    });
  });

  test('no folder, no TRAIN and TEST, no utterances', () => {
    const missing = { exitCode: ExitCode.missingInput };
    expect(problem('/no/such/folder')).toMatchObject(missing);
    expect(problem(folderOf({ 'TRAIN/A/SX1.WAV': audio, 'TRAIN/A/SX1.PHN': phn }))).toMatchObject(missing);
    const empty = folderOf({ 'TRAIN/A/SX1.WAV': audio, 'TRAIN/A/SX1.PHN': phn, 'TEST/A/notes.txt': '' });
    expect(problem(empty)).toMatchObject({
      ...missing,
      message: expect.stringContaining('ROOT/TEST: expected'),
    });
  });
});

describe('splits', () => {
  const core =
    'mdab0 mwbt0 felc0 mtas1 mwew0 fpas0 mjmp0 mlnt0 fpkt0 mlll0 mtls0 fjlm0 mbpm0 mklt0 fnlp0 mcmj0 mjdh0 fmgd0 mgrt0 mnjm0 fdhc0 mjln0 mpam0 fmld0'.split(
      ' ',
    );
  const dev = ['faks0', 'mreb0', 'mjsw0', 'mroa0'];
  const utterance = (part: 'train' | 'test', speaker: string): TimitUtterance => ({
    part,
    speaker,
    name: 'sx1',
    audio: '',
    labels: '',
  });
  const count = (utterances: readonly { split: string }[]) =>
    ['train', 'valid', 'test'].map((split) => utterances.filter((item) => item.split === split).length);

  test("TIMIT's standard lists: 50 development and 24 core test speakers, the other test speakers left out", async () => {
    const { readFileSync } = await import('node:fs');
    const list = readFileSync('corpora/timit/dev-speakers.txt', 'utf8').trim().split('\n');
    expect(new Set(list).size).toBe(50);
    expect(list).toEqual(expect.arrayContaining(dev));
    const corpus = [
      ...['fcjf0', 'mdac0'].map((speaker) => utterance('train', speaker)),
      ...[...core, ...list, 'zzzz0'].map((speaker) => utterance('test', speaker)),
    ];
    const split = assignSplits(corpus, 'auto');
    expect(count(split)).toEqual([2, 50, 24]);
    expect(split.filter((item) => item.split === 'test').map(({ speaker }) => speaker)).toEqual(core);
    // A copy that lacks one of them would give another test set without a word.
    const incomplete = corpus.filter(({ speaker }) => speaker !== 'mroa0');
    expect(() => assignSplits(incomplete, 'auto')).toThrow(
      expect.objectContaining({ exitCode: ExitCode.badData, message: expect.stringContaining('not mroa0') }),
    );
  });

  const speakers = Array.from({ length: 11 }, (_, i) => `s${10 + i}`);
  const other = [...speakers.map((speaker) => utterance('train', speaker)), utterance('test', 'x')];

  test('of another corpus: every fifth training speaker, or those whose names match', () => {
    const valid = (expression: string) =>
      assignSplits(other, expression).flatMap(({ split, speaker }) => (split === 'valid' ? speaker : []));
    expect(valid('auto')).toEqual(['s14', 's19']);
    expect(valid('[05]$')).toEqual(['s10', 's15', 's20']);
    expect(valid('^S1[12]$')).toEqual(['s11', 's12']);
  });

  test.each(['nobody', 's', 'auto'])('%s, which leaves a split empty, is a config error', (expression) => {
    const corpus = expression === 'auto' ? other.slice(-2) : other;
    expect(() => assignSplits(corpus, expression)).toThrow(
      expect.objectContaining({
        exitCode: ExitCode.badConfig,
        message: expect.stringContaining('valid_speakers'),
      }),
    );
  });
});

test('the result does not depend on the case of names', () => {
  const root = folderOf(smallCorpus(2, 1));
  const before = names(root);
  renameSync(join(root, 'TRAIN'), join(root, 'train'));
  renameSync(join(root, 'train/DR1/T0'), join(root, 'train/DR1/t0'));
  expect(names(root)).toEqual(before);
});
