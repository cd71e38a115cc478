// Draws the charts of a report's page. `report` (the data) and `uPlot` come from the scripts before this one.
/* global report, uPlot */

const dark = matchMedia('(prefers-color-scheme: dark)');
const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const steps = new Intl.NumberFormat('en');

for (const element of document.querySelectorAll('[data-chart]')) {
  const chart = report.charts.find(({ id }) => id === element.dataset.chart);
  mount(element, chart);
}

/** One chart with its buttons; drawn anew when the theme, the view or what is shown changes. */
function mount(element, chart) {
  const state = { mode: chart.modes[0], hidden: new Set(), plot: null };
  const target = element.querySelector('.plot');
  const redraw = () => {
    state.plot?.destroy();
    state.plot = draw(target, chart, state);
  };
  const modes = element.querySelector('.modes');
  for (const mode of chart.modes) {
    modes.append(
      button(mode.label, mode === state.mode, (self) => {
        for (const other of modes.children) other.setAttribute('aria-pressed', String(other === self));
        state.mode = mode;
        redraw();
      }),
    );
  }
  const legend = element.querySelector('.legend');
  for (const { name, label, style } of legendEntries(chart)) {
    const entry = button(label, true, (self) => {
      const show = state.hidden.delete(name);
      if (!show) state.hidden.add(name);
      self.setAttribute('aria-pressed', String(show));
      redraw();
    });
    const swatch = document.createElement('span');
    swatch.className = `swatch ${style}`;
    const colour = () => {
      swatch.style.color = colourOf(name) ?? cssColour('--muted');
    };
    colour();
    dark.addEventListener('change', colour);
    entry.prepend(swatch);
    legend.append(entry);
  }
  dark.addEventListener('change', redraw);
  new ResizeObserver(() => state.plot?.setSize(sizeOf(target))).observe(target);
  redraw();
}

/** The cells that have a line in the chart, then the kinds of lines, each of which can be hidden. */
function legendEntries({ lines, baseline }) {
  const has = (kind) => lines.some((line) => line.kind === kind);
  return [
    ...report.keys
      .filter(({ name }) => lines.some((line) => line.name === name))
      .map(({ name }) => ({ name, label: name, style: '' })),
    ...(has('mean') ? [{ name: 'mean', label: report.meanings.mean, style: '' }] : []),
    ...(has('seed') ? [{ name: 'seed', label: report.meanings.seed, style: 'thin' }] : []),
    ...(has('paper') ? [{ name: 'paper', label: report.meanings.paper, style: 'dashed' }] : []),
    ...(baseline === null ? [] : [{ name: 'baseline', label: report.meanings.baseline, style: 'dotted' }]),
  ];
}

function button(label, pressed, action) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = label;
  element.setAttribute('aria-pressed', String(pressed));
  element.addEventListener('click', () => action(element));
  return element;
}

function colourOf(name) {
  const key = report.keys.find((candidate) => candidate.name === name);
  return key && (dark.matches ? key.darkColour : key.colour);
}

function cssColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function sizeOf(target) {
  const width = Math.max(240, target.clientWidth);
  return { width, height: Math.round(Math.min(360, Math.max(240, width * 0.62))) };
}

function draw(target, chart, { mode, hidden }) {
  const shown = chart.lines.filter(({ name, kind }) => !hidden.has(name) && !hidden.has(kind));
  const bands = chart.bands.filter(({ name }) => !hidden.has(name) && !hidden.has('seed'));
  const from = mode.log ? mode.x[0] : Number.NEGATIVE_INFINITY;
  const tables = [];
  const series = [{}];
  const fills = [];
  const add = (points, options) => {
    tables.push(points.filter(([step]) => step >= from));
    series.push({ points: { show: false }, ...options });
  };
  if (chart.baseline !== null && !hidden.has('baseline')) {
    const ends = mode.x.map((step) => [step, chart.baseline]);
    add(ends, {
      label: report.meanings.baseline,
      stroke: cssColour('--muted'),
      width: 1.2,
      dash: [2, 3],
      told: false,
    });
  }
  for (const { name, points } of bands) {
    const low = series.length;
    add(
      points.map(([step, value]) => [step, value]),
      { stroke: 'transparent', width: 0, told: false },
    );
    add(
      points.map(([step, , value]) => [step, value]),
      { stroke: 'transparent', width: 0, told: false },
    );
    fills.push({ series: [low + 1, low], fill: `${colourOf(name)}2b` });
  }
  for (const { name, kind, points } of shown) {
    const stroke = colourOf(name);
    const look = {
      mean: { width: 2.4, stroke, told: true },
      seed: { width: 1, stroke: `${stroke}80`, told: false },
      paper: { width: 1.4, stroke, dash: [6, 4], told: true },
    }[kind];
    add(points, { label: kind === 'paper' ? `${name}, paper` : name, kind, ...look });
  }
  const axis = {
    stroke: cssColour('--muted'),
    grid: { stroke: cssColour('--grid'), width: 1 },
    ticks: { stroke: cssColour('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
    labelFont: '12px system-ui, sans-serif',
  };
  const percent = chart.y.percent;
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  const plot = new uPlot(
    {
      ...sizeOf(target),
      series,
      bands: fills,
      legend: { show: false },
      scales: {
        x: { time: false, distr: mode.log ? 3 : 1, range: rangeWithin(mode.x) },
        y: { range: () => mode.y },
      },
      axes: [
        {
          ...axis,
          label: chart.x.title,
          labelSize: 20,
          size: 34,
          grid: { ...axis.grid, filter: roundOnly },
          ticks: { ...axis.ticks, filter: roundOnly },
          filter: roundOnly,
          values: (u, ticks) =>
            ticks.map((tick) => (tick === null || isCrowded(u, tick, mode) ? '' : short(tick))),
        },
        {
          ...axis,
          label: chart.y.title,
          labelSize: 22,
          size: 46,
          values: (_, ticks) =>
            ticks.map((tick) => (percent ? `${Math.round(tick * 100)}%` : number.format(tick))),
        },
      ],
      cursor: {
        y: false,
        dataIdx: (u, index, hovered) =>
          series[index].told ? nearest(u, index, hovered) : index === 0 ? hovered : null,
        points: { size: 7 },
      },
      hooks: {
        setCursor: [(u) => tell(u, tip, percent)],
      },
    },
    align(tables),
    target,
  );
  plot.over.append(tip);
  plot.over.addEventListener('mouseleave', () => {
    tip.hidden = true;
  });
  return plot;
}

/** The limits of the view, or of what was dragged over; a double click brings the view back. */
function rangeWithin([left, right]) {
  return (u, low, high) => {
    const all = low === u.data[0][0] && high === u.data[0].at(-1);
    return all || low === null || low === high ? [left, right] : [low, high];
  };
}

/** Series with steps of their own, on one list of steps: undefined where a series has no point, null where it has a gap. */
function align(tables) {
  const all = [...new Set(tables.flatMap((points) => points.map(([step]) => step)))].sort((a, b) => a - b);
  const place = new Map(all.map((step, index) => [step, index]));
  return [
    all,
    ...tables.map((points) => {
      const values = new Array(all.length).fill(undefined);
      for (const [step, value] of points) values[place.get(step)] = value;
      return values;
    }),
  ];
}

/** The point of a series nearest to the pointer, null if there is none within a fortieth of the width. */
function nearest(u, index, hovered) {
  const values = u.data[index];
  const [xs, left] = [u.data[0], u.cursor.left];
  const distance = (at) => Math.abs(u.valToPos(xs[at], 'x') - left);
  let best = null;
  for (const direction of [-1, 1]) {
    let at = direction === 1 ? hovered : hovered - 1;
    while (at >= 0 && at < xs.length && values[at] == null) at += direction;
    if (values[at] != null && (best === null || distance(at) < distance(best))) best = at;
  }
  return best !== null && distance(best) <= Math.max(16, u.over.clientWidth / 40) ? best : null;
}

/** The values under the pointer, in a box beside it. */
function tell(u, tip, percent) {
  const { left, top, idx } = u.cursor;
  const values = u.series.flatMap(({ told, kind, label, stroke }, index) => {
    const at = u.cursor.idxs?.[index];
    const value = at == null ? null : u.data[index][at];
    return told && value != null ? [{ kind, label, stroke, value }] : [];
  });
  const rows = [
    ...values.filter(({ kind }) => kind === 'mean'),
    ...values.filter(({ kind }) => kind === 'paper'),
  ];
  tip.hidden = left < 0 || idx == null || rows.length === 0;
  if (tip.hidden) return;
  const heading = document.createElement('b');
  heading.textContent = `step ${steps.format(Math.round(u.posToVal(left, 'x') / 1000) * 1000)}`;
  tip.replaceChildren(heading);
  for (const { kind, label, stroke, value } of rows) {
    const row = document.createElement('div');
    const [name, amount] = [document.createElement('span'), document.createElement('span')];
    const swatch = document.createElement('span');
    swatch.className = kind === 'paper' ? 'swatch dashed' : 'swatch';
    swatch.style.color = typeof stroke === 'function' ? stroke() : stroke;
    name.append(swatch, label);
    amount.textContent = percent ? `${(value * 100).toFixed(1)} %` : number.format(value);
    row.append(name, amount);
    tip.append(row);
  }
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const room = u.over.clientWidth;
  const x = left + 14 + width > room ? left - width - 14 : left + 14;
  tip.style.left = `${Math.max(-40, Math.min(x, room - width))}px`;
  tip.style.top = `${Math.max(0, Math.min(top - height / 2, u.over.clientHeight - height))}px`;
}

/** Ticks at 1, 2 and 5 times a power of ten; a linear axis has no others. */
function roundOnly(u, ticks) {
  return u.scales.x.distr === 3 ? ticks.map((tick) => (isRound(tick) ? tick : null)) : ticks;
}

/** On a narrow logarithmic axis only powers of ten have room for a label. */
function isCrowded(u, tick, { log }) {
  return log && u.width < 480 && Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) > 1e-6;
}

function isRound(tick) {
  const digits = tick / 10 ** Math.floor(Math.log10(tick) + 1e-9);
  return [1, 2, 5].some((digit) => Math.abs(digits - digit) < 1e-6);
}

function short(step) {
  if (step >= 1e6) return `${number.format(step / 1e6)}M`;
  return step >= 1e3 ? `${number.format(step / 1e3)}k` : number.format(step);
}
