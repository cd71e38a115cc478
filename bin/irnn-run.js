#!/usr/bin/env node
import { main } from '../dist/cli/main.js';
import { guardOutput } from '../dist/cli/output.js';

guardOutput();
process.exitCode = await main(process.argv.slice(2));
