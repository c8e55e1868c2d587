// A run on points whose density is known, as a replay: the data and the samples, what D says of every place beside the
// best D there is, and where G carries a lattice of latent vectors. Cells of the window are listed row by row, from its
// low corner.

const SIDE = 384; // of a plot, in pixels
const ABOUT = {
  samples: 'Data (orange) and samples (blue).', line: 'Density of the data (orange) and of samples, by counting (blue).',
  d: 'D(x): orange where D takes a point for data, blue where for a sample.',
  best: 'The best D for these samples, p_data / (p_data + p_g), p_g by counting 10,000.',
  curves: 'D(x) (blue) and the best D for these samples (orange, dashed): p_data / (p_data + p_g).',
  lattice: 'Where G carries a lattice of z: each of its cells holds the same share of samples.',
  strokes: 'From z (above) to x = G(z) (below), in steps that hold the same share of samples.',
};

// A colour of the page as [red, green, blue].
function colour(name) {
  const digits = getComputedStyle(document.documentElement).getPropertyValue(name).trim().slice(1);
  return (digits.length === 3 ? [...digits].map((d) => d + d) : digits.match(/../g)).map((pair) => parseInt(pair, 16));
}
const paint = (rgb, opacity = 1) => `rgb(${rgb.map(Math.round).join(' ')} / ${opacity})`;
const blend = (a, b, part) => a.map((v, i) => v + (b[i] - v) * part);

// D of every cell, 0 to 1; and the best D: null where neither data nor samples can be.
const judgedOf = (frame) => frame.d_thousandths?.map((value) => (value == null ? null : value / 1000));
const bestOf = (real, frame) => frame.counts && real.density?.map((p, i) => {
  const q = frame.counts[i] / frame.counted;
  return p + q > 0 ? p / (p + q) : null;
});

class Plot {
  constructor(real, words) {
    this.real = real;
    this.canvas = el('canvas', { width: SIDE, height: SIDE, role: 'img', 'aria-label': words });
    this.node = el('figure', { class: 'card' }, this.canvas, el('figcaption', {}, words));
    this.pen = this.canvas.getContext('2d');
  }

  clear() {
    this.pen.fillStyle = paint(colour('--card'));
    this.pen.fillRect(0, 0, SIDE, SIDE);
  }

  place(value) { return ((value - this.real.low) / (this.real.high - this.real.low)) * SIDE; }

  dots(points, rgb) {
    this.pen.fillStyle = paint(rgb, 0.7);
    for (let i = 0; i < points.length; i += 2)
      this.pen.fillRect(this.place(points[i]) - 2, SIDE - this.place(points[i + 1]) - 2, 4, 4);
  }

  // The middle of the colours is that of the page.
  heat(values) {
    const { side } = this.real, cell = SIDE / side, ends = [colour('--line-0'), colour('--card'), colour('--line-1')];
    this.clear();
    values.forEach((value, i) => {
      if (value == null) return;
      const rgb = value < 0.5 ? blend(ends[0], ends[1], 2 * value) : blend(ends[1], ends[2], 2 * value - 1);
      this.pen.fillStyle = paint(rgb);
      this.pen.fillRect((i % side) * cell, SIDE - (Math.floor(i / side) + 1) * cell, cell, cell);
    });
  }

  bars(values, most, rgb) {
    const width = SIDE / values.length;
    this.pen.fillStyle = paint(rgb, 0.6);
    values.forEach((value, i) => this.pen.fillRect(i * width, SIDE * (1 - value / most), width, SIDE));
  }

  // A line through [x, y] in pixels; null makes a gap.
  line(points, rgb, dash = []) {
    let pen = false;
    this.pen.strokeStyle = paint(rgb);
    this.pen.lineWidth = 2;
    this.pen.setLineDash(dash);
    this.pen.beginPath();
    for (const point of points) {
      if (point) this.pen[pen ? 'lineTo' : 'moveTo'](...point);
      pen = !!point;
    }
    this.pen.stroke();
  }

  curve(values, most, rgb, dash) {
    const at = (value, i) => value != null && [((i + 0.5) / values.length) * SIDE, SIDE * (1 - value / most)];
    this.line(values.map(at), rgb, dash);
  }

  lattice({ lattice, lattice_side: n, latent_dim: dim }) {
    const flat = this.real.components === 1, ink = colour('--line-0');
    const at = (i) => (flat ? [this.place(lattice[i]), SIDE - 8] : [this.place(lattice[2 * i]),
      SIDE - this.place(lattice[2 * i + 1])]);
    const steps = [...Array(n).keys()];
    this.clear();
    if (flat && dim === 1) steps.forEach((i) => this.line([[((i + 0.5) / n) * SIDE, 8], at(i)], ink));
    else if (flat) steps.forEach((i) => this.line(steps.map((k) => [at(i * n + k)[0], ((k + 0.5) / n) * SIDE]), ink));
    else if (dim === 1) this.line(steps.map(at), ink);
    else steps.forEach((i) => {
      this.line(steps.map((k) => at(i * n + k)), ink);
      this.line(steps.map((k) => at(k * n + i)), ink);
    });
  }
}

// The numbers of an epoch: those of its row that are scores or stats of V and D.
function numbersOf(run, { epoch }) {
  const row = run.axes.epoch.indexOf(epoch), { history, columns } = run;
  const show = (column, word, decimals) =>
    history[column]?.[row] != null && `${word} ${format(history[column][row], decimals ?? columns[column]?.decimals)}`;
  return [show('modes_found', 'modes found'), show('good_samples', 'good samples'), show('jsd', 'divergence'),
    show('jsd_lower_bound', '(V + log 4) / 2'), show('value', 'V(G,D)'), show('d_real', 'D(x)'),
    show('d_fake', 'D(G(z))')].filter(Boolean).join(', ');
}

function pointsFigure(run) {
  const real = run.points, { side, components, low, high } = real, flat = components === 1;
  const plots = {}, frames = run.pictures.filter((picture) => picture.frame?.components === components);
  const names = flat ? ['line', 'curves', 'strokes'] : ['samples', 'd', 'best', 'lattice'];
  for (const name of names) plots[name] = new Plot(real, ABOUT[name]);
  const caption = el('p', { class: 'soft' }), reading = el('output', { class: 'reading' }, 'Point at a plot to read D.');
  let frame = null;

  const read = (event) => {
    const box = event.target.getBoundingClientRect();
    const part = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height].slice(0, components);
    const cell = part.map((p) => Math.min(side - 1, Math.max(0, Math.floor(p * side))));
    const i = cell.reduceRight((sum, c) => sum * side + c, 0), middle = (c) => low + ((c + 0.5) * (high - low)) / side;
    const value = (list, digits) => format(list?.[i], digits);
    reading.textContent = `x = ${cell.map((c) => middle(c).toFixed(2)).join(', ')}: D ${value(judgedOf(frame), 3)}, ` +
      `best D ${value(bestOf(real, frame), 3)}, p_data ${value(real.density, 4)}, ` +
      `p_g ${frame.counts ? format(frame.counts[i] / frame.counted, 4) : '–'} of this cell`;
  };

  const show = (at) => {
    const picture = last(frames.filter((one) => one.at <= at)) || frames[0];
    if (!picture) return;
    frame = picture.frame;
    const blue = colour('--line-0'), orange = colour('--line-1'), judged = judgedOf(frame), best = bestOf(real, frame);
    plots[names[0]].clear();
    if (flat && real.density) {
      const samples = (frame.counts || []).map((count) => count / frame.counted);
      const most = 1.2 * Math.max(...real.density);
      plots.line.bars(samples, most, blue);
      plots.line.curve(real.density, most, orange);
      plots.curves.clear();
      plots.curves.curve(real.density.map(() => 0.5), 1.05, colour('--rule'));
      if (best) plots.curves.curve(best, 1.05, orange, [7, 4]);
      if (judged) plots.curves.curve(judged, 1.05, blue);
    } else if (!flat) {
      plots.samples.dots(real.points, orange);
      plots.samples.dots(frame.points, blue);
      if (judged) plots.d.heat(judged);
      if (best) plots.best.heat(best);
    }
    if (frame.lattice) plots[flat ? 'strokes' : 'lattice'].lattice(frame);
    for (const [name, there] of [['d', judged], ['strokes', frame.lattice], ['lattice', frame.lattice]])
      if (plots[name]) plots[name].node.hidden = !there;
    caption.textContent = [`${single ? 'Samples' : run.name}, ${picture.name}`, numbersOf(run, picture)].filter(Boolean).join(': ');
  };
  for (const plot of Object.values(plots)) plot.canvas.addEventListener('pointermove', (event) => frame && read(event));
  return { show, node: el('div', { class: 'points' }, caption, el('div', { class: 'pictures' },
    Object.values(plots).map((plot) => plot.node)), el('p', { class: 'note' }, reading)) };
}
