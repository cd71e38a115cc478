import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/support/errors.ts';
import { FileBytes } from '../../src/support/file-bytes.ts';
import { readSafetensors } from '../../src/support/safetensors.ts';
import {
  type Checkpoint,
  checkpointSteps,
  readCheckpoint,
  saveCheckpoint,
} from '../../src/training/checkpoint.ts';
import { temporaryFolder } from '../temporary-folder.ts';

function checkpointAt(step: number): Checkpoint {
  return {
    parameters: new Map([
      ['rnn.weight_hh_l0', { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) }],
      ['rnn.bias_ih_l0', { shape: [2], data: Float32Array.of(0.25, -0) }],
    ]),
    state: {
      slots: new Map([['momentum_buffer.rnn.bias_ih_l0', { shape: [2], data: Float32Array.of(3, 4) }]]),
      updates: 7,
      carried: new Map([['h_l0', { shape: [1, 2], data: Float32Array.of(0.5, -0.5) }]]),
    },
    interval: {
      losses: Float64Array.of(0.1, 1e300),
      gradientNorms: Float64Array.of(2, Number.NaN),
      clipped: 1,
      skipped: 1,
    },
    loop: { step, skippedInARow: 0 },
    metrics: { bytes: 12, sha256: 'ab' },
    configHash: '01234567',
  };
}

describe('checkpoints', () => {
  it('read back as they were saved, negative zeros and NaN included', () => {
    const folder = temporaryFolder();
    saveCheckpoint(folder, checkpointAt(5), { keep: 2 });
    expect(readCheckpoint(folder, 5)).toEqual(checkpointAt(5));
  });

  it('carry the names that torch.nn expects', () => {
    const folder = temporaryFolder();
    saveCheckpoint(folder, checkpointAt(5), { keep: 2 });
    const { tensors, metadata } = readSafetensors(new FileBytes(join(folder, 'checkpoint-5.safetensors')));
    expect([...tensors.keys()].filter((name) => name.startsWith('rnn.'))).toEqual([
      'rnn.weight_hh_l0',
      'rnn.bias_ih_l0',
      'rnn.bias_hh_l0',
    ]);
    expect([...tensors.get('rnn.bias_hh_l0')!.data]).toEqual([0, 0]);
    expect(metadata.format).toBe('pt');
  });

  it('keep the newest ones and leave no temporary file', () => {
    const folder = temporaryFolder();
    for (const step of [5, 10, 9, 100]) saveCheckpoint(folder, checkpointAt(step), { keep: 2 });
    expect(checkpointSteps(folder)).toEqual([100, 10]);
    expect(readdirSync(folder).sort()).toEqual([
      'checkpoint-10.json',
      'checkpoint-10.safetensors',
      'checkpoint-100.json',
      'checkpoint-100.safetensors',
    ]);
  });

  it.each(['json', 'safetensors'])(
    'are refused at every truncation and with a flipped bit in any byte of the .%s',
    (extension) => {
      const folder = temporaryFolder();
      saveCheckpoint(folder, checkpointAt(5), { keep: 2 });
      const path = join(folder, `checkpoint-5.${extension}`);
      const intact = readFileSync(path);
      const accepted = (content: Uint8Array) => {
        writeFileSync(path, content);
        try {
          return readCheckpoint(folder, 5);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          return null;
        }
      };
      // The record's last byte is a line feed, without which it means the same.
      const lengths = extension === 'json' ? intact.length - 1 : intact.length;
      for (let length = 0; length < lengths; length++) {
        if (accepted(intact.subarray(0, length))) expect.fail(`accepted with ${length} bytes`);
      }
      const meaning = accepted(intact);
      for (let byte = 0; byte < intact.length; byte++) {
        const flipped = Buffer.from(intact);
        flipped[byte]! ^= 1 << (byte % 8);
        const read = accepted(flipped);
        // White space between the record's fields carries no meaning; nothing else may pass.
        if (read) expect({ byte, extension, read }).toEqual({ byte, extension: 'json', read: meaning });
      }
    },
  );
});
