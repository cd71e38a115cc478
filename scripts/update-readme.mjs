// Writes the verdicts and the coverage of results/paper/README.md (`irnn-run report`) into README.md. With --check: exit code 1
// if README.md says something else.
import { readFileSync, writeFileSync } from 'node:fs';

const begin = '<!-- From results/paper/README.md, by scripts/update-readme.mjs. -->\n';
const end = '<!-- end -->';

const report = readFileSync('results/paper/README.md', 'utf8');
const verdicts = tableUnder('## Does it reproduce?').map((row) => cells(row).slice(0, 4));
// | All | run of items | comparable | verified | no data |
const [, run, comparable, verified, noData] = cells(
  tableUnder('## Coverage').find((row) => row.startsWith('| All ')),
);
const coverage =
  `${run} curves and rows of the paper have a run; ${comparable} compare with it like for like, ` +
  `${verified} by runs of this program's own numerics version; ${noData} need data that cannot be had freely (TIMIT, 1 Billion Word).`;

const readme = readFileSync('README.md', 'utf8');
const [head, rest] = split(readme, begin);
const [, tail] = split(rest, end);
const table = verdicts.map((row) => `| ${row.join(' | ')} |`).join('\n');
const updated = `${head}${begin}\n${table}\n\n${coverage}\n${end}${tail}`;

if (process.argv.includes('--check')) {
  if (updated !== readme) {
    console.error(
      'README.md: verdicts or coverage are not those of results/paper: node scripts/update-readme.mjs',
    );
    process.exit(1);
  }
} else {
  writeFileSync('README.md', updated);
}

function tableUnder(heading) {
  const [, below] = split(report, heading);
  return split(below.trimStart(), '\n\n')[0].split('\n');
}

function cells(row) {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function split(text, mark) {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`not found: ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
