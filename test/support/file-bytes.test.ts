import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFully } from '../../src/support/atomic-file.ts';
import { FileBytes, sha256Of } from '../../src/support/file-bytes.ts';

/** More than Node takes at once. These arrays are never written to, and so never in memory. */
const LARGE = 2 ** 31 + 5;

describe('more than 2 GiB', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'irnn-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are written', () => {
    const descriptor = openSync('/dev/null', 'w');
    writeFully(descriptor, new Uint8Array(LARGE));
    closeSync(descriptor);
  });

  it('are hashed', () => {
    const zeros = new Uint8Array(2 ** 20);
    const expected = createHash('sha256');
    for (let block = 0; block < 2 ** 11; block++) expected.update(zeros);
    expected.update(zeros.subarray(0, 5));
    expect(sha256Of([new Uint8Array(LARGE)])).toBe(expected.digest('hex'));
  });

  it('are read by ranges, to the very end', () => {
    const path = join(folder, 'sparse');
    writeFileSync(path, '');
    truncateSync(path, LARGE - 3);
    const descriptor = openSync(path, 'r+');
    writeSync(descriptor, Buffer.of(1, 2, 3), 0, 3, LARGE - 3);
    closeSync(descriptor);
    const file = new FileBytes(path);
    expect(file.length).toBe(LARGE);
    expect([...file.read(LARGE - 5, LARGE)]).toEqual([0, 0, 1, 2, 3]);
    expect(() => file.read(LARGE - 5, LARGE + 1)).toThrow(`the file ends at byte ${LARGE}`);
    file.close();
  });
});
