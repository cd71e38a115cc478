import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { main } from '../../src/cli/main.ts';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line through main(argv) in this process and captures what it prints. */
export async function irnnRun(...argv: string[]): Promise<CommandResult> {
  const output = { stdout: '', stderr: '' };
  const capture = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      output[stream] += String(chunk);
      return true;
    });
  const spies = [
    capture('stdout'),
    capture('stderr'),
    vi.spyOn(console, 'log').mockImplementation((text) => {
      output.stdout += `${text}\n`;
    }),
  ];
  try {
    return { exitCode: await main(argv), ...output };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Writes a config of a very small adding problem; `changes` replaces or adds top-level lines. */
export function writeConfig(folder: string, changes: Record<string, string> = {}): string {
  const lines = {
    name: 'tiny',
    task: '{ name: adding, T: 5, train_size: 50, valid_size: 8, test_size: 8 }',
    model: '{ type: irnn, hidden: 3 }',
    training: '{ steps: 100, batch: 4, learning_rate: 0.01, clip: { threshold: 1 } }',
    evaluate: '{ every: 30 }',
    checkpoint: '{ every: 20 }',
    ...changes,
  };
  const path = join(folder, `${lines.name}.yaml`);
  writeFileSync(
    path,
    Object.entries(lines)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  );
  return path;
}
