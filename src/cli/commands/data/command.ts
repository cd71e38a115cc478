import type { CommandModule } from 'yargs';
import type { DatasetReport } from '../../../data/datasets.ts';
import { exportCommand } from './export-command.ts';
import { prepareCommand } from './prepare-command.ts';

interface JsonOption {
  json: boolean;
}

const json = { type: 'boolean', default: false, describe: 'Print JSON.' } as const;

const list: CommandModule<object, JsonOption> = {
  command: 'list',
  describe: 'Show the datasets that are installed',
  builder: (yargs) =>
    yargs.option('json', json).example('$0 data list', 'what installs with the program, and ./data'),
  async handler(args) {
    const { listDatasets } = await import('../../../data/datasets.ts');
    print(await listDatasets(), args.json);
  },
};

const verify: CommandModule<object, JsonOption & { dataset: string | undefined }> = {
  command: 'verify [dataset]',
  describe: 'Check the files of a dataset; without a name, of all installed ones',
  builder: (yargs) =>
    yargs
      .positional('dataset', {
        type: 'string',
        describe:
          'A name from "data list", or a folder of MNIST files, text, speech in TIMIT layout, or a prepared corpus',
      })
      .option('json', json)
      .example('$0 data verify mnist-data', 'sizes and checksums of the original files')
      .example('$0 data verify my-images', 'a folder of your own'),
  async handler(args) {
    const { listDatasets, verifyDataset } = await import('../../../data/datasets.ts');
    const names =
      args.dataset === undefined ? (await listDatasets()).map(({ name }) => name) : [args.dataset];
    print(await Promise.all(names.map(verifyDataset)), args.json);
  },
};

/** `irnn-run data list`, `verify`, `prepare` and `export`. The result goes to stdout; a bad or missing dataset is thrown as UserError. */
export const dataCommand: CommandModule = {
  builder: (yargs) =>
    yargs
      .command(list)
      .command(verify)
      .command(prepareCommand)
      .command(exportCommand)
      .example('$0 data verify', 'every dataset that is installed')
      .demandCommand(1, 'data list, data verify [dataset], data prepare <dataset>, or data export <config>'),
  handler() {},
};

function print(reports: readonly DatasetReport[], asJson: boolean): void {
  const text = asJson ? JSON.stringify(reports, null, 2) : reports.map(describe).join('\n');
  process.stdout.write(`${text}\n`);
}

function describe({ name, folder, summary, files, original, problem }: DatasetReport): string {
  if (problem) return `${name}: problem: ${problem.message}`;
  const kind = original === null ? '' : original ? ', the original files' : ', not the original files';
  return [
    `${name}: ok, ${summary}${kind}`,
    ...(folder === null ? [] : [`  ${folder}`]),
    ...files.map(
      ({ path, bytes, sha256 }) => `  ${sha256}  ${bytes} bytes  ${path.slice(folder!.length + 1)}`,
    ),
  ].join('\n');
}
