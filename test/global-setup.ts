/** Builds what some tests start as a program of its own, so that none of them tests a stale one. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** dist/ and the native addon, each only where its sources are newer. IRNN_RUN_TEST_BUILT=1 says that they are built. */
export function setup(): void {
  if (process.env.IRNN_RUN_TEST_BUILT === '1') return;
  build(createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json');
  build('scripts/bundle-libraries.mjs');
  build('scripts/store-help.mjs');
  build('scripts/build-native.mjs', '--required');
}

function build(...argv: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: root, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`cannot build what is to be tested: ${argv.join(' ')}\n${stdout}${stderr}`);
}
