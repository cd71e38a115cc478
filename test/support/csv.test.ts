import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CsvFile, readCsv } from '../../src/support/csv.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const columns = ['step', 'loss'];

describe('CsvFile', () => {
  it('writes numbers so that they read back exactly, and nulls as empty cells', () => {
    const path = join(temporaryFolder(), 'a.csv');
    const file = CsvFile.create(path, columns);
    file.append({ step: 0, loss: null });
    file.append({ step: 1, loss: 0.1 + 0.2 });
    file.append({ step: 2, loss: Number.POSITIVE_INFINITY });
    file.append({ step: 3, loss: Number.NaN });
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('step,loss\n0,\n1,0.30000000000000004\n2,Infinity\n3,NaN\n');
    expect(readCsv(path).rows.map(({ loss }) => loss)).toEqual([
      null,
      0.1 + 0.2,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
  });

  it('cuts off what came after the mark and continues', () => {
    const path = join(temporaryFolder(), 'a.csv');
    const file = CsvFile.create(path, columns);
    file.append({ step: 1, loss: 1 });
    const mark = file.mark();
    file.append({ step: 2, loss: 2 });
    file.close();
    appendFileSync(path, '3,'); // half a row, as a kill leaves it
    const resumed = CsvFile.resume(path, columns, mark)!;
    resumed.append({ step: 2, loss: 0.5 });
    expect(resumed.mark().bytes).toBe(readFileSync(path).length);
    resumed.close();
    expect(readFileSync(path, 'utf8')).toBe('step,loss\n1,1\n2,0.5\n');
  });

  it('refuses to continue a file that was edited, cut or removed', () => {
    const path = join(temporaryFolder(), 'a.csv');
    const file = CsvFile.create(path, columns);
    file.append({ step: 1, loss: 1 });
    const mark = file.mark();
    file.close();
    writeFileSync(path, 'step,loss\n1,9\n');
    expect(CsvFile.resume(path, columns, mark)).toBeNull();
    writeFileSync(path, 'step,loss\n');
    expect(CsvFile.resume(path, columns, mark)).toBeNull();
    expect(CsvFile.resume(`${path}.gone`, columns, mark)).toBeNull();
    expect(readFileSync(path, 'utf8')).toBe('step,loss\n');
  });

  it.each([
    ['a column more', ['step', 'learning_rate', 'loss']],
    ['a column less', ['step']],
    ['another order', ['loss', 'step']],
  ])('refuses to continue a file under other columns: %s', (_, others) => {
    const path = join(temporaryFolder(), 'a.csv');
    const file = CsvFile.create(path, columns);
    file.append({ step: 1, loss: 1 });
    const mark = file.mark();
    file.append({ step: 2, loss: 2 });
    file.close();
    expect(() => CsvFile.resume(path, others, mark)).toThrow(
      `${path}: has the columns step,loss, but this program writes ${others.join(',')}`,
    );
    expect(readFileSync(path, 'utf8')).toBe('step,loss\n1,1\n2,2\n');
  });

  it('leaves an incomplete last line out when reading', () => {
    const path = join(temporaryFolder(), 'a.csv');
    writeFileSync(path, 'step,loss\n1,1\n2');
    expect(readCsv(path).rows).toEqual([{ step: 1, loss: 1 }]);
  });
});
