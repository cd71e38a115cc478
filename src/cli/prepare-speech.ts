import { configSchema } from '../config/schema.ts';
import { loadSpeech } from '../data/speech/corpus.ts';
import { cacheFolder } from '../support/cache.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import { createPreparation } from './terminal/preparation-bar.ts';

interface Options {
  readonly quiet: boolean;
  readonly json: boolean;
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
