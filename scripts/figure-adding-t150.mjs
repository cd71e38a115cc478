#!/usr/bin/env node
// Draws results/paper/figure-2/t150.svg: test MSE against steps for the adding problem at T = 150, our runs
// (every folder of results/paper/figure-2 that starts with adding-t150) beside the curves read off the paper.
//
//   node scripts/figure-adding-t150.mjs
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as vega from 'vega';
import { compile } from 'vega-lite';

const paper = fileURLToPath(new URL('../results/paper/', import.meta.url));
const figure = join(paper, 'figure-2');

// Okabe & Ito's colours, told apart by colour-blind readers too.
const cells = {
  irnn: { label: 'IRNN', colour: '#0072b2' },
  lstm: { label: 'LSTM', colour: '#d55e00' },
  rnn_tanh: { label: 'RNN + tanh', colour: '#009e73' },
  rnn_relu: { label: 'RNN + ReLU', colour: '#cc79a7' },
};
/** Later spikes of the paper's curves would cover ours; wider gaps than this are not bridged. */
const GAP = 45_000;
const TOP = 0.25;

function readRows(path) {
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const columns = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i], cell])));
}

function ourPoints() {
  const runs = readdirSync(figure, { withFileTypes: true }).filter(
    (e) => e.isDirectory() && e.name.startsWith('adding-t150'),
  );
  return runs.flatMap(({ name }) => {
    const type = /type: (\w+)/.exec(readFileSync(join(figure, name, 'config.yaml'), 'utf8'))[1];
    return readRows(join(figure, name, 'metrics.csv'))
      .filter(({ step }) => Number(step) > 0)
      .map((row) => ({
        line: name,
        cell: cells[type].label,
        source: 'irnn-run',
        step: Number(row.step),
        mse: Number(row.test_mse),
      }));
  });
}

function paperPoints() {
  let segment = 0;
  let previous;
  return readRows(join(paper, 'digitised', 'figure-2-t150.csv')).map(({ method, step, value }) => {
    if (previous?.method !== method || Number(step) - previous.step > GAP) segment += 1;
    previous = { method, step: Number(step) };
    return {
      line: `paper ${segment}`,
      cell: cells[method].label,
      source: 'paper',
      step: Number(step),
      mse: Number(value),
    };
  });
}

const points = [...paperPoints(), ...ourPoints()].map((point) => ({
  ...point,
  mse: Math.min(point.mse, TOP),
}));
const order = Object.values(cells);
const { spec } = compile({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  width: 620,
  height: 300,
  background: 'white',
  data: { values: points },
  title: {
    text: 'Adding problem, T = 150',
    subtitle: 'solid: irnn-run, dashed: read off the paper (Figure 2), dotted: a constant answer',
  },
  layer: [
    {
      mark: { type: 'line', clip: true, interpolate: 'linear' },
      encoding: {
        x: {
          field: 'step',
          type: 'quantitative',
          scale: { type: 'log', domain: [5_000, 8_000_000] },
          title: 'steps of 16 sequences (log scale)',
          axis: { format: '~s', tickCount: 6 },
        },
        y: { field: 'mse', type: 'quantitative', scale: { domain: [0, TOP] }, title: 'test MSE' },
        color: {
          field: 'cell',
          type: 'nominal',
          title: 'cell',
          scale: { domain: order.map((c) => c.label), range: order.map((c) => c.colour) },
        },
        strokeDash: {
          field: 'source',
          type: 'nominal',

          scale: {
            domain: ['irnn-run', 'paper'],
            range: [
              [1, 0],
              [4, 3],
            ],
          },
        },
        opacity: {
          field: 'source',
          type: 'nominal',
          legend: null,
          scale: { domain: ['irnn-run', 'paper'], range: [1, 0.55] },
        },
        detail: { field: 'line' },
      },
    },
    {
      data: { values: [{ mse: 1 / 6 }] },
      mark: { type: 'rule', color: '#888', strokeDash: [2, 2] },
      encoding: { y: { field: 'mse', type: 'quantitative' } },
    },
  ],
  config: {
    font: 'sans-serif',
    axis: { labelFontSize: 12, titleFontSize: 13 },
    legend: { labelFontSize: 12, titleFontSize: 12 },
  },
});
const view = new vega.View(vega.parse(spec), { renderer: 'none' });
writeFileSync(join(figure, 't150.svg'), `${await view.toSVG()}\n`);
