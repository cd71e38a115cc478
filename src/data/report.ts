import { type ExitCode, UserError } from '../support/errors.ts';
import { loadMnist, MNIST_PACKAGE, type MnistFileFacts, originalHashes } from './mnist.ts';

/** The state of a dataset on this machine. */
export interface DatasetReport {
  readonly name: string;
  readonly task: string;
  /** The folder it was found in; null for data that is made, or was not found. */
  readonly folder: string | null;
  readonly sizes: { readonly train: number; readonly test: number } | null;
  readonly files: readonly MnistFileFacts[];
  /** Whether the files are the original ones, bit for bit. */
  readonly original: boolean;
  readonly problem: { readonly exitCode: ExitCode; readonly message: string } | null;
}

/** Everything that installs with the program. */
export function listDatasets(): readonly DatasetReport[] {
  return [synthetic, reportMnist(MNIST_PACKAGE)];
}

/**
 * Looks at one dataset: a name that `listDatasets` knows, or a folder of MNIST files.
 * Throws UserError: 65 when it is bad, 66 when it is missing.
 */
export function verifyDataset(nameOrFolder: string): DatasetReport {
  const report = nameOrFolder === synthetic.name ? synthetic : reportMnist(nameOrFolder);
  if (report.problem) throw new UserError(report.problem.exitCode, report.problem.message);
  return report;
}

const synthetic: DatasetReport = {
  name: 'adding',
  task: 'adding',
  folder: null,
  sizes: null,
  files: [],
  original: true,
  problem: null,
};

function reportMnist(source: string): DatasetReport {
  const common = { name: source, task: 'pixel_mnist' };
  try {
    const { folder, files, train, test } = loadMnist(source);
    return {
      ...common,
      folder,
      sizes: { train: train.count, test: test.count },
      files: Object.values(files),
      original: Object.entries(originalHashes).every(
        ([name, hash]) => files[name as keyof typeof files].sha256 === hash,
      ),
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problem = { exitCode: error.exitCode, message: error.message };
    return { ...common, folder: null, sizes: null, files: [], original: false, problem };
  }
}
