import { readFileSync, writeFileSync } from 'node:fs';

/** A file with one thing wrong with it. */
interface Damaged {
  readonly what: string;
  readonly content: Buffer;
}

/** A flipped bit and a cut at about so many places of the file, from its first byte to its last; and nothing at all. */
function* damages(whole: Buffer, places: number): Generator<Damaged> {
  const stride = Math.max(1, Math.floor(whole.length / places));
  const last = whole.length - 1;
  for (let at = 0; at <= last; at = at < last && at + stride > last ? last : at + stride) {
    const flipped = Buffer.from(whole);
    flipped[at]! ^= 1 << (at % 8);
    yield { what: `bit ${at % 8} of byte ${at} flipped`, content: flipped };
    yield { what: `cut at byte ${at}`, content: whole.subarray(0, at) };
  }
}

/** Does something with each damage to a file in turn, and puts the file back. */
export async function withEachDamage(
  path: string,
  places: number,
  use: (what: string) => Promise<void>,
): Promise<void> {
  const whole = readFileSync(path);
  try {
    for (const { what, content } of damages(whole, places)) {
      writeFileSync(path, content);
      await use(`${path}: ${what}`);
    }
  } finally {
    writeFileSync(path, whole);
  }
}
