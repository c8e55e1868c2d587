// Curves over the course of runs. All charts of a page share one view: the axis, the scale, the
// smoothing and the place that is pointed at. A series is {label, column, run, values, slot}:
// values[i] belongs to row i of its run, null for none.

const view = { axis: 'epoch', log: false, smoothing: 0, at: null };
const AXES = { epoch: 'epoch', step: 'step', time: 'time in training' };
const charts = [];

// A slot is a colour and, so that curves differ without colour too, the dashes of a line.
const DASHES = ['none', '7 3', '2 2', '9 3 2 3', '12 4', '5 2 1 2 1 2'];
const inkOf = (slot) => `var(--line-${slot % DASHES.length})`;
const pixels = (point) => point.map((value) => value.toFixed(2)).join(' ');

// A line through points [x, y]; one that is missing makes a gap.
function curve(points, slot, attributes = {}) {
  const d = points.map((point, i) => (point ? (points[i - 1] ? 'L' : 'M') + pixels(point) : ''));
  const style = `stroke: ${inkOf(slot)}; stroke-dasharray: ${DASHES[slot % DASHES.length]}`;
  return svg('path.curve', { d: d.join(''), style, ...attributes });
}

const dots = (points, slot) => svg('path.dots', { style: `stroke: ${inkOf(slot)}`,
  d: points.filter(Boolean).map((point) => `M${pixels(point)}h0`).join('') });

// An exponential mean over the points there are, without the pull of its beginning.
function smooth(values, weight) {
  let sum = 0, mass = 0;
  return values.map((value) => {
    if (value == null) return null;
    [sum, mass] = [weight * sum + value, weight * mass + 1];
    return sum / mass;
  });
}

// The lowest and the highest value; some room around the only one.
function rangeOf(values, room) {
  const [low, high] = values.filter((value) => value != null)
    .reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  return low === high ? [low - room, high + room] : [low, high];
}

// From values in a range to pixels; `of` bends the scale.
const scaleOf = ([low, high], from, to, of = (value) => value) => (value) =>
  from + ((of(value) - of(low)) / (of(high) - of(low))) * (to - from);

// Round numbers from low to high, about `count` of them, and no nearer to each other than `closest`.
function ticks([low, high], count, log, closest = 0) {
  if (log && high / low > 8)
    return Array.from({ length: 80 }, (_, i) => 10 ** (i - 40))
      .flatMap((power) => (high / low > 1e3 ? [1] : [1, 2, 5]).map((digit) => digit * power))
      .filter((tick) => tick >= low && tick <= high);
  const rough = Math.max((high - low) / count, closest) || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((digit) => digit * power >= rough) * power;
  const start = Math.ceil(low / step - 1e-9), end = Math.floor(high / step + 1e-9);
  return Array.from({ length: end - start + 1 }, (_, i) => (start + i) * step);
}

function tickText(value) {
  if (value !== 0 && (Math.abs(value) >= 1e9 || Math.abs(value) < 1e-3)) return value.toExponential(0);
  return value.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 4 });
}

const text = (x, y, words, anchor = 'start') => svg('text', { x, y, 'text-anchor': anchor }, words);

// The marks of runs along the axis that is shown: [words, place].
const marksOf = (runs) => [...new Set(runs)].flatMap((run) => run.marks.map(([words, row]) =>
  [single ? words : `${run.name} ${words}`, run.axes[view.axis][row]]));

class Chart {
  constructor({ title, words, levels, decimals, sparse }, series) {
    Object.assign(this, { title, levels, decimals, sparse, series, run: series[0].run });
    this.svg = svg('svg', {
      tabindex: 0, role: 'img',
      onpointermove: (event) => this.point(event), onpointerleave: () => pointAt(null),
      onkeydown: (event) => this.key(event), onblur: () => pointAt(null),
      onclick: () => showEpoch(epochAt(this.run)),
    });
    this.pointer = svg('path.pointer');
    this.numbers = series.map(() => el('b'));
    const legend = series.map((one, k) => el('li', { 'data-column': one.column },
      svg('svg', { viewBox: '0 0 32 12' }, curve([[0, 6], [32, 6]], one.slot)), one.label, this.numbers[k]));
    this.root = el('div.card.chart', el('h3', title), el('ul.legend', legend), this.svg, words && note(words));
    charts.push(this);
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  // Where values go along both axes, below rows of words; log only where all numbers are above 0.
  scale(rows) {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const { clientWidth, clientHeight } = this.svg, levels = this.levels.map(([, level]) => level);
    const box = { left: 3 * rem, right: clientWidth - 0.75 * rem, top: (0.25 + rows) * rem,
      bottom: clientHeight - 1.75 * rem, rem, rows };
    const x_range = rangeOf(this.series.flatMap((one) => one.run.axes[view.axis]), 1);
    const [low, high] = rangeOf([...this.series.flatMap((one) => one.values), ...levels], 0.5);
    const log = view.log && low > 0, pad = log ? 0 : 0.06 * (high - low), y_range = [low - pad, high + pad];
    Object.assign(this, { box, log, x_range, y_range });
    this.x = scaleOf(x_range, box.left, box.right);
    this.y = scaleOf(y_range, box.bottom, box.top, log ? Math.log : undefined);
  }

  // A point that is missing makes a gap, except in a column that has only some.
  curves(one) {
    const xs = one.run.axes[view.axis];
    const points = (values) => values.map((value, i) => value != null && [this.x(xs[i]), this.y(value)])
      .filter((point) => point || !this.sparse);
    const about = { 'data-column': one.column, 'data-run': one.run.path }, raw = points(one.values);
    if (view.smoothing > 0)
      return [curve(raw, one.slot, { ...about, class: 'curve raw' }),
        curve(points(smooth(one.values, view.smoothing)), one.slot, about)];
    return [curve(raw, one.slot, about), raw.filter(Boolean).length <= 40 && dots(raw, one.slot)];
  }

  // The words over marks, each in the first row in which it has room, if there is one.
  wordsOf(marks) {
    const { x, box: { left, right, top, rem, rows } } = this, ends = Array(rows).fill(left - rem);
    return marks.sort((a, b) => a[1] - b[1]).map(([words, value]) => {
      const width = words.length * 0.38 * rem;
      const start = Math.max(left, Math.min(right - width, x(value) - width / 2));
      const row = ends.findIndex((end) => end < start);
      ends[row] = start + width;
      return row >= 0 && text(start, top - (0.3 + row) * rem, words);
    });
  }

  draw() {
    if (this.svg.clientWidth === 0) return;
    const marks = marksOf(this.series.map((one) => one.run)), isTime = view.axis === 'time';
    this.scale(marks.length > 1 ? 2 : 1);
    const { x, y, box: { left, right, top, bottom, rem } } = this;
    const across = (kind, v) => svg(`path.${kind}`, { d: `M${left} ${y(v)}H${right}` });
    fillIn(this.svg,
      ticks(this.y_range, 4, this.log).map((v) =>
        [across('grid', v), text(left - 0.4 * rem, y(v) + 0.25 * rem, tickText(v), 'end')]),
      ticks(this.x_range, Math.max(2, (right - left) / 90), false, isTime ? 0 : 1)
        .map((v) => text(x(v), bottom + rem, isTime ? formatSeconds(v) : tickText(v), 'middle')),
      this.levels.map(([, v]) => across('level', v)),
      marks.map(([, v]) => svg('path.level', { d: `M${x(v)} ${top}V${bottom}` })),
      this.series.map((one) => this.curves(one)),
      this.levels.map(([name, v]) => text(left + 0.25 * rem, y(v) - 0.25 * rem, name)),
      this.wordsOf(marks), this.pointer);
    this.read();
  }

  // Shows the values at the place that is pointed at, or the last ones.
  read() {
    const texts = this.series.map((one, k) => {
      let i = indexAt(one.run);
      while (this.sparse && i > 0 && one.values[i] == null) i--;
      this.numbers[k].textContent = format(one.values[i], this.decimals);
      return `${one.label} ${this.numbers[k].textContent}`;
    });
    const where = `${this.title}, epoch ${epochAt(this.run)}: ${texts.join(', ')}`;
    this.svg.setAttribute('aria-label', `${where}. Arrow keys move along.`);
    this.pointer.setAttribute('d', view.at == null ? '' : `M${this.x(view.at)} ${this.box.top}V${this.box.bottom}`);
  }

  point(event) {
    const at = scaleOf([this.box.left, this.box.right], ...this.x_range);
    const xs = this.run.axes[view.axis];
    pointAt(xs[nearest(xs, at(event.clientX - this.svg.getBoundingClientRect().left))]);
  }

  key(event) {
    const xs = this.run.axes[view.axis], end = xs.length - 1, i = indexAt(this.run);
    const by = event.shiftKey ? 10 : 1;
    const to = { ArrowLeft: i - by, ArrowRight: i + by, Home: 0, End: end, Enter: i, Escape: null }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pointAt(to == null ? null : xs[Math.min(end, Math.max(0, to))]);
    if (event.key === 'Enter') showEpoch(epochAt(this.run));
  }
}

// The number of the value nearest to `at`.
const nearest = (list, at) => list.reduce((best, value, i) =>
  (Math.abs(value - at) < Math.abs(list[best] - at) ? i : best), 0);

// The row of a run that is pointed at, and its epoch: the last, if none is.
const indexAt = (run) => view.at == null ? run.axes.epoch.length - 1 : nearest(run.axes[view.axis], view.at);
const epochAt = (run) => run.axes.epoch[indexAt(run)];

function pointAt(at) {
  view.at = at;
  charts.forEach((chart) => chart.read());
}
