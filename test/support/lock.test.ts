import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DirectoryLock, isLocked } from '../../src/support/lock.ts';
import { temporaryFolder } from '../temporary-folder.ts';

function rewrite(folder: string, change: object): void {
  const path = join(folder, '.lock');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

describe('DirectoryLock', () => {
  it('lets one holder in, and the next after it leaves', () => {
    const folder = temporaryFolder();
    const lock = DirectoryLock.acquire(folder);
    expect(isLocked(folder)).toBe(true);
    expect(() => DirectoryLock.acquire(folder)).toThrow(`in use by process ${process.pid}`);
    lock.release();
    expect(isLocked(folder)).toBe(false);
    DirectoryLock.acquire(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['is gone', { pid: 2 ** 22 + 1 }],
    ['has been reused by another process', { processStart: '1' }],
    [
      'is from before there were namespaces in locks, and gone',
      { pidNamespace: undefined, pid: 2 ** 22 + 1 },
    ],
  ])('takes over at once when the holder %s', (_, change) => {
    const folder = temporaryFolder();
    DirectoryLock.acquire(folder);
    rewrite(folder, { nonce: 'dead', ...change });
    expect(isLocked(folder)).toBe(false);
    const lock = DirectoryLock.acquire(folder);
    lock.assertHeld();
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over at once what was last heard of before this machine started', () => {
    const folder = temporaryFolder();
    const { nonce } = DirectoryLock.acquire(folder);
    rewrite(folder, { bootId: 'another' });
    // Without a sign from before: a machine of the same name that runs now.
    expect(isLocked(folder)).toBe(true);
    expect(() => DirectoryLock.acquire(folder)).toThrow(/another container or start of this host/);
    const before = Date.now() / 1000 - uptime() - 5;
    utimesSync(join(folder, `.lock.${nonce}.beat`), before, before);
    expect(isLocked(folder)).toBe(false);
    DirectoryLock.acquire(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not take a live holder in another container for dead, although its pid is not there', () => {
    const folder = temporaryFolder();
    DirectoryLock.acquire(folder);
    rewrite(folder, { pidNamespace: 'pid:[1]', pid: 2 ** 22 + 1 });
    expect(isLocked(folder)).toBe(true);
    expect(() => DirectoryLock.acquire(folder)).toThrow(/another container/);
  });

  describe.each(['', 'null', '{}', '[]', '1', '{"host":"a"', '{"nonce":"/../../x"}'])(
    'of which %j is left',
    (text) => {
      const damaged = (seconds: number) => {
        const folder = temporaryFolder();
        const path = join(folder, '.lock');
        writeFileSync(path, text);
        utimesSync(path, seconds, seconds);
        return folder;
      };

      it('is dead if it is older than this boot', () => {
        const folder = damaged(Date.now() / 1000 - uptime() - 5);
        expect(isLocked(folder)).toBe(false);
        DirectoryLock.acquire(folder).release();
        expect(readdirSync(folder)).toEqual([]);
      });

      it('counts for ten minutes if it is younger, in the future too', () => {
        const now = Date.now() / 1000;
        for (const seconds of [now, now + 60]) {
          const folder = damaged(seconds);
          expect(isLocked(folder)).toBe(true);
          expect(() => DirectoryLock.acquire(folder)).toThrow(/damaged.*taken over after 10 minutes/);
          expect(readdirSync(folder)).toEqual(['.lock']);
        }
        DirectoryLock.acquire(damaged(now + 86_400)).release();
      });
    },
  );

  it('is refused where a folder has its name', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.lock'));
    expect(() => DirectoryLock.acquire(folder)).toThrow(/expected a file; delete it/);
  });

  it('takes a lock from another host after ten minutes of silence, and not before', () => {
    const folder = temporaryFolder();
    const { nonce } = DirectoryLock.acquire(folder);
    rewrite(folder, { host: 'elsewhere', bootId: 'another', pid: 2 ** 22 + 1 });
    const beat = join(folder, `.lock.${nonce}.beat`);
    const silentFor = (seconds: number) => utimesSync(beat, 0, Date.now() / 1000 - seconds);
    silentFor(570);
    expect(isLocked(folder)).toBe(true);
    expect(() => DirectoryLock.acquire(folder)).toThrow(/on elsewhere; .* after 10 minutes of silence/);
    silentFor(630);
    expect(isLocked(folder)).toBe(false);
    const lock = DirectoryLock.acquire(folder);
    lock.assertHeld();
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  // As where there is no /proc: on macOS and Windows.
  it('takes a lock whose number another process has by now after ten minutes of silence, and not before', () => {
    const folder = temporaryFolder();
    const { nonce } = DirectoryLock.acquire(folder);
    rewrite(folder, { processStart: '' });
    const silentFor = (seconds: number) =>
      utimesSync(join(folder, `.lock.${nonce}.beat`), 0, Date.now() / 1000 - seconds);
    silentFor(570);
    expect(isLocked(folder)).toBe(true);
    expect(() => DirectoryLock.acquire(folder)).toThrow(/in use by process \d+; if another program has its/);
    silentFor(630);
    expect(isLocked(folder)).toBe(false);
    DirectoryLock.acquire(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('knows a holder on a computer of any name', () => {
    const folder = temporaryFolder();
    const lock = DirectoryLock.acquire(folder);
    rewrite(folder, { host: 'Büro 2' });
    lock.assertHeld();
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('makes a holder that lost its lock stop, and not release the new one', () => {
    const folder = temporaryFolder();
    const lock = DirectoryLock.acquire(folder);
    rewrite(folder, { nonce: 'somebody-else' });
    expect(() => lock.assertHeld()).toThrow(/taken by another process/);
    lock.release();
    expect(readdirSync(folder)).toContain('.lock');
  });
});
