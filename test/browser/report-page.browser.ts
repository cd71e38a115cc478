import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePaperReport } from '../../src/reports/paper-report.ts';
import { writeRun } from '../reports/fixtures.ts';

// The report's page in a real browser, opened from disk: `npm run test:browser`, which needs chromium
// (CHROMIUM says where, if not in a usual place).

const executablePath = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
const folder = mkdtempSync(join(tmpdir(), 'irnn-run-browser-'));
const trouble: string[] = [];
let browser: BrowserContext;
let page: Page;

beforeAll(async () => {
  if (executablePath === undefined) throw new Error('no chromium found: install it, or set CHROMIUM');
  for (const seed of [1, 2, 3]) {
    const scores = [0, 50, 100, 150].map(
      (k) => [k * 1000, 0.17 / (1 + k * seed), 0.17 / (1 + k * seed)] as const,
    );
    writeRun(join(folder, 'runs'), { seed, scores });
  }
  await writePaperReport({
    items: ['table-1'],
    runs: [join(folder, 'runs')],
    out: join(folder, 'report'),
    warn: () => {},
    refresh: null,
  });
  browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
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
    ],
  });
  page = browser.pages()[0] ?? (await browser.newPage());
  page.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) trouble.push(`loads ${request.url()}`);
  });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const views = [
  { name: 'wide, light', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'wide, dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: 'phone, light', width: 390, height: 844, colorScheme: 'light' },
  { name: 'phone, dark', width: 390, height: 844, colorScheme: 'dark' },
] as const;

describe.each(views)('$name', ({ width, height, colorScheme }) => {
  beforeAll(async () => {
    trouble.length = 0;
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.goto(pathToFileURL(join(folder, 'report', 'index.html')).href);
  });

  it('draws every chart, within the width of the screen and without complaint', async () => {
    expect(await page.locator('[data-chart]').count()).toBe(6);
    for (const chart of await page.locator('[data-chart] canvas').all()) {
      const colours = await chart.evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
      });
      expect(colours).toBeGreaterThan(20);
    }
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    ).toBeLessThanOrEqual(0);
    expect(trouble).toEqual([]);
  });

  it('has text that stands out from its ground', async () => {
    const luminance = await page.evaluate(() => {
      const style = getComputedStyle(document.body);
      return [style.color, style.backgroundColor].map((colour) => {
        const [r, g, b] = colour.match(/[\d.]+/g)!.map((channel) => {
          const share = Number(channel) / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      });
    });
    const [dark, light] = [Math.min(...luminance), Math.max(...luminance)];
    expect((light + 0.05) / (dark + 0.05)).toBeGreaterThan(7); // WCAG 2, level AAA
    expect(luminance[1]! > 0.5).toBe(colorScheme === 'light');
  });

  it('tells the values under the pointer', async () => {
    const plot = page.locator('[data-chart="figure-2-t150"] .u-over');
    await plot.scrollIntoViewIfNeeded();
    const box = (await plot.boundingBox())!;
    const tip = page.locator('[data-chart="figure-2-t150"] .tip');
    expect(await tip.isVisible()).toBe(false);
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await tip.waitFor({ state: 'visible' });
    expect(await tip.innerText()).toMatch(/step [\d,]+[\s\S]*IRNN\s+0\.00/);
    const place = (await tip.boundingBox())!;
    expect(place.x).toBeGreaterThanOrEqual(0);
    expect(place.x + place.width).toBeLessThanOrEqual(width);
    await page.mouse.move(5, 5);
    await tip.waitFor({ state: 'hidden' });
    expect(trouble).toEqual([]);
  });

  it('changes its axes and hides lines', async () => {
    const chart = page.locator('[data-chart="figure-2-t150"]');
    const pixels = () => chart.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const closer = await pixels();
    await chart.getByRole('button', { name: 'paper’s axes' }).click();
    const paper = await pixels();
    expect(paper).not.toBe(closer);
    const irnn = chart.getByRole('button', { name: 'IRNN', exact: true });
    await irnn.click();
    expect(await irnn.getAttribute('aria-pressed')).toBe('false');
    expect(await pixels()).not.toBe(paper);
    await irnn.click();
    expect(await pixels()).toBe(paper);
    expect(trouble).toEqual([]);
  });
});

it('follows a change of the theme while it is open', async () => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.reload();
  const pixels = () =>
    page
      .locator('canvas')
      .first()
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const light = await pixels();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(pixels).not.toBe(light);
});
