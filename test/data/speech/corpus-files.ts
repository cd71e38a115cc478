import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Samples of a tone that rises, different for every `seed`. */
export function tone(samples: number, seed = 1): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(3000 * Math.sin((i * (seed + i / 4000)) / 20)),
  );
}

export interface SphereHeader {
  readonly sample_count: number;
  readonly sample_n_bytes: number;
  readonly channel_count: number;
  readonly sample_byte_format: string;
  readonly sample_rate: number;
  readonly sample_coding: string;
}

/** A NIST SPHERE file as TIMIT's are, but for `changes` to its header. */
export function sphere(samples: Int16Array, changes: Partial<SphereHeader> = {}): Buffer {
  const fields: SphereHeader = {
    sample_count: samples.length,
    sample_n_bytes: 2,
    channel_count: 1,
    sample_byte_format: '01',
    sample_rate: 16_000,
    sample_coding: 'pcm',
    ...changes,
  };
  const lines = Object.entries(fields).map(([key, value]) =>
    typeof value === 'number' ? `${key} -i ${value}` : `${key} -s${value.length} ${value}`,
  );
  const header = ['NIST_1A', '   1024', 'database_id -s5 TIMIT', ...lines, 'end_head', ''].join('\n');
  return Buffer.concat([Buffer.from(header.padEnd(1024)), pcm(samples, fields.sample_byte_format === '10')]);
}

export interface RiffFormat {
  readonly format: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

/** A RIFF WAVE file, with a chunk of an odd size before its data. */
export function riff(samples: Int16Array, changes: Partial<RiffFormat> = {}): Buffer {
  const { format, channels, rate, bits } = { format: 1, channels: 1, rate: 16_000, bits: 16, ...changes };
  const fmt = Buffer.alloc(16);
  fmt.writeUInt16LE(format, 0);
  fmt.writeUInt16LE(channels, 2);
  fmt.writeUInt32LE(rate, 4);
  fmt.writeUInt32LE((rate * channels * bits) / 8, 8);
  fmt.writeUInt16LE((channels * bits) / 8, 12);
  fmt.writeUInt16LE(bits, 14);
  const body = [chunk('fmt ', fmt), chunk('LIST', Buffer.from('odd')), chunk('data', pcm(samples))];
  const all = Buffer.concat([Buffer.from('WAVE'), ...body]);
  return chunk('RIFF', all);
}

function chunk(name: string, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(name, 'latin1');
  header.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, data, Buffer.alloc(data.length % 2)]);
}

function pcm(samples: Int16Array, bigEndian = false): Buffer {
  const bytes = Buffer.alloc(2 * samples.length);
  for (const [i, sample] of samples.entries()) {
    if (bigEndian) bytes.writeInt16BE(sample, 2 * i);
    else bytes.writeInt16LE(sample, 2 * i);
  }
  return bytes;
}

/** Labels of an utterance of so many samples: silence, then two phones. */
export function labels(samples: number): string {
  const [one, two] = [Math.floor(samples / 3), Math.floor((2 * samples) / 3)];
  return `0 ${one} h#\n${one} ${two} aa\n${two} ${samples} s\n`;
}

/** Writes files given by their paths under a folder. */
export function writeTree(root: string, files: Readonly<Record<string, Buffer | string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** A corpus in TIMIT layout: speakers t0, t1, ... in TRAIN and e0, e1 in TEST, `utterances` each, of different lengths. */
export function smallCorpus(speakers = 5, utterances = 2): Record<string, Buffer | string> {
  const files: Record<string, Buffer | string> = {};
  const add = (folder: string, seed: number) => {
    for (let u = 0; u < utterances; u++) {
      const samples = 1600 + 160 * ((7 * seed + 3 * u) % 11);
      files[`${folder}/SX${u}.WAV`] = u % 2 === 0 ? sphere(tone(samples, seed)) : riff(tone(samples, seed));
      files[`${folder}/SX${u}.PHN`] = labels(samples);
    }
  };
  for (let s = 0; s < speakers; s++) add(`TRAIN/DR1/T${s}`, s);
  for (let s = 0; s < 2; s++) add(`TEST/DR1/E${s}`, 20 + s);
  return files;
}
