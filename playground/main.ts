import { type Controls, controls } from './controls.ts';
import { digits } from './digits/digits.ts';
import { drawAll } from './draw-all.ts';
import { nearestLength, paperSentence } from './paper.ts';
import { Runner } from './runner.ts';
import { configOf, fromAddress, paperCell, type Setting, toAddress, usual, yamlOf } from './settings.ts';
import { colourOf, onTheme } from './theme.ts';

// The page: a setting, a runner for each of its networks, and pictures of what they say.

const text = (id: string) => document.getElementById(id)!.textContent!;
const wasm = Uint8Array.from(atob(text('wasm')), (character) => character.charCodeAt(0));
const worker = URL.createObjectURL(new Blob([text('worker')], { type: 'text/javascript' }));

let setting: Setting;
let runners: readonly Runner[] = [];
let training = false;
let sequence = 0;
let drawing = false;

const page: Controls = controls({
  changed: begin,
  run: () => go(!training),
  restart: () => begin(setting),
  share: () => new URL(`#${toAddress(setting)}`, location.href).href,
  other() {
    sequence += 1;
    for (const runner of runners) runner.say({ kind: 'show', sequence });
  },
});

/** Starts new networks, which wait to be trained; a preset trains at once. */
function begin(next: Setting, atOnce = false): void {
  for (const runner of runners) runner.dispose();
  setting = next;
  sequence = 0;
  runners = setting.networks.map((network) => new Runner(worker, wasm, configOf(setting, network), redraw));
  page.show(
    setting,
    setting.networks.map((network) => yamlOf(setting, network)),
  );
  const T = nearestLength(setting.T);
  const sentences = setting.networks.flatMap((network) => {
    const cell = paperCell(network);
    return cell === null ? [] : [paperSentence(T, cell)];
  });
  document.getElementById('paper')!.textContent = sentences.join(' ');
  history.replaceState(null, '', `#${toAddress(setting)}`);
  go(atOnce);
}

function go(on: boolean): void {
  training = on;
  for (const runner of runners) runner.say({ kind: on ? 'go' : 'pause' });
  page.training(on);
  redraw();
}

/** Once a frame, however much the workers have to say. */
function redraw(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (training && runners.every(({ end }) => end !== null)) go(false);
    const colours = setting.networks.map((_, index) => colourOf(setting.networks, index));
    page.figures(runners, colours);
    drawAll(setting, runners, colours);
  });
}

digits();
onTheme(redraw);
addEventListener('resize', redraw);
addEventListener('hashchange', () => {
  const there = fromAddress(location.hash);
  if (there !== null && toAddress(there) !== toAddress(setting)) begin(there);
});

const shared = fromAddress(location.hash);
begin(shared ?? usual);
if (shared === null && location.hash.length > 1)
  page.say('The address holds no setting that this page has; this is the usual one.');
