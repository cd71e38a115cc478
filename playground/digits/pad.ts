import { ink as colour } from '../theme.ts';

/** Pixels of the pad along a side, however large it is on the screen. */
const PIXELS = 280;
/** On a digit that fills the pad, as thick as the pens of MNIST. */
const PEN = 24;

export interface Pad {
  /** What is drawn: PIXELS x PIXELS bytes, 0 where nothing is. */
  ink(): { readonly ink: Uint8Array; readonly side: number };
  clear(): void;
}

/** A canvas to draw on, with a mouse, a pen or a finger; `drawn` hears of every finished stroke. */
export function pad(canvas: HTMLCanvasElement, drawn: () => void): Pad {
  [canvas.width, canvas.height] = [PIXELS, PIXELS];
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  let last: readonly [number, number] | null = null;
  const at = ({ clientX, clientY }: PointerEvent) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientX - left) / width) * PIXELS, ((clientY - top) / height) * PIXELS] as const;
  };
  const draw = (to: readonly [number, number]) => {
    context.strokeStyle = colour('--accent');
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(...(last ?? to));
    context.lineTo(...to);
    context.stroke();
    last = to;
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    draw(at(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (last !== null) draw(at(event));
  });
  const end = () => {
    if (last === null) return;
    last = null;
    drawn();
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  return {
    ink() {
      const { data } = context.getImageData(0, 0, PIXELS, PIXELS);
      return { ink: Uint8Array.from({ length: PIXELS ** 2 }, (_, i) => data[4 * i + 3]!), side: PIXELS };
    },
    clear: () => context.clearRect(0, 0, PIXELS, PIXELS),
  };
}
