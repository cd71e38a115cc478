import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const program = fileURLToPath(new URL('../../bin/irnn-run.js', import.meta.url));

export interface Finished {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the installed program as a process of its own. */
export function start(...argv: string[]): { child: ChildProcess; finished: Promise<Finished> } {
  return startWith({}, ...argv);
}

/** The same with more in its environment. */
export function startWith(
  environment: object,
  ...argv: string[]
): { child: ChildProcess; finished: Promise<Finished> } {
  return startProgram(process.execPath, [program, ...argv], environment);
}

/** The same with any other program. */
export function startProgram(
  file: string,
  argv: readonly string[],
  environment: object = {},
): { child: ChildProcess; finished: Promise<Finished> } {
  const child = spawn(file, argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...output }));
  });
  return { child, finished };
}

/** Compiles shim.c into the folder; returns the library's path. */
export function compileShim(folder: string): string {
  const shim = join(folder, 'shim.so');
  const source = fileURLToPath(new URL('shim.c', import.meta.url));
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', shim, source, '-ldl']);
  return shim;
}

/** The single run directory under a folder. */
export function onlyRun(out: string): string {
  const [name, ...others] = readdirSync(out);
  if (name === undefined || others.length > 0) throw new Error(`${out}: expected one run`);
  return join(out, name);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
