import { cellOf } from './benchmarks.ts';
import { cellStyles } from './cells.ts';
import { commandOf } from './commands.ts';
import { formatMinutes, formatSteps, NOTHING } from './format.ts';
import { type RunRecord, setting } from './run-record.ts';
import type { Table } from './tables/table.ts';

/** What the sessions of a run were made with. */
function codeOf(run: RunRecord): string[] {
  return (run.meta?.sessions ?? []).map(
    ({ git, irnn_run }) => git?.commit.slice(0, 12) ?? `release ${irnn_run}`,
  );
}

function hardwareOf(run: RunRecord): string[] {
  return (run.meta?.sessions ?? []).map(
    ({ cpu, engine }) => `${cpu}, ${engine.engine} ${engine.instructionSet}`,
  );
}

function isDirty(run: RunRecord): boolean {
  return (run.meta?.sessions ?? []).some(({ git }) => git?.dirty === true);
}

/** Mixed hardware, uncommitted code, missing facts, runs that are not over. */
export function flagsOf(runs: readonly RunRecord[]): string[] {
  const names = (some: readonly RunRecord[]) => some.map(({ name }) => name).join(', ');
  const hardware = [...new Set(runs.flatMap(hardwareOf))].sort();
  const dirty = runs.filter(isDirty);
  const unknown = runs.filter(({ meta }) => meta === null);
  const moved = runs.filter((run) => new Set(codeOf(run)).size > 1);
  const open = runs.filter(({ outcome }) => outcome === null);
  return [
    ...(hardware.length > 1
      ? [
          `Mixed hardware: these runs were made on ${hardware.length} kinds (${hardware.join('; ')}). Compare minutes with care.`,
        ]
      : []),
    ...(dirty.length > 0
      ? [`Uncommitted changes: the code of ${names(dirty)} differed from its git commit.`]
      : []),
    ...(moved.length > 0 ? [`Continued with other code: ${names(moved)}.`] : []),
    ...(unknown.length > 0 ? [`No meta.json: ${names(unknown)}.`] : []),
    ...(open.length > 0
      ? [`Not over yet: ${names(open)}; left out of means where other seeds are over.`]
      : []),
  ];
}

/** Every run that a report knows, with what made it. */
export function provenanceTable(runs: readonly RunRecord[]): Table {
  return {
    id: 'runs',
    title: 'The runs',
    notes: [],
    columns: ['run', 'cell', 'status', 'steps', 'minutes', 'code', 'Node', 'hardware', 'started', 'command'],
    rows: runs.map((run) => {
      const session = run.meta?.sessions[0];
      const cell = cellOf(run.config);
      const code = [...new Set(codeOf(run))].join(', ') + (isDirty(run) ? ' (modified)' : '');
      const hardware = [...new Set(hardwareOf(run))].join('; ');
      const started = session?.started.slice(0, 10) ?? NOTHING;
      const minutes = run.seconds === null ? NOTHING : formatMinutes(run.seconds);
      return {
        cells: [
          run.name,
          cell ? cellStyles[cell].label : setting<string>(run.config, 'model.type', NOTHING),
          run.status,
          formatSteps(run.lastStep),
          minutes,
          code,
          session?.node ?? NOTHING,
          hardware,
          started,
          `\`${commandOf([run])}\``,
        ],
        record: {
          run: run.name,
          seed: run.seed,
          status: run.status,
          steps: run.lastStep,
          seconds: run.seconds,
          code,
          node: session?.node ?? null,
          hardware,
          started,
          command: commandOf([run]),
        },
      };
    }),
  };
}
