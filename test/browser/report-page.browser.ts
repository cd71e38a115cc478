import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAnyReport } from '../../src/reports/any-report.ts';
import { writePaperReport } from '../../src/reports/paper-report.ts';
import { writeRun } from '../reports/fixtures.ts';
import { openBrowser } from './chromium.ts';

// The report's page in a real browser, opened from disk: `npm run test:browser`. UPDATE_SCREENSHOTS=1 takes the pictures of test/browser/reference anew.

const folder = mkdtempSync(join(tmpdir(), 'irnn-run-browser-'));
const reference = new URL('reference/', import.meta.url).pathname;
const trouble: string[] = [];
let browser: BrowserContext;
let page: Page;

/** Runs that end in every way: solved, capped, diverged, not over, and one with a spike. */
function writeRuns(): void {
  const runs = join(folder, 'runs');
  const inside = { gradient_norm_median: 1.5, clipped_fraction: 0.25, live_units: 60 };
  for (const seed of [1, 2, 3]) {
    const scores = [0, 50, 100, 150].map(
      (k) => [k * 1000, 0.17 / (1 + k * seed), 0.17 / (1 + k * seed)] as const,
    );
    writeRun(runs, { seed, scores, inside });
  }
  const at = (T: number, type: string) => ({
    task: { name: 'adding', T },
    model: { type, hidden: 100 },
    inside,
  });
  const flat = [0, 100, 400, 1000].map((k) => [k * 1000, 0.17, 0.17] as const);
  writeRun(runs, { name: 'tanh', ...at(150, 'rnn_tanh'), scores: flat, status: 'finished' });
  writeRun(runs, { name: 'relu', ...at(150, 'rnn_relu'), scores: flat.slice(0, 2), status: 'diverged' });
  writeRun(runs, { name: 'lstm', ...at(150, 'lstm'), scores: flat.slice(0, 3), status: null });
  const spike = [...flat.slice(0, 3), [600_000, 20, 20], [800_000, 0.03, 0.03]] as const;
  writeRun(runs, { name: 'spike', ...at(300, 'irnn'), scores: spike, status: 'finished' });
}

beforeAll(async () => {
  writeRuns();
  const runs = join(folder, 'runs');
  const options = { out: join(folder, 'report'), warn: () => {}, refresh: null };
  await writePaperReport({ ...options, items: ['table-1'], runs: [runs] });
  await writeAnyReport({ ...options, folder: runs, out: join(folder, 'any') });
  ({ browser, page } = await openBrowser(join(folder, 'profile'), trouble));
}, 60_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(name: 'report' | 'any' = 'report'): Promise<void> {
  await page.goto(pathToFileURL(join(folder, name, 'index.html')).href);
  await page.locator('html.drawn').waitFor();
}

const views = [
  { name: 'wide, light', width: 1440, height: 900, colorScheme: 'light' },
  { name: 'middle, dark', width: 1024, height: 768, colorScheme: 'dark' },
  { name: 'phone, light', width: 390, height: 844, colorScheme: 'light' },
  { name: 'phone, dark', width: 390, height: 844, colorScheme: 'dark' },
] as const;

const chart = (id: string) => page.locator(`[data-chart="${id}"]`);
const pixelsOf = (id: string) =>
  chart(id)
    .locator('canvas')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

const textOf = async (selector: string) =>
  (await page.locator(selector).innerText()).replaceAll(/\s+/g, ' ').trim();

/** Things that are wider than their place, so that a part of them would be seen by scrolling only, or not at all. */
const cutOff = () =>
  page.evaluate(() =>
    [...document.querySelectorAll('main *, header *')]
      .filter(
        (element) =>
          !element.closest('.unseen, .u-wrap, .tip, thead') && element.scrollWidth > element.clientWidth + 1,
      )
      .filter((element) => element.clientWidth > 0 && getComputedStyle(element).display !== 'inline')
      .map((element) => `${element.tagName}.${element.className}: ${element.textContent?.slice(0, 40)}`),
  );

describe.each(views)('$name', ({ width, height, colorScheme }) => {
  beforeAll(async () => {
    trouble.length = 0;
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await open();
  });

  it('draws every chart, within the width of the screen and without complaint', async () => {
    expect(await page.locator('[data-chart]').count()).toBe(6);
    for (const canvas of await page.locator('[data-chart] canvas').all()) {
      const colours = await canvas.evaluate((element: HTMLCanvasElement) => {
        const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height);
        return new Set(new Uint32Array(data.buffer)).size;
      });
      expect(colours).toBeGreaterThan(20);
    }
    expect(trouble).toEqual([]);
  });

  it('hides nothing behind a scroll, with all rows and details open', async () => {
    expect(await cutOff()).toEqual([]);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      for (const button of document.querySelectorAll<HTMLElement>('.toggle')) button.click();
    });
    expect(await cutOff()).toEqual([]);
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    ).toBeLessThanOrEqual(0);
    await open();
  });

  it('has text that stands out from its ground', async () => {
    const ratios = await page.evaluate(() => {
      const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
      const luminance = (colour: string) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((channel) => {
          const share = channel / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      };
      const groundOf = (element: Element | null): string => {
        if (element === null) return 'white';
        const { backgroundColor } = getComputedStyle(element);
        return /, 0\)$|transparent/.test(backgroundColor) ? groundOf(element.parentElement) : backgroundColor;
      };
      const texts = [
        'body',
        '.lead',
        '.chip',
        '.evidence',
        '.matrix b',
        '.matrix small',
        '.when',
        '.notes',
        'nav a',
        'thead th',
      ];
      return texts.flatMap((selector) =>
        [...document.querySelectorAll(selector)].map((element) => {
          const pair = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
          return { selector, ratio: (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05) };
        }),
      );
    });
    // WCAG 2: AA for all text, AAA for the body.
    expect(ratios.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
    expect(ratios[0]!.ratio).toBeGreaterThan(7);
  });

  it('tells the values under the pointer', async () => {
    const plot = chart('figure-2-t150').locator('.u-over');
    await plot.scrollIntoViewIfNeeded();
    const box = (await plot.boundingBox())!;
    const tip = chart('figure-2-t150').locator('.tip');
    expect(await tip.isVisible()).toBe(false);
    await page.mouse.move(box.x + box.width * 0.43, box.y + box.height / 2);
    await tip.waitFor({ state: 'visible' });
    expect(await tip.innerText()).toMatch(/step [\d,]+[\s\S]*IRNN\s+0\.00/);
    const place = (await tip.boundingBox())!;
    expect(place.x).toBeGreaterThanOrEqual(0);
    expect(place.x + place.width).toBeLessThanOrEqual(width);
    await page.mouse.move(5, 5);
    await tip.waitFor({ state: 'hidden' });
    expect(trouble).toEqual([]);
  });

  it('changes its axes, shows shares, and hides lines', async () => {
    const t150 = chart('figure-2-t150');
    const logarithmic = await pixelsOf('figure-2-t150');
    await t150.getByRole('button', { name: 'paper’s axes' }).click();
    const paper = await pixelsOf('figure-2-t150');
    await t150.getByRole('button', { name: 'share of runs with test MSE < 0.05' }).click();
    const share = await pixelsOf('figure-2-t150');
    expect(new Set([logarithmic, paper, share]).size).toBe(3);
    await t150.getByRole('button', { name: 'paper’s axes' }).click();
    const irnn = t150.getByRole('button', { name: 'IRNN', exact: true });
    await irnn.click();
    expect(await irnn.getAttribute('aria-pressed')).toBe('false');
    expect(await pixelsOf('figure-2-t150')).not.toBe(paper);
    await irnn.click();
    expect(await pixelsOf('figure-2-t150')).toBe(paper);
    expect(trouble).toEqual([]);
  });

  it('looks as it did', async () => {
    await open();
    const font = readFileSync('assets/fonts/Inter-Regular.ttf').toString('base64');
    const bold = readFileSync('assets/fonts/Inter-SemiBold.ttf').toString('base64');
    const face = (data: string, weight: string) =>
      `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/ttf;base64,${data})}`;
    await page.addStyleTag({ content: `${face(font, '400')}${face(bold, '600 800')}` });
    await page.evaluate(() => document.fonts.ready.then(() => window.scrollTo(0, 0)));
    const taken = await page.screenshot({ clip: { x: 0, y: 0, width, height: 1400 }, fullPage: true });
    const name = join(reference, `${width}-${colorScheme}.png`);
    if (process.env.UPDATE_SCREENSHOTS) {
      mkdirSync(reference, { recursive: true });
      writeFileSync(name, taken);
    }
    expect(await difference(taken, readFileSync(name))).toBeLessThan(6);
    // The measure sees it when a single claim is not where it was.
    await page.addStyleTag({ content: '.verdict:nth-child(2) { visibility: hidden }' });
    const without = await page.screenshot({ clip: { x: 0, y: 0, width, height: 1400 }, fullPage: true });
    expect(await difference(without, readFileSync(name))).toBeGreaterThan(6);
  });
});

/** How different two pictures of one size are at an eighth of their size: the greatest mean over a ninth of a row, of 255. */
async function difference(a: Buffer, b: Buffer): Promise<number> {
  return page.evaluate(
    async ([first, second]) => {
      const shrunk = async (data: string) => {
        const image = new Image();
        image.src = `data:image/png;base64,${data}`;
        await image.decode();
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [Math.round(image.width / 8), Math.round(image.height / 8)];
        const context = canvas.getContext('2d', { willReadFrequently: true })!;
        context.imageSmoothingQuality = 'high';
        context.drawImage(image, 0, 0, canvas.width, canvas.height);
        return context.getImageData(0, 0, canvas.width, canvas.height);
      };
      const [left, right] = [await shrunk(first!), await shrunk(second!)];
      if (left.width !== right.width || left.height !== right.height) return 255;
      const SIDE = 12;
      const tiles = new Map<string, { sum: number; n: number }>();
      for (let y = 0; y < left.height; y++) {
        for (let x = 0; x < left.width; x++) {
          const key = `${Math.floor(x / SIDE)} ${Math.floor(y / SIDE)}`;
          const tile = tiles.get(key) ?? { sum: 0, n: 0 };
          tiles.set(key, tile);
          for (const channel of [0, 1, 2]) {
            const at = 4 * (y * left.width + x) + channel;
            tile.sum += Math.abs(left.data[at]! - right.data[at]!);
            tile.n += 1;
          }
        }
      }
      return Math.max(...[...tiles.values()].map(({ sum, n }) => sum / n));
    },
    [a.toString('base64'), b.toString('base64')],
  );
}

describe('what stands where', () => {
  beforeAll(async () => {
    trouble.length = 0;
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await open();
  });

  it('answers on the first screen: every claim with its verdict', async () => {
    const verdicts = page.locator('.verdict');
    expect(await verdicts.count()).toBe(9);
    for (const verdict of await verdicts.all()) {
      expect((await verdict.boundingBox())!.y).toBeLessThan(900);
      expect(await verdict.locator('.chip').innerText()).toMatch(
        /holds|partly|does not hold|untested|not available/,
      );
    }
    expect(await textOf('#verdict-trains .evidence')).toContain('T = 150: 3 of 3 at 50 k');
  });

  it('links a cell of the matrix to its curves', async () => {
    const cell = page
      .locator('.matrix')
      .first()
      .getByRole('link', { name: /3 of 3/ });
    await cell.click();
    expect(new URL(page.url()).hash).toBe('#figure-2-t150');
    expect(await page.locator('.matrix').first().locator('td').count()).toBe(24);
  });

  it('marks spikes and every kind of end', async () => {
    const shows = async (id: string, [r, g, b]: [number, number, number]) =>
      chart(id)
        .locator('canvas')
        .first()
        .evaluate(
          (canvas: HTMLCanvasElement, [red, green, blue]) => {
            const { data, width } = canvas
              .getContext('2d')!
              .getImageData(0, 0, canvas.width, Math.round(canvas.height * 0.12));
            let run = 0;
            let longest = 0;
            for (let at = 0; at < data.length; at += 4) {
              const same = data[at] === red && data[at + 1] === green && data[at + 2] === blue;
              run = same && (at / 4) % width !== 0 ? run + 1 : Number(same);
              longest = Math.max(longest, run);
            }
            return longest;
          },
          [r, g, b],
        );
    // The foot of the triangle at the top of the axis is much wider than the line that goes there.
    expect(await shows('figure-2-t300', [0, 0x72, 0xb2])).toBeGreaterThan(3);
    expect(await shows('figure-2-t400', [0, 0x72, 0xb2])).toBeLessThan(3);
    const ends = page.locator('#figure-2 > .key');
    expect(await ends.innerText()).toMatch(/solved.*capped.*diverged.*not over yet.*beyond the axis/);
  });

  it('puts the paper’s order beside ours', async () => {
    const order = '[data-chart="figure-2-t150"] .ranks div';
    expect(await textOf(`${order}:first-child ol`)).toMatch(
      /^LSTM 520 k IRNN 570 k RNN \+ tanh 1.88 M RNN \+ ReLU/,
    );
    expect(await textOf(`${order}:last-child ol`)).toMatch(/^IRNN 50 k .*RNN \+ tanh 0.170, not by 1 M/);
  });

  it('opens what is inside a run one click below its curve', async () => {
    const inside = chart('figure-2-t150').locator('.inside');
    expect(await inside.locator('canvas').count()).toBe(0);
    await inside.locator('summary').click();
    await inside.locator('canvas').nth(2).waitFor();
    expect(await inside.locator('figcaption').allInnerTexts()).toEqual([
      'gradient norm, median',
      'clipped updates',
      'live units',
    ]);
    expect(trouble).toEqual([]);
  });

  it('opens the details of a row with the keyboard, and copies its command', async () => {
    const toggle = page.locator('#table-1').getByRole('button', { name: 'details of 150, IRNN' });
    await toggle.focus();
    await page.keyboard.press('Enter');
    expect(await toggle.getAttribute('aria-expanded')).toBe('true');
    const row = page.locator(`#${await toggle.getAttribute('aria-controls')}`);
    expect(await row.innerText()).toContain('settings of the paper');
    await browser.grantPermissions(['clipboard-read', 'clipboard-write']);
    await row.getByRole('button', { name: /^copy the command/ }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe('for seed in 1 2 3; do irnn-run configs/adding-t150.yaml --seed $seed; done');
    expect(await page.getByRole('status').innerText()).toBe('command copied');
    await toggle.click();
    expect(await row.isVisible()).toBe(false);
  });

  it('folds rows whose data cannot be had into one line', async () => {
    const table = page.locator('#table-4 > table');
    expect(await table.locator('tbody').count()).toBe(1);
    expect(await table.innerText()).toContain('12 rows on TIMIT');
  });

  it('gives every button, picture and table a name', async () => {
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, [role=img], table, nav, [role=group]')]
        .filter((element) => !element.closest('.unseen'))
        .filter(
          (element) =>
            !(element.getAttribute('aria-label') || (element.matches('button') && element.textContent)),
        )
        .map((element) => element.outerHTML.slice(0, 80)),
    );
    expect(nameless).toEqual([]);
  });

  it('prints with all details and without buttons', async () => {
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#table-1 .detail').first().isVisible()).toBe(true);
    expect(await page.locator('.modes').first().isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });
  });
});

it('follows a change of the theme while it is open', async () => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open();
  const light = await pixelsOf('figure-2-t150');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(() => pixelsOf('figure-2-t150')).not.toBe(light);
});

it('shows any runs with the same parts, and sorts their table', async () => {
  trouble.length = 0;
  await page.setViewportSize({ width: 1024, height: 768 });
  await open('any');
  expect(await page.locator('.matrix').count()).toBe(1);
  expect(await page.locator('[data-chart] canvas').count()).toBeGreaterThan(0);
  const runs = page.locator('#runs > table');
  const steps = () =>
    runs
      .locator('tbody > tr:first-child > td:nth-child(4)')
      .evaluateAll((cells) => cells.map((cell) => Number((cell as HTMLElement).dataset.order)));
  await runs.getByRole('button', { name: 'steps' }).click();
  const up = await steps();
  expect(up).toEqual([...up].sort((a, b) => a - b));
  await runs.getByRole('button', { name: 'steps' }).click();
  expect(await steps()).toEqual([...up].reverse());
  expect(await cutOff()).toEqual([]);
  expect(trouble).toEqual([]);
});
