import type { CommandModule } from 'yargs';
import {
  type EngineName,
  engineNames,
  enginesWith,
  instructionSets,
  takesKey,
} from '../../config/engines.ts';
import { ExitCode, UserError } from '../../support/errors.ts';

interface BenchOptions {
  workload: string[];
  seconds: number;
  json: boolean;
  engine: EngineName;
  'instruction-set': 'auto' | (typeof instructionSets)[number];
  threads: number;
}

export const benchCommand: CommandModule<object, BenchOptions> = {
  builder: (yargs) =>
    yargs
      .option('workload', {
        type: 'string',
        array: true,
        default: [],
        describe: 'Only this workload (repeatable)',
      })
      .option('seconds', { type: 'number', default: 2, describe: 'Time spent on each workload' })
      .option('engine', {
        choices: engineNames,
        default: 'native' as const,
        describe: 'Engine to measure',
      })
      .option('instruction-set', {
        choices: ['auto', ...instructionSets] as const,
        default: 'auto' as const,
        describe: 'Kernels of the native engine',
      })
      .option('threads', { type: 'number', default: 1, describe: 'Threads that share a step' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the report as JSON' })
      .example('$0 bench --workload irnn-mnist', 'one workload')
      .example('taskset -c 1 $0 bench --seconds 5', 'pinned to one core, for steadier figures'),
  handler: async (options) => {
    const { bench, describeReport } = await import('../../bench/format.ts');
    const { formatTable } = await import('../terminal/table.ts');
    if (!(options.seconds > 0)) throw new UserError(ExitCode.usage, '--seconds must be greater than 0');
    if (!(Number.isInteger(options.threads) && options.threads >= 1 && options.threads <= 64)) {
      throw new UserError(ExitCode.usage, '--threads must be a whole number from 1 to 64');
    }
    const settings = { instruction_set: options['instruction-set'], threads: options.threads };
    for (const [key, idle] of [
      ['instruction_set', 'auto'],
      ['threads', 1],
    ] as const) {
      if (settings[key] === idle || takesKey(options.engine, key)) continue;
      throw new UserError(
        ExitCode.usage,
        `--${key.replace('_', '-')} means nothing for ${options.engine}; it is for ${enginesWith(key).join(', ')}`,
      );
    }
    const report = await bench({
      engine: options.engine,
      workloads: options.workload,
      seconds: options.seconds,
      settings,
      onResult: (result) => process.stderr.write(`${result.name} measured\n`),
    });
    const { title, header, rows } = describeReport(report);
    const text = options.json
      ? JSON.stringify(report, null, 2)
      : `${title}\n${formatTable(header, rows)}`.trimEnd();
    process.stdout.write(`${text}\n`);
  },
};
