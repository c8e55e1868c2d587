// A run on points whose density is known, as a replay: the data and the samples, what D says of every place beside the
// best D there is, and where G maps a lattice of latent vectors. Cells of the window are listed row by row, from its
// low corner.

const SIDE = 384; // of a plot, in pixels

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
  constructor(real, words, draw) {
    this.canvas = canvasOf(words, SIDE, SIDE);
    Object.assign(this, { real, draw, node: figure(this.canvas, words), pen: this.canvas.getContext('2d') });
  }

  // Draws a frame; without what the plot is of, the plot is hidden.
  show(frame) {
    this.pen.fillStyle = paint(colour('--card'));
    this.pen.fillRect(0, 0, SIDE, SIDE);
    this.node.hidden = this.draw(this, frame, colour('--line-0'), colour('--line-1')) === false;
  }

  place(value) { return ((value - this.real.low) / (this.real.high - this.real.low)) * SIDE; }

  dots(points, rgb) {
    this.pen.fillStyle = paint(rgb, 0.7);
    for (let i = 0; i < points.length; i += 2)
      this.pen.fillRect(this.place(points[i]) - 2, SIDE - this.place(points[i + 1]) - 2, 4, 4);
  }

  // The middle of the colours is that of the page.
  heat(values) {
    const { side } = this.real, cell = SIDE / side;
    const [low, middle, high] = ['--line-0', '--card', '--line-1'].map(colour);
    if (!values) return false;
    values.forEach((value, i) => {
      if (value == null) return;
      this.pen.fillStyle = paint(value < 0.5 ? blend(low, middle, 2 * value) : blend(middle, high, 2 * value - 1));
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
    this.line((values ?? []).map(at), rgb, dash);
  }

  lattice({ lattice, lattice_side: n, latent_dim: dim }) {
    if (!lattice) return false;
    const flat = this.real.components === 1, ink = colour('--line-0'), steps = [...Array(n).keys()];
    const across = (k) => ((k + 0.5) / n) * SIDE;
    const at = (i) => (flat ? [this.place(lattice[i]), SIDE - 8]
      : [this.place(lattice[2 * i]), SIDE - this.place(lattice[2 * i + 1])]);
    if (flat && dim === 1) steps.forEach((i) => this.line([[across(i), 8], at(i)], ink));
    else if (flat) steps.forEach((i) => this.line(steps.map((k) => [at(i * n + k)[0], across(k)]), ink));
    else if (dim === 1) this.line(steps.map(at), ink);
    else steps.forEach((i) => {
      this.line(steps.map((k) => at(i * n + k)), ink);
      this.line(steps.map((k) => at(k * n + i)), ink);
    });
  }
}

// What is drawn of a frame, and the words below it.
const showLattice = (plot, frame) => plot.lattice(frame);
const PLOTS = {
  samples: ['Data (orange) and samples (blue).', (plot, frame, blue, orange) => {
    plot.dots(plot.real.points, orange);
    plot.dots(frame.points, blue);
  }],
  d: ['D(x): orange where D takes a point for data, blue where for a sample.',
    (plot, frame) => plot.heat(judgedOf(frame))],
  best: ['The best D for these samples, p_data / (p_data + p_g), p_g by counting 10,000.',
    (plot, frame) => plot.heat(bestOf(plot.real, frame))],
  lattice: ['Where G maps a lattice of z: each of its cells holds the same share of samples.', showLattice],
  line: ['Density of the data (orange) and of samples, by counting (blue).', (plot, frame, blue, orange) => {
    const { density } = plot.real, most = density && 1.2 * Math.max(...density);
    if (!density) return false;
    plot.bars((frame.counts || []).map((count) => count / frame.counted), most, blue);
    return plot.curve(density, most, orange);
  }],
  curves: ['D(x) (blue) and the best D for these samples (orange, dashed): p_data / (p_data + p_g).',
    (plot, frame, blue, orange) => {
      plot.line([[0, SIDE * (1 - 0.5 / 1.05)], [SIDE, SIDE * (1 - 0.5 / 1.05)]], colour('--rule'));
      plot.curve(bestOf(plot.real, frame), 1.05, orange, [7, 4]);
      plot.curve(judgedOf(frame), 1.05, blue);
    }],
  strokes: ['From z (above) to x = G(z) (below), in steps that hold the same share of samples.', showLattice],
};

// The numbers of an epoch: those of its row that are scores or stats of V and D.
const NUMBERS = { modes_found: 'modes found', good_samples: 'good samples', jsd: 'divergence',
  jsd_lower_bound: '(V + log 4) / 2', value: 'V(G,D)', d_real: 'D(x)', d_fake: 'D(G(z))' };
function numbersOf({ axes, history, columns }, { epoch }) {
  const row = axes.epoch.indexOf(epoch);
  const shown = Object.keys(NUMBERS).filter((column) => history[column]?.[row] != null);
  return shown.map((column) => `${NUMBERS[column]} ${format(history[column][row], columns[column]?.decimals)}`);
}

function pointsFigure(run) {
  const real = run.points, { side, components, low, high } = real;
  const frames = run.pictures.filter((picture) => picture.frame?.components === components);
  const names = components === 1 ? ['line', 'curves', 'strokes'] : ['samples', 'd', 'best', 'lattice'];
  const plots = names.map((name) => new Plot(real, ...PLOTS[name]));
  const caption = el('p', { class: 'soft' }), reading = el('output', {}, 'Point at a plot to read D.');
  let frame = null;

  const read = (event) => {
    const box = event.target.getBoundingClientRect();
    const part = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
    const cell = part.slice(0, components).map((p) => Math.min(side - 1, Math.max(0, Math.floor(p * side))));
    const i = cell.reduceRight((sum, c) => sum * side + c, 0), middle = (c) => low + ((c + 0.5) * (high - low)) / side;
    const value = (list, digits) => format(list?.[i], digits);
    reading.textContent = `x = ${cell.map((c) => middle(c).toFixed(2)).join(', ')}: D ${value(judgedOf(frame), 3)}, ` +
      `best D ${value(bestOf(real, frame), 3)}, p_data ${value(real.density, 4)}, ` +
      `p_g ${frame.counts ? format(frame.counts[i] / frame.counted, 4) : '–'} of this cell`;
  };

  const show = (at) => {
    const picture = pictureAt(frames, at);
    if (!picture) return;
    frame = picture.frame;
    plots.forEach((plot) => plot.show(frame));
    caption.textContent = `${titleOf(run, picture)}: ${numbersOf(run, picture).join(', ')}`.replace(/: $/, '');
  };
  for (const { canvas } of plots) canvas.addEventListener('pointermove', (event) => frame && read(event));
  return { show, node: el('div', { class: 'points' }, caption,
    el('div', { class: 'pictures' }, plots.map((plot) => plot.node)), note(reading)) };
}
