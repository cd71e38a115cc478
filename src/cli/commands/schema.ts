import type { CommandModule } from 'yargs';

interface SchemaOptions {
  out: string | undefined;
  sweep: boolean;
}

export const schemaCommand: CommandModule<object, SchemaOptions> = {
  builder: (yargs) =>
    yargs
      .option('sweep', { type: 'boolean', default: false, describe: 'The schema of sweep files' })
      .option('out', { type: 'string', nargs: 1, describe: 'Write it to this file instead' })
      .example('$0 schema --out config.schema.json', 'refresh the file that configs/*.yaml point to')
      .example('$0 schema --sweep --out sweep.schema.json', 'and the one for configs/sweeps/*.yaml'),
  handler: async (options) => printSchema(options),
};

/** Prints or writes the schema. Throws UserError (73) when the file cannot be written. */
async function printSchema({ out, sweep }: SchemaOptions): Promise<void> {
  const { configFileSchema, schemaText } = await import('../../config/json-schema.ts');
  const text = schemaText(
    sweep ? (await import('../../sweeps/schema.ts')).sweepJsonSchema() : configFileSchema(),
  );
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  const [{ writeFile }, { ExitCode, UserError }] = await Promise.all([
    import('node:fs/promises'),
    import('../../support/errors.ts'),
  ]);
  try {
    await writeFile(out, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(ExitCode.cannotCreate, `${out}: cannot write it (${reason})`, { cause: error });
  }
}
