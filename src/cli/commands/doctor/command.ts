import type { Argv, CommandModule } from 'yargs';

interface DoctorArguments {
  json: boolean;
}

export const doctorCommand: CommandModule<object, DoctorArguments> = {
  builder: (yargs) =>
    yargs
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example('$0 doctor', 'a line for each engine, instruction set and dataset') as Argv<DoctorArguments>,
  handler: async ({ json }) => {
    const { examine, formatFindings } = await import('./examine.ts');
    const findings = await examine();
    process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : formatFindings(findings));
  },
};
