// Curves over the course of runs. All charts of a page share one view: the axis, the scale, the smoothing and the
// place that is pointed at. A series is {label, column, run, values, sparse, slot}: values[i] belongs to row i of its
// run, null for none; slot chooses colour and dashes, so that curves differ without colour too.

const view = { axis: 'epoch', log: false, smoothing: 0, at: null };
const DASHES = ['', '7 3', '2 2', '9 3 2 3', '12 4', '5 2 1 2 1 2'];
const AXES = { epoch: 'epoch', step: 'step', time: 'time in training' };
const charts = [];

const strokeOf = (series) =>
  `stroke: var(--line-${series.slot % 6}); stroke-dasharray: ${DASHES[series.slot % 6] || 'none'}`;

// An exponential mean over the points there are, without the pull of its beginning.
function smooth(values, weight) {
  let mean = 0, mass = 0;
  return values.map((value) => {
    if (value == null) return null;
    mean = weight * mean + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return mean / mass;
  });
}

const rangeOf = (values) => values.filter((value) => value != null)
  .reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

// Round numbers from low to high, about `count` of them, and no nearer to each other than `closest`.
function ticks(low, high, count, log, closest = 0) {
  const list = [];
  if (log && high / low > 8) {
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10)
      for (const digit of high / low > 1e3 ? [1] : [1, 2, 5])
        if (digit * power >= low && digit * power <= high) list.push(digit * power);
    return list;
  }
  const rough = Math.max((high - low) / count, closest) || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((digit) => digit * power >= rough) * power;
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-12) + 1e-12; i++) list.push(i * step);
  return list;
}

const tickText = (value) => (value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3)
  ? value.toExponential(0) : String(+value.toPrecision(4)));

class Chart {
  constructor(title, series, { words, levels, decimals }) {
    Object.assign(this, { title, series, levels, decimals });
    this.svg = svg('svg', {
      tabindex: 0, role: 'img',
      onpointermove: (event) => this.point(event), onpointerleave: () => pointAt(null),
      onkeydown: (event) => this.key(event), onblur: () => pointAt(null),
      onclick: () => showEpoch(epochAt(this.series[0].run)),
    });
    this.legend = el('ul', { class: 'legend' }, series.map((one) => el('li', { 'data-column': one.column },
      svg('svg', { viewBox: '0 0 32 12' },
        svg('line', { x1: 0, x2: 32, y1: 6, y2: 6, 'stroke-width': 2, style: strokeOf(one) })),
      one.label, el('b'))));
    this.root = el('div', { class: 'card chart' }, el('h3', {}, title), this.legend, this.svg,
      words && el('p', { class: 'note' }, words));
    charts.push(this);
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  // The ranges of both axes; log only where all numbers are above 0.
  measure() {
    let x = rangeOf(this.series.flatMap((one) => one.run.axes[view.axis]));
    let y = rangeOf([...this.series.flatMap((one) => one.values), ...this.levels.map(([, level]) => level)]);
    this.log = view.log && y[0] > 0;
    if (x[0] === x[1]) x = [x[0] - 1, x[1] + 1];
    if (y[0] === y[1]) y = this.log ? [y[0] / 2, y[1] * 2] : [y[0] - 0.5, y[1] + 0.5];
    const pad = this.log ? 0 : 0.06 * (y[1] - y[0]);
    return { x, y: [y[0] - pad, y[1] + pad] };
  }

  scale() {
    const { clientWidth: width, clientHeight: height } = this.svg;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const { x, y } = this.measure();
    const box = { left: 3 * rem, right: width - 0.75 * rem, top: 1.25 * rem, bottom: height - 1.75 * rem };
    const [f, low, high] = this.log ? [Math.log, Math.log(y[0]), Math.log(y[1])] : [(v) => v, ...y];
    Object.assign(this, { ranges: { x, y }, box });
    this.x = (v) => box.left + ((v - x[0]) / (x[1] - x[0])) * (box.right - box.left);
    this.y = (v) => box.bottom - ((f(v) - low) / (high - low)) * (box.bottom - box.top);
  }

  // A path through the points; a point that is missing makes a gap, except in a column that has only some.
  path(one, values, extra = '') {
    const xs = one.run.axes[view.axis];
    let d = '', pen = false;
    values.forEach((value, i) => {
      if (value != null) d += `${pen ? 'L' : 'M'}${this.x(xs[i]).toFixed(2)} ${this.y(value).toFixed(2)}`;
      pen = value != null || (pen && one.sparse);
    });
    return svg('path', { d, class: `curve ${extra}`, style: strokeOf(one), 'data-column': one.column,
      'data-run': one.run.path });
  }

  dots(one) {
    const xs = one.run.axes[view.axis];
    if (one.values.filter((value) => value != null).length > 40) return [];
    return one.values.map((value, i) => value != null &&
      svg('circle', { cx: this.x(xs[i]), cy: this.y(value), r: 2.5, style: `fill: var(--line-${one.slot % 6})` }));
  }

  // What lies behind the curves, and the words over them.
  frame() {
    const { left, right, top, bottom } = this.box, { x, y } = this.ranges;
    const across = ticks(...x, Math.max(2, (right - left) / 90), false, view.axis === 'time' ? 0 : 1);
    const up = ticks(...y, 4, this.log);
    const label = view.axis === 'time' ? formatSeconds : tickText;
    const marks = marksOf(this.series.map((one) => one.run));
    const flat = (v, kind) => svg('line', { class: kind, x1: left, x2: right, y1: this.y(v), y2: this.y(v) });
    const part = (v) => (v - left) / (right - left);
    const anchor = (v) => (part(v) > 0.85 ? 'end' : part(v) < 0.1 ? 'start' : 'middle');
    const text = (at, v, how, words) => svg('text', { x: at, y: v, 'text-anchor': how }, words);
    const behind = [
      up.map((v) => [flat(v, 'grid'), text(left - 6, this.y(v) + 4, 'end', tickText(v))]),
      across.map((v) => text(this.x(v), bottom + 16, 'middle', label(v))),
      this.levels.map(([, v]) => flat(v, 'level')),
      marks.map(([, v]) => svg('line', { class: 'mark', x1: this.x(v), x2: this.x(v), y1: top, y2: bottom })),
    ];
    const over = [
      this.levels.map(([name, v]) => text(left + 4, this.y(v) - 4, 'start', name)),
      marks.map(([name, v]) => text(this.x(v), top - 5, anchor(this.x(v)), name)),
    ];
    return [behind.flat(2), over.flat()];
  }

  draw() {
    if (this.svg.clientWidth === 0) return;
    this.scale();
    this.pointer = svg('line', { class: 'pointer', y1: this.box.top, y2: this.box.bottom, visibility: 'hidden' });
    const curves = this.series.flatMap((one) => view.smoothing > 0
      ? [this.path(one, one.values, 'raw'), this.path(one, smooth(one.values, view.smoothing))]
      : [this.path(one, one.values), ...this.dots(one)]);
    const [behind, over] = this.frame();
    this.svg.replaceChildren(...behind, ...curves.filter(Boolean), ...over, this.pointer);
    this.read();
  }

  // Shows the values at the place that is pointed at, or the last ones.
  read() {
    const texts = this.series.map((one, k) => {
      let i = view.at == null ? one.values.length - 1 : nearest(one.run.axes[view.axis], view.at);
      while (one.sparse && i > 0 && one.values[i] == null) i--;
      const text = format(one.values[i], this.decimals);
      this.legend.children[k].querySelector('b').textContent = text;
      return `${one.label} ${text}`;
    });
    const epoch = epochAt(this.series[0].run);
    this.svg.setAttribute('aria-label', `${this.title}, epoch ${epoch}: ${texts.join(', ')}. Arrow keys move along.`);
    if (!this.pointer) return;
    this.pointer.setAttribute('visibility', view.at == null ? 'hidden' : 'visible');
    if (view.at != null) ['x1', 'x2'].forEach((end) => this.pointer.setAttribute(end, this.x(view.at)));
  }

  point(event) {
    const { x } = this.ranges, { left, right } = this.box;
    const part = (event.clientX - this.svg.getBoundingClientRect().left - left) / (right - left);
    const xs = this.series[0].run.axes[view.axis];
    pointAt(xs[nearest(xs, x[0] + part * (x[1] - x[0]))]);
  }

  key(event) {
    const xs = this.series[0].run.axes[view.axis], last = xs.length - 1;
    const i = view.at == null ? last : nearest(xs, view.at), by = event.shiftKey ? 10 : 1;
    const to = { ArrowLeft: i - by, ArrowRight: i + by, Home: 0, End: last, Enter: i, Escape: null }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pointAt(to == null ? null : xs[Math.min(last, Math.max(0, to))]);
    if (event.key === 'Enter') showEpoch(epochAt(this.series[0].run));
  }
}

// The number of the value nearest to `at` in an ascending list.
function nearest(list, at) {
  let low = 0, high = list.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (list[middle] <= at) low = middle;
    else high = middle;
  }
  return Math.abs(list[high] - at) < Math.abs(list[low] - at) ? high : low;
}

// The epoch of a run that is pointed at: its last, if none is.
const epochAt = (run) =>
  run.axes.epoch[view.at == null ? run.axes.epoch.length - 1 : nearest(run.axes[view.axis], view.at)];

function pointAt(at) {
  view.at = at;
  for (const chart of charts) chart.read();
}

const drawCharts = () => charts.forEach((chart) => chart.draw());
