import type { Runner } from './runner.ts';
import { cells, nameOf, presets, problemOf, type Setting, starts } from './settings.ts';

/** The form and the figures beside it. */
export interface Controls {
  /** Puts a setting into the form, with the YAML of each network. */
  show(setting: Setting, yaml: readonly string[]): void;
  training(on: boolean): void;
  figures(runners: readonly Runner[], colours: readonly string[]): void;
  /** A line to the reader. */
  say(line: string): void;
}

interface Wishes {
  changed(setting: Setting, atOnce?: boolean): void;
  run(): void;
  restart(): void;
  /** The address to share. */
  share(): string;
  other(): void;
}

const $ = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const input = (id: string) => $<HTMLInputElement>(id);
const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

const options = (choices: Readonly<Record<string, string>>) =>
  Object.entries(choices)
    .map(([value, label]) => `<option value="${value}">${label}</option>`)
    .join('');

/** Makes the form work; what the reader wants goes to `wishes`. */
export function controls(wishes: Wishes): Controls {
  $('networks').innerHTML = ['a', 'b'].map(fieldset).join('');
  $('presets').innerHTML = presets
    .map(({ label }, i) => `<button type="button" data-preset="${i}">${label}</button>`)
    .join('');
  const say = (line: string) => {
    $('said').textContent = line;
  };
  const form = $<HTMLFormElement>('setting');
  const read = (): Setting | null => {
    const setting = readForm();
    const problem = problemOf(setting);
    say(problem ?? '');
    return problem === null ? setting : null;
  };
  form.addEventListener('change', () => {
    const setting = read();
    if (setting !== null) wishes.changed(setting);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (read() !== null) wishes.run();
  });
  $('restart').addEventListener('click', wishes.restart);
  $('other').addEventListener('click', wishes.other);
  $('share').addEventListener('click', () => copy(wishes.share(), 'link copied', say));
  document.addEventListener('click', ({ target }) => {
    const button = (target as Element).closest<HTMLElement>('button');
    const { preset, yaml } = button?.dataset ?? {};
    if (preset !== undefined) {
      const { T, networks } = presets[Number(preset)]!;
      wishes.changed({ ...readForm(), T, networks }, true);
    }
    if (yaml !== undefined) copy($(`yaml-${yaml}`).textContent!, 'config copied', say);
  });
  return { show, training, figures, say };
}

function fieldset(key: string): string {
  return `<fieldset id="network-${key}"><legend id="name-${key}"></legend>
<div class="fields">
<label>cell <select id="cell-${key}">${options(cells)}</select></label>
<label>start <select id="start-${key}">${options(starts)}</select></label>
<label>rate <input id="rate-${key}" type="number" min="0" step="any" required></label>
<label>clip <input id="clip-${key}" type="number" min="0" step="any" required></label>
</div>
<p class="figures" id="figures-${key}"></p>
<details><summary>as a config of irnn-run</summary><pre id="yaml-${key}"></pre>
<button type="button" data-yaml="${key}">copy as YAML</button></details>
</fieldset>`;
}

function readForm(): Setting {
  const network = (key: string) =>
    [input(`cell-${key}`), input(`start-${key}`), input(`rate-${key}`), input(`clip-${key}`)]
      .map(({ value }) => value)
      .join(',');
  const [T, hidden, seed] = [input('T').value, input('hidden').value, input('seed').value].map(Number) as [
    number,
    number,
    number,
  ];
  const keys = input('two').checked ? ['a', 'b'] : ['a'];
  const networks = keys.map((key) => {
    const [cell, start, rate, clip] = network(key).split(',') as [never, never, string, string];
    return { cell, start, rate: Number(rate), clip: Number(clip) };
  }) as unknown as Setting['networks'];
  return { T, hidden, seed, networks };
}

function show({ T, hidden, seed, networks }: Setting, yaml: readonly string[]): void {
  for (const [id, value] of Object.entries({ T, hidden, seed })) input(id).value = String(value);
  input('two').checked = networks.length === 2;
  for (const [index, key] of ['a', 'b'].entries()) {
    // A network that is not there has fields all the same, for when it is wanted.
    const network = networks[index] ?? presets[0]!.networks[1]!;
    const place = $<HTMLFieldSetElement>(`network-${key}`);
    place.hidden = place.disabled = networks[index] === undefined;
    input(`cell-${key}`).value = network.cell;
    input(`start-${key}`).value = network.start;
    input(`start-${key}`).disabled = network.cell === 'lstm';
    input(`rate-${key}`).value = String(network.rate);
    input(`clip-${key}`).value = String(network.clip);
    $(`name-${key}`).textContent = nameOf(network);
    $(`yaml-${key}`).textContent = yaml[index] ?? '';
  }
}

function training(on: boolean): void {
  $('run').textContent = on ? 'pause' : 'train';
}

function figures(runners: readonly Runner[], colours: readonly string[]): void {
  for (const [index, runner] of runners.entries()) {
    const key = ['a', 'b'][index]!;
    $(`network-${key}`).style.setProperty('--colour', colours[index]!);
    const { step, stepsPerSecond, learnedAt, end } = runner;
    const last = runner.scores.at(-1);
    const place = $(`figures-${key}`);
    if (learnedAt !== null) place.dataset.learned = String(learnedAt);
    else delete place.dataset.learned;
    const error =
      last === undefined
        ? '…'
        : Number.isFinite(last.testError)
          ? number.format(last.testError)
          : 'not finite';
    place.innerHTML = `test MSE <b>${error}</b>${learnedAt === null ? '' : `, learned at step ${whole.format(learnedAt)}`}<br>
step ${whole.format(step)}${stepsPerSecond === null ? '' : `, ${whole.format(stepsPerSecond)} a second`}<br>
live units ${last?.liveUnits ?? '…'} of ${input('hidden').value}`;
    if (end !== null) place.append(document.createElement('br'), `ended: ${end}`);
  }
}

async function copy(text: string, done: string, say: (line: string) => void): Promise<void> {
  await copyText(text);
  say(done);
}
