import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '../config/suggest.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type { Inspection } from './dataset.ts';
import { loadMnist, MNIST_PACKAGE, originalHashes } from './mnist.ts';
import { SYNTHETIC } from './speech/corpus.ts';
import { inspectSynthetic, inspectTimit } from './speech/inspect.ts';
import { hasTimitLayout } from './speech/timit.ts';
import { BROWN } from './text/brown.ts';
import { isTextFolder } from './text/folder.ts';
import { inspectPrepared, inspectText } from './text/inspect.ts';
import { isPrepared } from './text/prepared.ts';

/** The state of a dataset on this machine. */
export interface DatasetReport extends Inspection {
  readonly name: string;
  readonly problem: { readonly exitCode: ExitCode; readonly message: string } | null;
}

/** Where prepared corpora are put unless the user says otherwise. */
const PREPARED_ROOT = 'data';

/** Everything that installs with the program, and the prepared corpora under ./data; of these only sizes are checked. */
export async function listDatasets(): Promise<readonly DatasetReport[]> {
  return Promise.all([...installed, ...preparedCorpora()].map((name) => report(name, false)));
}

/**
 * Looks at one dataset: a name that `listDatasets` knows, or a folder of MNIST files, of text, of speech in TIMIT layout, or
 * of a prepared corpus.
 * Throws UserError: 65 when it is bad, 66 when it is missing.
 */
export async function verifyDataset(nameOrFolder: string): Promise<DatasetReport> {
  const found = await report(nameOrFolder, true);
  if (found.problem) throw new UserError(found.problem.exitCode, found.problem.message);
  return found;
}

const ADDING = 'adding';
const installed = [ADDING, MNIST_PACKAGE, BROWN, SYNTHETIC];

function preparedCorpora(): string[] {
  if (!existsSync(PREPARED_ROOT)) return [];
  return readdirSync(PREPARED_ROOT)
    .map((name) => join(PREPARED_ROOT, name))
    .filter(isPrepared);
}

async function report(name: string, thorough: boolean): Promise<DatasetReport> {
  try {
    return { name, ...(await inspect(name, thorough)), problem: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problem = { exitCode: error.exitCode, message: error.message };
    return { name, task: 'unknown', folder: null, summary: '', files: [], original: null, problem };
  }
}

async function inspect(name: string, thorough: boolean): Promise<Inspection> {
  if (name === ADDING) return adding;
  if (name === SYNTHETIC) return inspectSynthetic();
  if (name === BROWN) return inspectText(name);
  const found = statSync(name, { throwIfNoEntry: false });
  if (found === undefined && name !== MNIST_PACKAGE) {
    const hint = didYouMean(name, installed) ?? `names: ${installed.join(', ')}`;
    throw new UserError(ExitCode.missingInput, `${name}: no such dataset or folder; ${hint}`);
  }
  if (found?.isDirectory()) {
    if (isPrepared(name)) return inspectPrepared(name, thorough);
    if (hasTimitLayout(name)) return inspectTimit(name);
    if (isTextFolder(name)) return inspectText(name);
  }
  return inspectMnist(name);
}

const adding: Inspection = {
  task: 'adding',
  folder: null,
  summary: "made by the program from the run's seed",
  files: [],
  original: null,
};

function inspectMnist(source: string): Inspection {
  const { folder, files, train, test } = loadMnist(source);
  return {
    task: 'pixel_mnist',
    folder,
    summary: `${train.count} training and ${test.count} test images`,
    files: Object.values(files),
    original: Object.entries(originalHashes).every(
      ([name, hash]) => files[name as keyof typeof files].sha256 === hash,
    ),
  };
}
