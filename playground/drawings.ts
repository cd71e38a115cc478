import type { Eigenvalues } from './eigenvalues.ts';
import type { Sequence } from './session.ts';
import { ink } from './theme.ts';

/** Pictures that are no line charts. Each fills its place with a canvas of its own. */

export interface Coloured<T> {
  readonly colour: string;
  readonly data: T;
}

/** Eigenvalues around the unit circle. */
export function drawPlane(place: HTMLElement, spectra: readonly Coloured<Eigenvalues>[]): void {
  const { context: c, width, height } = canvasIn(place);
  const furthest = spectra.flatMap(({ data: { re, im } }) => [...re].map((x, i) => Math.hypot(x, im[i]!)));
  const extent = Math.min(4, Math.max(1.35, ...furthest.map((radius) => radius * 1.08)));
  const scale = Math.min(width, height) / 2 / extent;
  const at = (x: number, y: number): [number, number] => [width / 2 + scale * x, height / 2 - scale * y];
  c.strokeStyle = ink('--grid');
  c.beginPath();
  c.moveTo(...at(-width, 0));
  c.lineTo(...at(width, 0));
  c.moveTo(...at(0, -height));
  c.lineTo(...at(0, height));
  c.stroke();
  c.strokeStyle = ink('--muted');
  c.beginPath();
  c.arc(...at(0, 0), scale, 0, 2 * Math.PI);
  c.stroke();
  c.fillStyle = ink('--muted');
  c.fillText('1', at(1, 0)[0] + 5, at(0, 0)[1] + 14);
  for (const { colour, data } of spectra) {
    c.fillStyle = colour;
    c.globalAlpha = 0.75;
    for (const [i, x] of data.re.entries()) {
      c.beginPath();
      c.arc(...at(x, data.im[i]!), 3, 0, 2 * Math.PI);
      c.fill();
    }
    c.globalAlpha = 1;
  }
}

/** A sequence as bars, and what each network would have answered after each. */
export function drawSequence(place: HTMLElement, looks: readonly Coloured<Sequence>[]): void {
  const { context: c, width, height } = canvasIn(place);
  const [first] = looks;
  if (first === undefined) return;
  const { signal, marks, target } = first.data;
  const [left, bottom, top] = [30, height - 20, 8];
  const highest = 2;
  const x = (t: number) => left + ((t + 0.5) / signal.length) * (width - left - 4);
  const y = (value: number) =>
    bottom - (Math.max(-0.05, Math.min(highest, value)) / highest) * (bottom - top);
  c.fillStyle = ink('--muted');
  for (const value of [0, 1, 2]) c.fillText(String(value), 12, y(value) + 4);
  c.fillText('t', width - 12, height - 4);
  const bar = Math.max(1, ((width - left) / signal.length) * 0.7);
  for (const [t, value] of signal.entries()) {
    c.fillStyle = marks.includes(t) ? ink('--ink') : ink('--line');
    c.fillRect(x(t) - bar / 2, y(value), bar, y(0) - y(value));
  }
  line(c, [x(0), y(target)], [x(signal.length - 1), y(target)], ink('--muted'));
  for (const { colour, data } of looks) {
    c.strokeStyle = colour;
    c.lineWidth = 2;
    c.beginPath();
    for (const [t, answer] of data.answers.entries()) c.lineTo(x(t), y(answer));
    c.stroke();
    c.fillStyle = colour;
    c.beginPath();
    c.arc(x(signal.length - 1), y(data.answers.at(-1)!), 4, 0, 2 * Math.PI);
    c.fill();
  }
}

type Point = readonly [number, number];

/** Dotted. */
function line(c: CanvasRenderingContext2D, from: Point, to: Point, colour: string): void {
  c.strokeStyle = colour;
  c.lineWidth = 1.5;
  c.setLineDash([2, 4]);
  c.beginPath();
  c.moveTo(...from);
  c.lineTo(...to);
  c.stroke();
  c.setLineDash([]);
}

/** A canvas that fills `place`, in the stead of what was there. */
export function canvasIn(place: HTMLElement) {
  const canvas = document.createElement('canvas');
  const { clientWidth: width, clientHeight: height } = place;
  const ratio = devicePixelRatio;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  canvas.style.cssText = `width:${width}px;height:${height}px`;
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  context.font = '12px Inter, system-ui, sans-serif';
  place.replaceChildren(canvas);
  return { context, width, height };
}
