import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An idx file of unsigned bytes. */
export function idx(dims: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.writeUInt32BE(0x800 + dims.length, 0);
  for (const [i, size] of dims.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([header, data]);
}

/** Pixel p of image i is (i + p) mod 256. */
export const images = (count: number, side = 28): Buffer =>
  idx(
    [count, side, side],
    Uint8Array.from(
      { length: count * side * side },
      (_, i) => Math.floor(i / (side * side)) + (i % (side * side)),
    ),
  );

/** Label i is i mod 10. */
export const labels = (count: number): Buffer =>
  idx(
    [count],
    Uint8Array.from({ length: count }, (_, i) => i % 10),
  );

/** Twelve training and seven test images under the standard names. */
export const goodFiles = (): Record<string, Buffer> => ({
  'train-images-idx3-ubyte': images(12),
  'train-labels-idx1-ubyte': labels(12),
  't10k-images-idx3-ubyte': images(7),
  't10k-labels-idx1-ubyte': labels(7),
});

export function folderOf(files: Readonly<Record<string, Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'irnn-mnist-'));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}
