import fc from 'fast-check';
import { expect, it } from 'vitest';
import { scalarsRecord, startRecord, versionRecord } from '../../src/training/event-records.ts';
import { decodeEvents } from './events.ts';

it('begins a file as TensorFlow does', () => {
  // An Event: wall_time (field 1, double), step (2, varint 0), file_version (3, 13 bytes); 26 bytes in all.
  const record = Buffer.from(versionRecord(0));
  expect(record.subarray(0, 8).toString('hex')).toBe('1a00000000000000');
  expect(record.subarray(12, -4).toString('hex')).toBe(
    `090000000000000000${'1000'}${'1a0d'}${Buffer.from('brain.Event:2').toString('hex')}`,
  );
  expect(decodeEvents(record)).toMatchObject([{ version: 'brain.Event:2', step: 0, wallTime: 0 }]);
});

it('is read back as it was written', () => {
  const scalar = fc.record({ tag: fc.string({ unit: 'grapheme', maxLength: 300 }), value: fc.float() });
  const steps = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const row = fc.tuple(
    fc.double({ min: 0, max: 1e10, noNaN: true }),
    steps,
    fc.array(scalar, { maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(row, { maxLength: 10 }), (rows) => {
      const file = Buffer.concat([
        versionRecord(1),
        startRecord(2, 7),
        ...rows.map(([time, step, scalars]) => scalarsRecord(time, step, scalars)),
      ]);
      const [version, start, ...events] = decodeEvents(file);
      expect(version).toMatchObject({ version: 'brain.Event:2', wallTime: 1 });
      expect(start).toMatchObject({ sessionStart: true, step: 7, wallTime: 2 });
      expect(events.map(({ wallTime, step, scalars }) => [wallTime, step, [...scalars]])).toEqual(
        rows.map(([time, step, scalars]) => [
          time,
          step,
          [...new Map(scalars.map(({ tag, value }) => [tag, value]))],
        ]),
      );
    }),
  );
});
