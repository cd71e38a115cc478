import { cellStyles } from './cells.ts';
import { formatHours, formatMinutes, formatSteps, NOTHING } from './format.ts';
import { hasCurrentNumerics } from './paper/coverage.ts';
import { cellOf } from './paper/rows.ts';
import { commandOf } from './rerun.ts';
import { type RunRecord, setting } from './run-record.ts';
import type { Table } from './tables/table.ts';

/** What the sessions of a run were made with. */
function codeOf(run: RunRecord): string[] {
  return (run.meta?.sessions ?? []).map(
    ({ git, irnn_run }) => git?.commit.slice(0, 12) ?? `release ${irnn_run}`,
  );
}

function hardwareOf(run: RunRecord): string[] {
  const precision = setting<string>(run.config, 'training.precision', 'float32');
  const products = precision === 'float32' ? '' : ` ${precision}`;
  return (run.meta?.sessions ?? []).map(
    ({ cpu, engine }) => `${cpu}, ${engine.engine} ${engine.instructionSet}${products}`,
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
  const unversioned = runs.filter(({ meta }) => meta !== null && meta.engine.numerics === undefined);
  const outdated = runs.filter((run) => run.meta?.engine.numerics !== undefined && !hasCurrentNumerics(run));
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
    ...(unversioned.length > 0
      ? [
          `Published before numerics versions, so that they do not verify: ${names(unversioned)}. They stand in for runs that do until these are there.`,
        ]
      : []),
    ...(outdated.length > 0 ? [`Of another numerics version than this program’s: ${names(outdated)}.`] : []),
    ...(open.length > 0
      ? [`Not over yet: ${names(open)}; left out of means where other seeds are over.`]
      : []),
  ];
}

function verifies(run: RunRecord): string {
  if (run.meta?.engine.numerics === undefined) return 'no, published before numerics versions';
  return hasCurrentNumerics(run) ? 'yes' : `no, numerics version ${run.meta.engine.numerics}`;
}

/** Every run that a report knows, with what made it. */
export function provenanceTable(runs: readonly RunRecord[]): Table {
  return {
    id: 'runs',
    title: 'The runs',
    notes: [
      'Core-hours: CPU time of the run’s process; of older runs not counted. Minutes: wall clock, with whatever else ran. Verifies: made with the numerics version that this program has for that engine and instruction set.',
    ],
    main: ['run', 'cell', 'status', 'steps', 'core-hours'],
    sortable: { run: 'run', cell: 'cell', status: 'status', steps: 'steps', 'core-hours': 'cpu_seconds' },
    columns: [
      'run',
      'cell',
      'status',
      'steps',
      'core-hours',
      'minutes',
      'verifies',
      'code',
      'Node',
      'hardware',
      'started',
      'command',
    ],
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
          run.cpuSeconds === null ? NOTHING : formatHours(run.cpuSeconds),
          minutes,
          verifies(run),
          code,
          session?.node ?? NOTHING,
          hardware,
          started,
          `\`${commandOf([run])}\``,
        ],
        record: {
          run: run.name,
          cell,
          seed: run.seed,
          status: run.status,
          steps: run.lastStep,
          seconds: run.seconds,
          cpu_seconds: run.cpuSeconds,
          numerics: run.meta?.engine.numerics ?? null,
          verifies: verifies(run),
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
