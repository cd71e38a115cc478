// Draws the charts of a report's page, opens rows, copies commands, sorts tables. `report` (the data), `uPlot` and `copyText` come
// from the scripts before this one.
/* global report, uPlot, copyText */

const dark = matchMedia('(prefers-color-scheme: dark)');
const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const steps = new Intl.NumberFormat('en');
const font = '12px Inter, system-ui, sans-serif';

// The text is there before the charts are.
requestAnimationFrame(() => setTimeout(drawAll));

function drawAll() {
  for (const element of document.querySelectorAll('[data-chart]')) {
    const chart = report.charts.find(({ id }) => id === element.dataset.chart);
    for (const line of [...chart.lines, ...chart.inside.flatMap(({ lines }) => lines)]) {
      line.points = line.steps.map((step, index) => [step, line.values[index]]);
    }
    mount(element, chart);
  }
  document.documentElement.classList.add('drawn');
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest('button');
  if (button?.matches('.copy')) copy(button);
  if (button?.matches('.toggle')) toggle(button);
  if (button?.matches('.sort')) sort(button);
});

/** Opens and closes the details of a row. */
function toggle(button) {
  const open = button.getAttribute('aria-expanded') !== 'true';
  button.setAttribute('aria-expanded', String(open));
  document.getElementById(button.getAttribute('aria-controls')).classList.toggle('open', open);
}

async function copy(button) {
  await copyText(button.dataset.copy);
  button.focus();
  const label = button.textContent;
  button.textContent = 'copied';
  document.getElementById('said').textContent = 'command copied';
  setTimeout(() => {
    button.textContent = label;
    document.getElementById('said').textContent = '';
  }, 1500);
}

/** By the column of the button, up first, then down; each row with its details. */
function sort(button) {
  const head = button.closest('th');
  const table = head.closest('table');
  const down = head.getAttribute('aria-sort') === 'ascending';
  for (const other of head.parentElement.children) {
    if (other.hasAttribute('aria-sort')) other.setAttribute('aria-sort', 'none');
  }
  head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const key = (body) => body.rows[0].cells[head.cellIndex]?.dataset.order ?? '';
  const bodies = [...table.tBodies].filter((body) => !body.classList.contains('fold'));
  const compare = (a, b) => {
    if (a === '' || b === '') return Number(a === '') - Number(b === '');
    const numbers = Number(a) - Number(b);
    return (Number.isNaN(numbers) ? (a < b ? -1 : Number(a > b)) : numbers) * (down ? -1 : 1);
  };
  bodies.sort((a, b) => compare(key(a), key(b)));
  const folds = [...table.tBodies].filter((body) => body.classList.contains('fold'));
  table.append(...bodies, ...folds);
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
  mountInside(element, chart);
}

/** The charts of other columns are made when they are asked for. */
function mountInside(element, chart) {
  const details = element.querySelector('.inside');
  if (details === null) return;
  const place = details.querySelector('.insides');
  let plots = [];
  const redraw = () => {
    for (const plot of plots) plot.destroy();
    place.replaceChildren();
    plots = details.open ? chart.inside.map((inside) => drawInside(place, chart, inside)) : [];
  };
  details.addEventListener('toggle', redraw);
  dark.addEventListener('change', redraw);
}

/** The names that have a line in the chart, then the kinds of lines, each of which can be hidden. */
function legendEntries({ lines, baseline }) {
  const has = (kind) => lines.some((line) => line.kind === kind);
  return [
    ...report.keys
      .filter(({ name }) => lines.some((line) => line.name === name))
      .map(({ name }) => ({ name, label: name, style: '' })),
    ...(has('median') ? [{ name: 'median', label: report.meanings.median, style: '' }] : []),
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
  const width = Math.max(220, target.clientWidth);
  return { width, height: Math.round(Math.min(330, Math.max(220, width * 0.58))) };
}

function axisLook() {
  return {
    stroke: cssColour('--muted'),
    grid: { stroke: cssColour('--grid'), width: 1 },
    ticks: { stroke: cssColour('--line'), width: 1 },
    font,
    labelFont: font,
  };
}

function draw(target, chart, { mode, hidden }) {
  const from = mode.log ? mode.x[0] : Number.NEGATIVE_INFINITY;
  const series = [{}];
  const tables = [];
  const add = (points, options) => {
    tables.push(points.filter(([step]) => step >= from));
    series.push({ points: { show: false }, ...options });
  };
  const marks = mode.share ? addShares(chart, mode, hidden, add) : addScores(chart, mode, hidden, add);
  const percent = mode.share || chart.y.percent;
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  const axis = axisLook();
  const plot = new uPlot(
    {
      ...sizeOf(target),
      series,
      legend: { show: false },
      scales: {
        x: { time: false, distr: mode.log ? 3 : 1, range: rangeWithin(mode.x) },
        y: { range: () => mode.y },
      },
      axes: [
        stepAxis(axis, chart.x.title),
        {
          ...axis,
          label: mode.share ? 'runs' : chart.y.title,
          labelSize: 22,
          size: 46,
          values: (_, ticks) => ticks.map((tick) => valueText(tick, percent)),
        },
      ],
      cursor: {
        y: false,
        dataIdx: (u, index, hovered) =>
          series[index].told ? nearest(u, index, hovered, series[index].steps) : index === 0 ? hovered : null,
        points: { size: 7 },
      },
      hooks: {
        setCursor: [(u) => tell(u, tip, percent)],
        draw: [(u) => drawMarks(u, marks)],
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

/** Scores against steps. Returns the marks where runs end and where they go beyond the axis. */
function addScores(chart, mode, hidden, add) {
  if (chart.baseline !== null && !hidden.has('baseline')) {
    const ends = mode.x.map((step) => [step, chart.baseline]);
    add(ends, { stroke: cssColour('--muted'), width: 1.2, dash: [2, 3], told: false });
  }
  const marks = [];
  const shown = chart.lines.filter(({ name, kind }) => !hidden.has(name) && !hidden.has(kind));
  const order = { paper: 0, seed: 1, median: 2 };
  for (const line of shown.sort((a, b) => order[a.kind] - order[b.kind])) {
    const { name, kind, points, end } = line;
    const stroke = colourOf(name);
    const look = {
      median: { width: 2.4, stroke, told: true },
      seed: { width: 1, stroke: `${stroke}80`, told: false },
      paper: { width: 1.4, stroke, dash: [6, 4], told: true },
    }[kind];
    add(points, { label: kind === 'paper' ? `${name}, paper` : name, kind, ...look });
    if (end === undefined) continue;
    const last = points.at(-1);
    for (const [step, value] of points) {
      if (value > mode.y[1]) marks.push({ kind: 'spike', step, value: mode.y[1], stroke });
    }
    if (last !== undefined && last[1] <= mode.y[1])
      marks.push({ kind: end, step: last[0], value: last[1], stroke });
  }
  return marks;
}

/** Kaplan and Meier's steps. Returns a mark for each run that had not passed when it was last watched. */
function addShares({ shares }, mode, hidden, add) {
  const marks = [];
  for (const { name, points, censored } of shares.filter((share) => !hidden.has(share.name))) {
    const stroke = colourOf(name);
    const at = (step) => points.filter((point) => point[0] <= step).at(-1)?.[1] ?? 0;
    const visible = [[mode.x[0], at(mode.x[0])], ...points.filter(([step]) => step > mode.x[0])];
    add(visible, {
      label: name,
      kind: 'median',
      stroke,
      width: 2.4,
      told: true,
      steps: true,
      paths: uPlot.paths.stepped({ align: 1 }),
    });
    for (const step of censored) marks.push({ kind: 'capped', step, value: at(step), stroke });
  }
  return marks;
}

function drawInside(place, chart, { title, log, percent, lines }) {
  const figure = document.createElement('figure');
  const caption = document.createElement('figcaption');
  caption.textContent = title;
  const target = document.createElement('div');
  target.role = 'img';
  target.ariaLabel = `${title} of single runs against steps`;
  figure.append(caption, target);
  place.append(figure);
  const from = chart.modes[0].x[0];
  const series = [{}];
  const tables = lines.map(({ name, points }) => {
    series.push({ stroke: colourOf(name), width: 1.2, points: { show: false } });
    return points.filter(([step, value]) => step >= from && (!log || value > 0));
  });
  const axis = axisLook();
  return new uPlot(
    {
      width: Math.max(200, target.clientWidth),
      height: 150,
      series,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, distr: 3, range: () => chart.modes[0].x },
        y: log ? { distr: 3 } : { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 1) * 1.05 || 1] },
      },
      axes: [
        stepAxis(axis, null),
        {
          ...axis,
          size: 50,
          values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : valueText(tick, percent))),
          ...(log ? { filter: powersOnly, grid: { ...axis.grid, filter: powersOnly } } : {}),
        },
      ],
    },
    align(tables),
    target,
  );
}

function valueText(value, percent) {
  if (percent) return `${number.format(value * 100)}%`;
  return Math.abs(value) >= 1e5 ? value.toExponential(0) : number.format(value);
}

function stepAxis(axis, label) {
  return {
    ...axis,
    ...(label === null ? {} : { label, labelSize: 20 }),
    size: 34,
    grid: { ...axis.grid, filter: roundOnly },
    ticks: { ...axis.ticks, filter: roundOnly },
    filter: roundOnly,
    values: (u, ticks) => ticks.map((tick) => (tick === null || isCrowded(u, tick) ? '' : short(tick))),
  };
}

/** How runs ended, and spikes, thinned to what can be told apart. */
function drawMarks(u, marks) {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const taken = [];
  ctx.save();
  ctx.lineWidth = 1.6 * ratio;
  for (const { kind, step, value, stroke } of marks) {
    const x = u.valToPos(step, 'x', true);
    const y = u.valToPos(value, 'y', true);
    if (x < u.bbox.left - 1 || x > u.bbox.left + u.bbox.width + 1) continue;
    const near = (other) => other.stroke === stroke && Math.abs(other.x - x) < 9 * ratio;
    if (kind === 'spike') {
      if (taken.some(near)) continue;
      taken.push({ stroke, x });
    }
    ctx.strokeStyle = stroke;
    ctx.fillStyle = stroke;
    ctx.beginPath();
    shapes[kind](ctx, x, y, 4 * ratio);
  }
  ctx.restore();
}

const shapes = {
  solved(ctx, x, y, r) {
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.fill();
  },
  capped(ctx, x, y, r) {
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.fillStyle = cssColour('--ground');
    ctx.fill();
    ctx.stroke();
  },
  diverged(ctx, x, y, r) {
    ctx.moveTo(x - r, y - r);
    ctx.lineTo(x + r, y + r);
    ctx.moveTo(x - r, y + r);
    ctx.lineTo(x + r, y - r);
    ctx.stroke();
  },
  unfinished(ctx, x, y, r) {
    ctx.moveTo(x - r / 2, y - r);
    ctx.lineTo(x + r, y);
    ctx.lineTo(x - r / 2, y + r);
    ctx.closePath();
    ctx.fillStyle = cssColour('--ground');
    ctx.fill();
    ctx.stroke();
  },
  spike(ctx, x, y, r) {
    ctx.moveTo(x, y);
    ctx.lineTo(x + r, y + 1.7 * r);
    ctx.lineTo(x - r, y + 1.7 * r);
    ctx.closePath();
    ctx.fill();
  },
};

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

/** The point of a series nearest to the pointer, null if there is none within a fortieth of the width; of a step curve the last one. */
function nearest(u, index, hovered, stepped) {
  const values = u.data[index];
  const [xs, left] = [u.data[0], u.cursor.left];
  const distance = (at) => Math.abs(u.valToPos(xs[at], 'x') - left);
  let best = null;
  for (const direction of stepped ? [-1] : [-1, 1]) {
    let at = direction === 1 || stepped ? hovered : hovered - 1;
    while (at >= 0 && at < xs.length && values[at] == null) at += direction;
    if (values[at] != null && (best === null || distance(at) < distance(best))) best = at;
  }
  if (stepped) return best;
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
    ...values.filter(({ kind }) => kind === 'median'),
    ...values.filter(({ kind }) => kind === 'paper'),
  ];
  tip.hidden = left < 0 || idx == null || rows.length === 0;
  if (tip.hidden) return;
  const heading = document.createElement('b');
  const step = u.posToVal(left, 'x');
  const unit = step < 20_000 ? 100 : 1000;
  heading.textContent = `step ${steps.format(Math.round(step / unit) * unit)}`;
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

/** At most five of the powers of ten. */
function powersOnly(_, ticks) {
  const powers = ticks.filter((tick) => isPower(tick)).map((tick) => Math.round(Math.log10(tick)));
  const every = Math.max(1, Math.ceil((powers.at(-1) - powers[0]) / 4));
  return ticks.map((tick) =>
    isPower(tick) && (Math.round(Math.log10(tick)) - powers[0]) % every === 0 ? tick : null,
  );
}

function isPower(tick) {
  return tick > 0 && Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-6;
}

/** On a narrow logarithmic axis only powers of ten have room for a label. */
function isCrowded(u, tick) {
  return u.scales.x.distr === 3 && u.width < 480 && !isPower(tick);
}

function isRound(tick) {
  const digits = tick / 10 ** Math.floor(Math.log10(tick) + 1e-9);
  return [1, 2, 5].some((digit) => Math.abs(digits - digit) < 1e-6);
}

function short(step) {
  if (step >= 1e6) return `${number.format(step / 1e6)}M`;
  return step >= 1e3 ? `${number.format(step / 1e3)}k` : number.format(step);
}
