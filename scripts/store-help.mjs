#!/usr/bin/env node
// Stores what --help prints in dist/help.txt, which bin/irnn-run.js shows without putting it together again
// (docs/decisions/0015-libraries-in-one-file.md).
//
//   node scripts/store-help.mjs       (the end of npm run build)
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../dist/help.txt', import.meta.url));
const program = fileURLToPath(new URL('../bin/irnn-run.js', import.meta.url));
rmSync(file, { force: true });
writeFileSync(file, execFileSync(process.execPath, [program, '--help']));
