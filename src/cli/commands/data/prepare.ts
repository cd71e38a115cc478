import { existsSync, statSync } from 'node:fs';
import { configSchema } from '../../../config/schema.ts';
import { loadSpeech } from '../../../data/speech/corpus.ts';
import { folderSource } from '../../../data/text/folder.ts';
import { lm1bSource } from '../../../data/text/lm1b.ts';
import { prepareCorpus } from '../../../data/text/prepare.ts';
import { cacheFolder } from '../../../support/cache.ts';
import { ExitCode, UserError } from '../../../support/errors.ts';
import {
  corpusFacts,
  describeCorpus,
  type TextKeys,
  textSettings,
} from '../../../tasks/language-model/task.ts';
import { createPreparation, formatBytes } from '../../terminal/preparation-bar.ts';

interface Options {
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Prepares a text and says what came out, with the keys of a config that uses it. Throws UserError as prepareCorpus does. */
export async function prepareDataset(
  dataset: 'lm1b' | 'text',
  from: string,
  to: string,
  keys: TextKeys,
  { fresh, quiet, json }: Options & { readonly fresh: boolean },
): Promise<void> {
  const task = parseKeys(to, keys);
  const source = dataset === 'lm1b' ? lm1bSource(from) : folderSource(existingFolder(from));
  const progress = createPreparation(dataset, quiet, formatBytes);
  const corpus = await prepareCorpus(source, to, textSettings(task), { fresh, progress });
  const { vocabulary, lower_case, unknown, markers } = task;
  const { top, min_count } = vocabulary;
  const section = `{ name: language_model, data: ${to}, vocabulary: { top: ${top}, min_count: ${min_count} }, lower_case: ${lower_case}, unknown: ${JSON.stringify(unknown)}, markers: ${markers} }`;
  process.stdout.write(
    json
      ? `${JSON.stringify({ folder: to, ...corpusFacts(corpus), task })}\n`
      : `${to}: ${describeCorpus(corpus)}\n  task: ${section}\n`,
  );
}

/** Judges the options by the rules of the config's keys. */
function parseKeys(data: string, keys: TextKeys) {
  const schema = configSchema.shape.task;
  const parsed = schema.safeParse({ name: 'language_model', data, ...keys });
  if (parsed.success && parsed.data.name === 'language_model') return parsed.data;
  const [issue] = parsed.error!.issues;
  const option =
    issue!.path.at(-1) === undefined ? '' : `--${String(issue!.path.at(-1)).replace('_', '-')}: `;
  throw new UserError(ExitCode.usage, `${option}${issue!.message}`);
}

function existingFolder(path: string): string {
  if (!existsSync(path)) throw new UserError(ExitCode.missingInput, `${path}: no such folder`);
  if (statSync(path).isDirectory()) return path;
  throw new UserError(ExitCode.missingInput, `${path}: expected a folder of train, valid and test files`);
}

/** Computes and caches the filter banks of a corpus, or of the default synthetic speech. Throws UserError as `loadSpeech` does. */
export async function prepareSpeech(from: string | undefined, { quiet, json }: Options): Promise<void> {
  const task = configSchema.shape.task.safeParse({
    name: 'phone_frames',
    ...(from !== undefined && { data: from }),
  });
  if (!task.success || task.data.name !== 'phone_frames') {
    throw new UserError(ExitCode.usage, `--from: ${task.error!.issues[0]!.message}`);
  }
  const { utterances, cached } = await loadSpeech(task.data, createPreparation('speech', quiet));
  const frames = utterances.reduce((sum, utterance) => sum + utterance.frames, 0);
  const file = `${cacheFolder()}/${cached}`;
  process.stdout.write(
    json
      ? `${JSON.stringify({ data: task.data.data, utterances: utterances.length, frames, file })}\n`
      : `${task.data.data}: ready, ${utterances.length} utterances of ${frames} frames\n  ${file}\n`,
  );
}
