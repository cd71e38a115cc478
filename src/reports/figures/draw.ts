import { readFileSync } from 'node:fs';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { packageFile } from '../../support/package.ts';

/** Inter is drawn in the PNG from the shipped files; an SVG shows it where it is installed, else the next of these. */
export const fontFamily = 'Inter, system-ui, "Helvetica Neue", Arial, sans-serif';

/**
 * Draws a Vega-Lite specification as SVG. Text is measured with the widths of the shipped font, so that the result
 * does not depend on what is installed.
 */
export async function drawSvg(spec: TopLevelSpec): Promise<string> {
  const metrics = vega as unknown as { textMetrics: TextMetrics };
  const before = metrics.textMetrics.width;
  metrics.textMetrics.width = textWidth;
  // Clip paths are numbered from the start of the process; the same drawing must have the same bytes.
  vega.resetSVGDefIds();
  try {
    const view = new vega.View(vega.parse(compile(spec, { logger: silent }).spec), { renderer: 'none' });
    try {
      return `${(await view.toSVG()).trim()}\n`;
    } finally {
      view.finalize();
    }
  } finally {
    metrics.textMetrics.width = before;
  }
}

interface TextMetrics {
  width(item: TextItem, text?: unknown): number;
}

interface TextItem {
  readonly text?: unknown;
  readonly fontSize?: number;
  readonly fontWeight?: number | string;
}

type Widths = Readonly<Record<'400' | '600', Readonly<Record<string, number>>>>;
let widths: Widths | undefined;

/** Width in pixels; characters outside the shipped font count as wide ones. */
export function textWidth(
  { fontSize = 11, fontWeight, ...item }: TextItem,
  text: unknown = item.text,
): number {
  widths ??= JSON.parse(readFileSync(packageFile('assets/fonts/widths.json'), 'utf8')) as Widths;
  const bold = fontWeight === 'bold' || Number(fontWeight) >= 600;
  const table = widths[bold ? '600' : '400'];
  const lines = Array.isArray(text) ? text : [text];
  const ems = lines.map((line) => [...String(line ?? '')].reduce((sum, c) => sum + (table[c] ?? 0.9), 0));
  return Math.max(0, ...ems) * fontSize;
}

const silent = {
  level: () => silent,
  error: () => silent,
  warn: () => silent,
  info: () => silent,
  debug: () => silent,
} as unknown as NonNullable<NonNullable<Parameters<typeof compile>[1]>['logger']>;

/** Pixels of the picture for each pixel of the drawing. */
const ZOOM = 2;

/** An SVG as PNG, its text in the shipped font and no other: the same bytes on every machine. */
export async function drawPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: ZOOM },
    background: 'white',
    font: {
      loadSystemFonts: false,
      fontFiles: ['Regular', 'SemiBold'].map((weight) => packageFile(`assets/fonts/Inter-${weight}.ttf`)),
      defaultFontFamily: 'Inter',
    },
  });
  return image.render().asPng();
}
