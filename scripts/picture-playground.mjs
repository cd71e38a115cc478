#!/usr/bin/env node
// The README's picture of the playground, from the real page: docs/playground/playground.png.
//
//   node scripts/picture-playground.mjs [--seconds 60]
//
// Opens docs/playground/index.html in Chromium (CHROMIUM says where, if not /usr/bin/chromium), trains the usual setting until the
// IRNN has learned, or for so many seconds at most, and takes the picture. How long that takes depends on the machine.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const MOST_BYTES = 200_000;
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const profile = mkdtempSync(join(tmpdir(), 'irnn-run-picture-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  viewport: { width: 1000, height: 1180 },
  colorScheme: 'light',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--hide-scrollbars'],
});
try {
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.on('pageerror', (error) => {
    console.error(error.stack);
    process.exitCode = 1;
  });
  await page.goto(pathToFileURL('docs/playground/index.html').href);
  await page.getByRole('button', { name: 'train' }).click();
  const learned = page.locator('#figures-a[data-learned]');
  await learned.waitFor({ timeout: 1000 * Number(values.seconds) }).catch(() => {
    console.error(`not learned within ${values.seconds} s`);
    process.exitCode = 1;
  });
  await page.waitForTimeout(2000);
  await page.getByRole('button', { name: 'pause' }).click();
  await page.waitForTimeout(1000);
  console.log((await page.locator('.networks').innerText()).replaceAll(/\n+/g, ' | '));
  const picture = await page.screenshot();
  console.log(`docs/playground/playground.png: ${picture.length} bytes`);
  if (picture.length > MOST_BYTES) {
    console.error(`more than ${MOST_BYTES} bytes`);
    process.exitCode = 1;
  } else writeFileSync('docs/playground/playground.png', picture);
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
