import { onTheme } from '../theme.ts';
import { asDigit } from './ink.ts';
import { pad } from './pad.ts';
import { drawDigit, drawProbabilities } from './pictures.ts';
import { command, likeliest, readDigit, step, testAccuracy, testDigits } from './reading.ts';

// The part of the page where a trained network reads digits, one pixel after the other.

/** How long it takes to read one, for who watches. */
const READING_MS = 8000;

interface Shown {
  readonly pixels: Uint8Array;
  readonly reading: readonly Float64Array[];
  /** Of a test digit. */
  readonly label: number | null;
}

const place = (id: string) => document.getElementById(id)!;
const number = new Intl.NumberFormat('en');
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** Makes that part of the page work. */
export function digits(): void {
  const slider = place('read') as HTMLInputElement;
  let shown: Shown | null = null;
  let read = 0;
  let playing = 0;

  const draw = () => {
    if (shown === null) return;
    slider.value = String(read);
    drawDigit(place('digit'), shown.pixels, read);
    drawProbabilities(place('reading'), shown.reading, read);
    place('answer').textContent = answer(shown, read);
  };
  const play = () => {
    const [from, begun] = [read, performance.now()];
    const frame = (now: number) => {
      const length = shown!.reading.length;
      read = still.matches
        ? length
        : Math.min(length, from + Math.floor(((now - begun) / READING_MS) * length));
      draw();
      if (read < length) playing = requestAnimationFrame(frame);
    };
    cancelAnimationFrame(playing);
    playing = requestAnimationFrame(frame);
  };
  const show = (pixels: Uint8Array, label: number | null) => {
    shown = { pixels, reading: readDigit(pixels), label };
    read = 0;
    play();
  };

  const drawing = pad(place('pad') as HTMLCanvasElement, () => {
    const { ink, side } = drawing.ink();
    const pixels = asDigit(ink, side);
    if (pixels !== null) show(pixels, null);
  });
  place('wipe').addEventListener('click', drawing.clear);
  const turns = new Map<number, number>();
  const showTestDigit = (label: number) => {
    const ofLabel = testDigits.filter((digit) => digit.label === label);
    const turn = turns.get(label) ?? 0;
    turns.set(label, turn + 1);
    drawing.clear();
    show(ofLabel[turn % ofLabel.length]!.pixels, label);
  };
  place('test-digits').addEventListener('click', ({ target }) => {
    const { digit } = (target as HTMLElement).dataset;
    if (digit !== undefined) showTestDigit(Number(digit));
  });
  slider.addEventListener('input', () => {
    cancelAnimationFrame(playing);
    read = Number(slider.value);
    draw();
  });
  place('digits-network').textContent =
    `An IRNN with 100 units after ${number.format(step)} updates of ${command}: ` +
    `${(100 * testAccuracy).toFixed(1)} % of the 10,000 test digits are right.`;
  onTheme(draw);
  addEventListener('resize', draw);
  const [first] = testDigits;
  shown = { pixels: first!.pixels, reading: readDigit(first!.pixels), label: first!.label };
  read = shown.reading.length;
  draw();
}

function answer({ reading, label }: Shown, read: number): string {
  const probabilities = reading[read - 1];
  if (probabilities === undefined) return 'nothing read yet';
  const best = likeliest(probabilities);
  const sure = `${best} (${(100 * probabilities[best]!).toFixed(0)} %)`;
  if (read < reading.length) return `after ${read} of ${reading.length} pixels: ${sure}`;
  return `the answer: ${sure}${label === null ? '' : `; it is a ${label}`}`;
}
