import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parameters, sequenceOf, testDigits } from '../../playground/digits/reading.ts';
import { configOf, fromAddress, toAddress, usual, yamlOf } from '../../playground/settings.ts';
import { native } from '../../src/engines/native/engine.ts';
import { optionsOf } from '../engines/fixtures.ts';
import { openBrowser } from './chromium.ts';

// docs/playground/index.html in a real browser, opened from disk: `npm run test:browser`.

const address = pathToFileURL('docs/playground/index.html').href;
const folder = mkdtempSync(join(tmpdir(), 'irnn-run-playground-'));
const trouble: string[] = [];
let browser: BrowserContext;
let page: Page;

beforeAll(async () => {
  ({ browser, page } = await openBrowser(join(folder, 'profile'), trouble));
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  expect(trouble.splice(0)).toEqual([]);
});

/** A new page, as if the address were opened anew. */
async function open(hash = ''): Promise<void> {
  await page.goto('about:blank');
  await page.goto(address + hash);
  await page.waitForFunction(() => /test MSE \d/.test(document.getElementById('figures-a')!.innerText));
}

const picture = (id: string) =>
  page.locator(`#${id} canvas`).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

const colours = (id: string) =>
  page.locator(`#${id} canvas`).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });

const stepOf = (key: 'a' | 'b') =>
  page.locator(`#figures-${key}`).evaluate((element: HTMLElement) => {
    return Number(
      /step ([\d,]+)\D*(?:,|\n|$)/m.exec(element.innerText.split('\n')[1]!)![1]!.replaceAll(',', ''),
    );
  });

const answer = () => page.locator('#answer').innerText();

const charts = ['error', 'gradient', 'plane', 'sequence'];

// On two idle cores it takes a few seconds; what else the machine does is not this test's affair.
it('learns T = 30', async () => {
  await open('#T=30&seed=1&hidden=100&network=relu,identity,0.02,1');
  const before = await Promise.all(charts.map(picture));
  await page.getByRole('button', { name: 'train' }).click();
  await page.locator('#figures-a[data-learned]').waitFor({ timeout: 180_000 });
  await page.getByRole('button', { name: 'pause' }).click();
  const after = await Promise.all(charts.map(picture));
  for (const [index, data] of after.entries()) expect(data).not.toBe(before[index]);
  for (const id of charts) expect(await colours(id)).toBeGreaterThan(20);
}, 200_000);

describe.each([
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1440, height: 900, colorScheme: 'dark' },
] as const)('$width wide, $colorScheme', ({ width, height, colorScheme }) => {
  it('fits on the screen, with everything open', async () => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await open();
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(beyond).toBeLessThanOrEqual(0);
    const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(dark).toBe(colorScheme === 'dark' ? 'rgb(17, 22, 27)' : 'rgb(255, 255, 255)');
  });
});

it('is worked by the keyboard alone: train, pause, start over', async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await open();
  await page.locator('#T').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => stepOf('a'), { timeout: 40_000 }).toBeGreaterThan(50);
  await page.locator('#run').focus();
  await page.keyboard.press('Space');
  await expect.poll(() => page.locator('#run').innerText()).toBe('train');
  await page.locator('#restart').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => stepOf('a')).toBe(0);
});

it('shares a setting by its address and gives the config of each network', async () => {
  await open();
  await page.locator('#T').fill('12');
  await page.locator('#cell-b').selectOption('lstm');
  await page.locator('#clip-b').fill('10');
  await page.locator('#clip-b').press('Tab');
  const setting = fromAddress(new URL(page.url()).hash)!;
  expect([setting.T, setting.networks[1]?.cell, setting.networks[1]?.clip]).toEqual([12, 'lstm', 10]);
  await open(new URL(page.url()).hash);
  expect(await page.locator('#cell-b').inputValue()).toBe('lstm');
  const yaml = await page.locator('#yaml-b').evaluate((element: HTMLElement) => element.textContent);
  expect(yaml).toBe(yamlOf(setting, setting.networks[1]!));
  expect(configOf(setting, setting.networks[1]!).model.type).toBe('lstm');
});

it('says so when an address or a field holds nothing that it has', async () => {
  await open('#T=30&network=gru');
  expect(await page.locator('#said').innerText()).toContain('no setting that this page has');
  expect(new URL(page.url()).hash).toBe(`#${toAddress(usual)}`);
  await page.locator('#T').fill('1');
  await page.locator('#T').press('Tab');
  expect(await page.locator('#said').innerText()).toBe('T: a whole number from 2 to 400');
});

it('takes a second network away and back', async () => {
  await open();
  await page.locator('#two').uncheck();
  await expect.poll(() => page.locator('#network-b').isVisible()).toBe(false);
  expect(fromAddress(new URL(page.url()).hash)!.networks.length).toBe(1);
  await page.locator('#two').check();
  await expect.poll(() => page.locator('#network-b').isVisible()).toBe(true);
  expect(fromAddress(new URL(page.url()).hash)!.networks.length).toBe(2);
});

it('trains a comparison at one click, and shows another sequence', async () => {
  await open();
  await page.getByRole('button', { name: 'IRNN against LSTM' }).click();
  await expect.poll(() => stepOf('b'), { timeout: 40_000 }).toBeGreaterThan(5);
  await page.getByRole('button', { name: 'pause' }).click();
  await page.waitForTimeout(500);
  const before = await picture('sequence');
  await page.getByRole('button', { name: 'another sequence' }).click();
  await expect.poll(() => picture('sequence')).not.toBe(before);
});

describe('digits', () => {
  it('of the test set get the answers that the native engine gives, at once for who wants no motion', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await open();
    const sizes = { T: 784, B: 1, I: 1, H: 100, O: 10 };
    const engine = native
      .load()
      .create(optionsOf({ cell: 'relu', head: 'softmax', ...sizes }, { parameters }));
    for (const label of [4, 9, 7]) {
      const digits = testDigits.filter((digit) => digit.label === label);
      for (const { pixels } of digits.slice(0, 2)) {
        const { predicted } = engine.evaluate(sequenceOf(pixels));
        const before = await picture('digit');
        await page.getByRole('button', { name: String(label), exact: true }).click();
        await expect.poll(() => picture('digit')).not.toBe(before);
        expect(await answer()).toMatch(new RegExp(`^the answer: ${predicted![0]} .*; it is a ${label}$`));
      }
    }
  });

  it('are drawn with the mouse, read pixel by pixel, and wiped out', async () => {
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await open();
    await page.locator('#pad').scrollIntoViewIfNeeded();
    const box = (await page.locator('#pad').boundingBox())!;
    const to = (x: number, y: number) => page.mouse.move(box.x + x * box.width, box.y + y * box.height);
    await to(0.55, 0.15);
    await page.mouse.down();
    await to(0.45, 0.85);
    await page.mouse.up();
    await expect.poll(answer).toMatch(/^after \d+ of 784 pixels: \d \(\d+ %\)$/);
    await expect.poll(answer, { timeout: 30_000 }).toMatch(/^the answer: 1 \(\d+ %\)$/);
    await page.locator('#read').fill('0');
    expect(await answer()).toBe('nothing read yet');
    const drawn = await page.locator('#pad').evaluate((pad: HTMLCanvasElement) => pad.toDataURL());
    await page.getByRole('button', { name: 'clear' }).click();
    expect(await page.locator('#pad').evaluate((pad: HTMLCanvasElement) => pad.toDataURL())).not.toBe(drawn);
  });
});
