import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { irnnRun, writeConfig } from '../cli/harness.ts';
import { folderWith, randomText } from '../data/text/text-files.ts';
import { BASE, writeSweep } from '../sweeps/example.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { corpusKinds, filesIn } from './corpus-kinds.ts';
import { type Finished, onlyRun, startWith } from './program.ts';

/** Peak memory of a process, in MB, and how it ended. What does not end by itself is ended after two minutes. */
async function measured(environment: object, ...argv: string[]): Promise<Finished & { peak: number }> {
  const { child, finished } = startWith(environment, ...argv);
  let peak = 0;
  const look = setInterval(() => {
    try {
      const [, kB] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      peak = Math.max(peak, Number(kB ?? 0) / 1000);
    } catch {
      // it has ended
    }
  }, 20);
  const limit = setTimeout(() => child.kill('SIGKILL'), 120_000);
  try {
    return { ...(await finished), peak };
  } finally {
    clearInterval(look);
    clearTimeout(limit);
  }
}

describe('a pipe in the place of a data file is refused, not waited for', () => {
  it.each(Object.entries(corpusKinds))('%s', { timeout: 240_000 }, async (_, make) => {
    const { data, config } = await make();
    // One of each kind of file.
    const files = new Map(filesIn(data).map((path) => [path.replace(/.*[./]|\d+/g, ''), path]));
    for (const path of files.values()) {
      const whole = readFileSync(path);
      rmSync(path);
      execFileSync('mkfifo', [path]);
      const out = join(temporaryFolder(), 'runs');
      const environment = { IRNN_RUN_CACHE: join(out, '..', 'cache') };
      const { exitCode, stderr } = await measured(environment, config, '--out', out, '--quiet');
      expect({ path, exitCode }, stderr).toEqual({ path, exitCode: 65 });
      expect(stderr).toMatch(/regular file|expected \d+ bytes, found 0/);
      rmSync(path);
      writeFileSync(path, whole);
    }
  });
});

describe('data that is large and holds nothing', () => {
  /** Gzip of so many MB of zeros, made of pieces that were packed once. */
  const packedZeros = (megabytes: number) => {
    const piece = gzipSync(Buffer.alloc(2 ** 24));
    return Buffer.concat(Array.from({ length: Math.ceil(megabytes / 16) }, () => piece));
  };

  it('packed text of a GB without a line break is refused in bounded memory', async () => {
    const data = folderWith({ 'valid.txt': randomText(2, 4), 'test.txt': randomText(3, 4) });
    writeFileSync(join(data, 'train.txt.gz'), packedZeros(1024));
    const { exitCode, stderr, peak } = await measured({}, 'data', 'verify', data);
    expect(exitCode, stderr).toBe(65);
    expect(stderr).toContain('train.txt.gz');
    expect(peak).toBeLessThan(700);
  });

  it.each(['tar', 'tar.gz'])('an archive of zeros (%s) is refused in bounded memory', async (ending) => {
    const archive = join(temporaryFolder(), `zeros.${ending}`);
    if (ending === 'tar.gz') writeFileSync(archive, packedZeros(512));
    else {
      const file = openSync(archive, 'w');
      ftruncateSync(file, 2 ** 29); // a hole, which takes no room
      closeSync(file);
    }
    const to = join(temporaryFolder(), 'to');
    const argv = ['data', 'prepare', 'lm1b', '--from', archive, '--to', to];
    const { exitCode, stderr, peak } = await measured({}, ...argv);
    expect([65, 66], stderr).toContain(exitCode);
    expect(stderr).toContain(archive);
    expect(peak).toBeLessThan(700);
    expect(existsSync(join(to, 'corpus.json'))).toBe(false);
  });
});

describe('text that is meant for somebody else', () => {
  const ESCAPE = '\u001b]0;title\u0007';

  it('escape sequences in names of runs, and in data, are spelled out', async () => {
    const out = join(temporaryFolder(), 'runs');
    expect((await irnnRun(writeConfig(temporaryFolder()), '--out', out, '--quiet')).exitCode).toBe(0);
    const directory = join(out, `run${ESCAPE}`);
    renameSync(onlyRun(out), directory);
    writeFileSync(join(directory, 'meta.json'), '{');
    const { data, config } = await corpusKinds.speech!();
    const [labels] = filesIn(data).filter((path) => path.endsWith('.PHN'));
    writeFileSync(labels!, `0 800 ${ESCAPE}\n`);
    const commands = [
      ['list', out],
      ['show', directory],
      ['compare', directory],
      ['plot', directory],
      ['verify', directory],
      ['data', 'verify', data],
      [config, '--out', temporaryFolder()],
    ];
    for (const argv of commands) {
      const { stdout, stderr } = await irnnRun(...argv);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(stdout + stderr, argv.join(' ')).not.toMatch(/\u001b\]|\u0007/);
      expect(stdout + stderr, argv.join(' ')).toContain('\\x1b]0;title\\x07');
    }
  });

  it('cells that a spreadsheet would take for formulas are quoted', async () => {
    const root = join(temporaryFolder(), 'runs');
    const formula = '=HYPERLINK("http://example.org")';
    const text = `name: formulas\nbase: base.yaml\ngrid: { task.data: ['${formula}'] }\n`;
    const base = BASE.replace(/task:.*/, 'task: { name: language_model, data: x }').replace(
      'hidden: 3',
      'hidden: 3, embedding: 2',
    );
    const made = await irnnRun('sweep', writeSweep(text, base), '--out', root, '--launcher', 'manifest');
    expect(made.exitCode, made.stderr).toBe(0);
    await irnnRun('sweep', 'collect', made.stdout.trim());
    const table = readFileSync(join(made.stdout.trim(), '..', 'runs.csv'), 'utf8');
    expect(table).toContain(`"'=HYPERLINK(""http://example.org"")"`);
    expect(table).not.toMatch(/(^|,)"?=/m);
  });

  it('tags in names of runs are text on a page', async () => {
    const out = join(temporaryFolder(), 'runs');
    expect((await irnnRun(writeConfig(temporaryFolder()), '--out', out, '--quiet')).exitCode).toBe(0);
    const tag = '<img src=x onerror=alert(1)>';
    renameSync(onlyRun(out), join(out, tag));
    const { exitCode, stderr } = await irnnRun('report', '--all', out);
    expect(exitCode, stderr).toBe(0);
    const page = readFileSync(join(out, 'report/index.html'), 'utf8');
    expect(page).not.toContain('<img src=x');
    expect(page).toContain('img src=x onerror');
    const markdown = readdirSync(join(out, 'report')).filter((name) => name.endsWith('.md'));
    for (const name of markdown) {
      expect(readFileSync(join(out, 'report', name), 'utf8')).not.toContain('<img src=x');
    }
  });
});
