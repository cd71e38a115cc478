import { existsSync } from 'node:fs';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** Where chromium usually is; CHROMIUM says where else. */
const executablePath = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

/** A browser without a screen, whose one page writes what it complains of, and what it loads from elsewhere, to `trouble`. */
export async function openBrowser(
  profile: string,
  trouble: string[],
): Promise<{ browser: BrowserContext; page: Page }> {
  if (executablePath === undefined) throw new Error('no chromium found: install it, or set CHROMIUM');
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
      '--hide-scrollbars',
    ],
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) trouble.push(`loads ${request.url()}`);
  });
  return { browser, page };
}
