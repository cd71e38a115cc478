import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { sleep } from './program.ts';

/** What ext4 is mounted with: as most do, and with what it does for programs that don't sync left out. */
export const mountOptions = ['data=ordered', 'data=writeback,noauto_da_alloc'] as const;

/** EXT4_IOC_SHUTDOWN with NOLOGFLUSH, which xfstests cuts the power with too; waits for a line, so that it comes at once. */
const SHUTDOWN = `
import fcntl, os, struct, sys
disk = os.open(sys.argv[1], os.O_RDONLY)
print('ready', flush=True)
sys.stdin.readline()
fcntl.ioctl(disk, 0x8004587D, struct.pack('I', 2))
`;

/**
 * An ext4 of its own in a file, whose power can be cut: from that moment on nothing more reaches the file. What the kernel
 * held in memory, data that was not synced and the journal's open transaction, is lost; what had been sent to the disk stays.
 * A disk's own write cache is not modelled: what fsync sent is taken to be there.
 */
export class LoopDisk {
  readonly #image: string;
  #switch!: ChildProcess;
  readonly mountPoint: string;

  constructor(
    folder: string,
    readonly options: (typeof mountOptions)[number],
  ) {
    this.#image = join(folder, 'disk.img');
    this.mountPoint = join(folder, 'disk');
    mkdirSync(this.mountPoint);
    writeFileSync(this.#image, '');
    truncateSync(this.#image, 64 * 2 ** 20);
    execFileSync('mkfs.ext4', ['-q', '-F', this.#image]);
    this.#mount();
    onTestFinished(() => {
      this.#switch.kill();
      spawnSync('umount', ['--lazy', this.mountPoint]);
    });
  }

  /** Once this is done, cutting takes no time. */
  async armSwitch(): Promise<void> {
    this.#switch = spawn('python3', ['-c', SHUTDOWN, this.mountPoint], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(this.#switch.stdout!, 'data');
  }

  #mount(): void {
    execFileSync('mount', ['-o', `loop,${this.options}`, this.#image, this.mountPoint]);
  }

  async cutPower(victim: ChildProcess): Promise<void> {
    this.#switch.stdin!.end('now\n');
    const [code] = await once(this.#switch, 'exit');
    if (code !== 0) throw new Error('the power could not be cut');
    victim.kill('SIGKILL');
  }

  /** Throws if the file system cannot be repaired. */
  async powerOn(): Promise<void> {
    execFileSync('umount', [this.mountPoint]);
    // Another process's mount namespace may hold the dead file system a little longer; it would be mounted again.
    while (execFileSync('losetup', ['--associated', this.#image]).length > 0) await sleep(50);
    // 0: nothing to do, 1: repaired, which is what replaying the journal is.
    const { status, stdout } = spawnSync('e2fsck', ['-p', this.#image], { encoding: 'utf8' });
    if (status !== 0 && status !== 1) throw new Error(`e2fsck: ${stdout}`);
    this.#mount();
  }
}

/** Why there can be no such disk here; null if there can. */
export function noLoopDisk(): string | null {
  if (process.getuid?.() !== 0) return 'mounting a file system needs root';
  const missing = ['mkfs.ext4', 'e2fsck', 'python3', 'unshare'].filter(
    (program) => spawnSync('which', [program]).status !== 0,
  );
  if (missing.length > 0) return `${missing} not installed`;
  return spawnSync('losetup', ['--find']).status === 0 ? null : 'no loop device';
}
