/// <reference lib="webworker" />
import type { Config } from '../src/config/schema.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { Session } from './session.ts';

// Trains one network away from the page, a slice of time after another, so that it hears the page in between.

/** Milliseconds. */
const SLICE = 40;
/** A speed is over so long. */
const SPEED_OVER = 500;
/** Between looks, which take a while themselves. */
const LOOK_EVERY = 500;

const page = self as unknown as DedicatedWorkerGlobalScope;
const say = (message: FromWorker) => page.postMessage(message);
const again = new MessageChannel();

let session: Session;
let config: Config;
let training = false;
let shown = 0;
let lookedAt = Number.NEGATIVE_INFINITY;
let losses: number[] = [];
/** Where the speed is counted from. */
let since = { step: 0, time: 0 };

page.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  try {
    hear(data);
  } catch (error) {
    fail(error);
  }
};
again.port1.onmessage = () => {
  try {
    slice();
  } catch (error) {
    fail(error);
  }
};

function hear(message: ToWorker): void {
  switch (message.kind) {
    case 'begin':
      config = message.config;
      session = new Session(config, new WebAssembly.Module(message.wasm));
      score();
      break;
    case 'go':
      if (!training) {
        training = true;
        since = { step: session.steps, time: performance.now() };
        again.port2.postMessage(null);
      }
      break;
    case 'pause':
      training = false;
      break;
    case 'show':
      shown = message.sequence;
      look();
      break;
  }
}

/** Trains for a while, and asks to be called again. */
function slice(): void {
  if (!training) return;
  const from = performance.now();
  let now = from;
  while (now - from < SLICE) {
    losses.push(session.step().loss);
    if (session.steps % config.evaluate.every === 0) score();
    if (session.steps === config.training.steps) {
      end();
      return;
    }
    now = performance.now();
  }
  if (now - since.time > SPEED_OVER) {
    const stepsPerSecond = (1000 * (session.steps - since.step)) / (now - since.time);
    say({ kind: 'step', step: session.steps, stepsPerSecond });
    since = { step: session.steps, time: now };
  }
  again.port2.postMessage(null);
}

function end(): void {
  training = false;
  look();
  say({ kind: 'over', step: session.steps });
}

function score(): void {
  const trainLoss = losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  losses = [];
  const [testError, liveUnits] = [session.testError(), session.liveUnits()];
  say({ kind: 'scores', scores: { step: session.steps, testError, trainLoss, liveUnits } });
  if (performance.now() - lookedAt > LOOK_EVERY) look();
}

function look(): void {
  say({ kind: 'look', look: session.look(shown) });
  lookedAt = performance.now();
}

function fail(error: unknown): void {
  training = false;
  say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}
