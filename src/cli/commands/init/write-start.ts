import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseConfig } from '../../../config/load.ts';
import type { TaskConfig } from '../../../config/schema.ts';
import { judgedBy } from '../../../config/tasks.ts';
import { safeName } from '../../../config/values.ts';
import { ExitCode, UserError } from '../../../support/errors.ts';
import { packageFile } from '../../../support/package.ts';
import { fromHere, schemaLine } from '../../program-files.ts';

/**
 * Writes a config and a sweep over it into the working folder, and says what to do with them. It asks nothing.
 * Throws UserError: 64 for a name that no run can have, 73 if one of the files is there already or cannot be written.
 */
export function writeStart(name: string, task: TaskConfig['name']): string {
  const bare = name.replace(/\.ya?ml$/, '');
  const parsed = safeName.safeParse(bare);
  if (!parsed.success) throw new UserError(ExitCode.usage, `${name}: ${parsed.error.issues[0]!.message}`);
  const [file, sweepFile] = [`${bare}.yaml`, `${bare}-sweep.yaml`];
  const text = template(`${task}.yaml`, { NAME: bare });
  const { learning_rate: rate } = parseConfig(text, file).training;
  const sweep = template('sweep.yaml', {
    NAME: `${bare}-rates`,
    FILE: sweepFile,
    BASE: file,
    RATES: `[${[rate / 3, rate, rate * 3].map((value) => Number(value.toPrecision(1))).join(', ')}]`,
    METRIC: `valid_${judgedBy(task).name}`,
  });
  for (const path of [file, sweepFile]) {
    if (existsSync(path)) {
      throw new UserError(
        ExitCode.cannotCreate,
        `${path} is there already; choose another name: irnn-run init NAME`,
      );
    }
  }
  write(file, `${schemaLine('config')}${text}`);
  write(sweepFile, `${schemaLine('sweep')}${sweep}`);
  return [
    `${file}: a config; irnn-run ${file} runs it`,
    `${sweepFile}: a sweep over it; irnn-run sweep ${sweepFile} --dry-run says what it costs`,
    `Every key: ${fromHere('docs/config.md') ?? packageFile('docs/config.md')}; irnn-run schema for editors\n`,
  ].join('\n');
}

function template(name: string, values: Readonly<Record<string, string>>): string {
  const text = readFileSync(packageFile(`assets/init/${name}`), 'utf8');
  return text.replace(/\b[A-Z]{4,}\b/g, (word) => values[word] ?? word);
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new UserError(ExitCode.cannotCreate, `${path}: cannot write it (${(error as Error).message})`, {
      cause: error,
    });
  }
}
