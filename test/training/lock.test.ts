import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLocked, RunLock } from '../../src/training/lock.ts';
import { temporaryFolder } from '../temporary-folder.ts';

function rewrite(folder: string, change: object): void {
  const path = join(folder, '.lock');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

describe('RunLock', () => {
  it('lets one holder in, and the next after it leaves', () => {
    const folder = temporaryFolder();
    const lock = RunLock.acquire(folder);
    expect(isLocked(folder)).toBe(true);
    expect(() => RunLock.acquire(folder)).toThrow(`in use by process ${process.pid}`);
    lock.release();
    expect(isLocked(folder)).toBe(false);
    RunLock.acquire(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['is gone', { pid: 2 ** 22 + 1 }],
    ['has been reused by another process', { processStart: '1' }],
    ['is from before a reboot', { bootId: 'another' }],
  ])('takes over at once when the holder %s', (_, change) => {
    const folder = temporaryFolder();
    RunLock.acquire(folder);
    rewrite(folder, { nonce: 'dead', ...change });
    expect(isLocked(folder)).toBe(false);
    const lock = RunLock.acquire(folder);
    lock.assertHeld();
    lock.release();
    expect(readdirSync(folder).filter((name) => !name.endsWith('.beat'))).toEqual([]);
  });

  it('takes a lock from another host after ten minutes of silence, and not before', () => {
    const folder = temporaryFolder();
    const { nonce } = RunLock.acquire(folder);
    rewrite(folder, { host: 'elsewhere', pid: 2 ** 22 + 1 });
    const beat = join(folder, `.lock.${nonce}.beat`);
    const silentFor = (seconds: number) => utimesSync(beat, 0, Date.now() / 1000 - seconds);
    silentFor(570);
    expect(isLocked(folder)).toBe(true);
    expect(() => RunLock.acquire(folder)).toThrow(/on elsewhere; .* after 10 minutes of silence/);
    silentFor(630);
    expect(isLocked(folder)).toBe(false);
    const lock = RunLock.acquire(folder);
    lock.assertHeld();
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('makes a holder that lost its lock stop, and not release the new one', () => {
    const folder = temporaryFolder();
    const lock = RunLock.acquire(folder);
    rewrite(folder, { nonce: 'somebody else' });
    expect(() => lock.assertHeld()).toThrow(/taken by another process/);
    lock.release();
    expect(readdirSync(folder)).toContain('.lock');
  });
});
