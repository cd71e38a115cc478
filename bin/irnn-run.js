#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { guardOutput } from '../dist/cli/output.js';

const words = process.argv.slice(2);
guardOutput();
const help = storedHelp();
if (help !== '') process.stdout.write(help);
else {
  const { main } = await import('../dist/cli/main.js');
  process.exitCode = await main(words);
}

/** What --help prints where lines may be 110 columns long, put together by `npm run build`: that takes longer than all else. */
function storedHelp() {
  if (words.length !== 1 || words[0] !== '--help' || process.stdout.columns < 110) return '';
  try {
    return readFileSync(new URL('../dist/help.txt', import.meta.url), 'utf8');
  } catch {
    return ''; // a build without it
  }
}
