import { readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { loadConfig } from '../config/load.ts';
import { toYaml } from '../config/resolve.ts';
import { packageFile } from '../support/package.ts';
import type { Row } from './paper/rows.ts';
import { type RunConfig, type RunRecord, readConfig, setting } from './run-record.ts';
import { settingsKey } from './run-settings.ts';

const SEEDS = [1, 2, 3];
/** Options that change neither the result nor its name. */
const FLAGS = ['--quiet', '--json', '--fresh', '--fail-on-diverged', '--debug'];

/** The command that made the runs, which differ in their seed alone: what a reader types to get the numbers again. */
export function commandOf(runs: readonly RunRecord[]): string {
  const commands = new Map<string, number[]>();
  for (const run of runs) {
    const command = withoutSeed(run);
    commands.set(command, [...(commands.get(command) ?? []), run.seed]);
  }
  return [...commands].map(([command, seeds]) => forSeeds(command, seeds)).join(' && ');
}

/** The shipped config of a row, and the command that fills its place in the report with it; null if none is shipped. */
export function commandFor(row: Row, prefer: (config: RunConfig) => boolean = () => true): string | null {
  const matching = shippedConfigs().filter(({ config }) => row.matches(config));
  const [chosen] = [...matching.filter(({ config }) => prefer(config)), ...matching];
  return chosen ? forSeeds(`irnn-run ${chosen.file}`, SEEDS) : null;
}

/** The shipped config that `matches`, if there is one. */
export function shippedConfig(matches: (config: RunConfig) => boolean): string | null {
  return shippedConfigs().find(({ config }) => matches(config))?.file ?? null;
}

function forSeeds(command: string, seeds: readonly number[]): string {
  if (seeds.length === 1) return `${command} --seed ${seeds[0]}`;
  return `for seed in ${seeds.join(' ')}; do ${command} --seed $seed; done`;
}

function withoutSeed(run: RunRecord): string {
  const argv = run.meta?.sessions[0]?.argv ?? [];
  // A sweep's own command lines need the sweep's manifest.
  if (argv.length === 0 || argv[0] === 'sweep') return `irnn-run ${configLike(run)}`;
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    const next = argv[i + 1] ?? '';
    if (FLAGS.includes(word) || /^--(out|seed)=/.test(word) || /^--set=seed=/.test(word)) continue;
    if (word === '--out' || word === '--seed' || (word === '--set' && next.startsWith('seed='))) i += 1;
    else words.push(quote(word));
  }
  return ['irnn-run', ...words].join(' ');
}

/** The shipped config with a run's settings, and its steps; else the config in the run's directory. */
function configLike({ config, name }: RunRecord): string {
  const key = settingsKey(config);
  for (const { file } of shippedConfigs()) {
    // As a run directory would have it: without what its task leaves out.
    const whole = parse(toYaml(loadConfig(packageFile(file)))) as RunConfig;
    if (settingsKey(whole) !== key) continue;
    const usual = setting<number>(whole, 'training.steps', 0);
    const steps = setting<number>(config, 'training.steps', usual);
    return steps === usual ? file : `${file} --set training.steps=${steps}`;
  }
  return `${name}/config.yaml`;
}

/** For the shell, and only where it needs it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

let shipped: { file: string; config: RunConfig }[] | undefined;

function shippedConfigs(): { file: string; config: RunConfig }[] {
  shipped ??= readdirSync(packageFile('configs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml') && !file.includes('sweep'))
    .sort()
    .map((file) => ({ file: `configs/${file}`, config: readConfig(packageFile(`configs/${file}`)) }));
  return shipped;
}
