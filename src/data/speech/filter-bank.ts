/**
 * Log mel filter bank energies as Kaldi computes them (feat/feature-fbank.cc with its defaults, 40 bands and no
 * dither), in double precision: frames that lie in the audio as a whole, minus their mean, pre-emphasis of 0.97,
 * a "povey" window (a Hann window to the power of 0.85), the power spectrum of 512 points, triangles of equal width
 * on the mel scale 1127 ln(1 + f / 700) from 20 Hz to 8 kHz, natural logarithm. Samples count from -32,768 to 32,767.
 */
import FFT from 'fft.js';

export const SAMPLE_RATE = 16_000;
/** Filter bank energies a frame. */
export const BANDS = 40;
/** 25 ms. */
const WINDOW = 400;
/** 10 ms. */
const SHIFT = 160;
const FFT_SIZE = 512;
const PRE_EMPHASIS = 0.97;
const LOWEST_HZ = 20;
const HIGHEST_HZ = SAMPLE_RATE / 2;
/** Energies are at least this, the distance from 1 to the next number of single precision. */
const FLOOR = 2 ** -23;

/** A description of everything that decides the values: part of the name of what is cached. */
export const FILTER_BANK =
  'kaldi fbank: 16 kHz, 25 ms, 10 ms, 40 bands 20-8000 Hz, povey, 0.97, no dither, v1';

/** Frames of an utterance with this many samples. */
export function frameCount(samples: number): number {
  return samples < WINDOW ? 0 : 1 + Math.floor((samples - WINDOW) / SHIFT);
}

/** The sample in the middle of a frame. */
export function frameCentre(frame: number): number {
  return frame * SHIFT + WINDOW / 2;
}

/** Log energies of an utterance at 16 kHz: `BANDS` for each of its frames. */
export function filterBank(samples: Int16Array): Float32Array {
  const frames = frameCount(samples.length);
  const energies = new Float32Array(frames * BANDS);
  const frame = new Float64Array(FFT_SIZE);
  const spectrum = new Float64Array(2 * FFT_SIZE);
  for (let t = 0; t < frames; t++) {
    takeFrame(samples, t * SHIFT, frame);
    fft.realTransform(spectrum, frame);
    for (const [band, { first, weights }] of triangles.entries()) {
      let energy = 0;
      for (let i = 0; i < weights.length; i++) {
        const re = spectrum[2 * (first + i)]!;
        const im = spectrum[2 * (first + i) + 1]!;
        energy += weights[i]! * (re * re + im * im);
      }
      energies[t * BANDS + band] = Math.log(Math.max(energy, FLOOR));
    }
  }
  return energies;
}

/** Writes the window's samples from `from` on, without their mean, pre-emphasised and weighted; zeros stay behind them. */
function takeFrame(samples: Int16Array, from: number, frame: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < WINDOW; i++) sum += samples[from + i]!;
  const mean = sum / WINDOW;
  let previous = samples[from]! - mean;
  for (let i = 0; i < WINDOW; i++) {
    const sample = samples[from + i]! - mean;
    frame[i] = (sample - PRE_EMPHASIS * previous) * povey[i]!;
    previous = sample;
  }
}

const fft = new FFT(FFT_SIZE);

const povey = Float64Array.from(
  { length: WINDOW },
  (_, i) => (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (WINDOW - 1))) ** 0.85,
);

/** The weights of a band, for the spectrum's points from `first` on. */
interface Triangle {
  readonly first: number;
  readonly weights: Float64Array;
}

const triangles: readonly Triangle[] = Array.from({ length: BANDS }, (_, band) => {
  const low = mel(LOWEST_HZ);
  const width = (mel(HIGHEST_HZ) - low) / (BANDS + 1);
  const [left, centre, right] = [band, band + 1, band + 2].map((k) => low + k * width) as [
    number,
    number,
    number,
  ];
  const weights: number[] = [];
  let first = 0;
  for (let point = 0; point < FFT_SIZE / 2; point++) {
    const at = mel((point * SAMPLE_RATE) / FFT_SIZE);
    if (at <= left || at >= right) continue;
    if (weights.length === 0) first = point;
    weights.push(at <= centre ? (at - left) / (centre - left) : (right - at) / (right - centre));
  }
  return { first, weights: Float64Array.from(weights) };
});

function mel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}
