// A run on points whose density is known, as a replay: the data and the samples, what D says of
// every place beside the best D there is, and where G maps a lattice of latent vectors. Cells of
// the window are listed row by row, from its low corner.

const SIDE = 384; // of a plot, in the units of its drawing
const SAMPLES = 0, DATA = 1; // their colours: blue and orange

// A frame with what is known of every cell: D, 0 to 1; the share of samples; and the best D for
// these, null where neither data nor samples can be.
function judge({ density }, frame) {
  const d = frame.d_thousandths?.map((value) => (value == null ? null : value / 1000));
  const p_g = frame.counts?.map((count) => count / frame.counted);
  const best = p_g && density?.map((p, i) => (p + p_g[i] > 0 ? p / (p + p_g[i]) : null));
  return { ...frame, d, p_g, best };
}

// --- Pieces of plots. They take numbers as parts of a plot's sides: 0 is left or low. ---

const place = (point) => point && [SIDE * point[0], SIDE * (1 - point[1])];
const line = (points, slot) => curve(points.map(place), slot);
const middles = (count) => Array.from({ length: count }, (_, i) => (i + 0.5) / count);
const partOf = ({ low, high }, value) => (value - low) / (high - low);
const pairs = (window, list) => Array.from({ length: list.length / 2 }, (_, i) =>
  [partOf(window, list[2 * i]), partOf(window, list[2 * i + 1])]);

// A curve of a value for each cell; null makes a gap.
const cells = (values, most, slot) => values && line(middles(values.length).map((x, i) =>
  values[i] != null && [x, values[i] / most]), slot);

function bars(values, most, slot) {
  const tops = values.map((value, i) => `V${SIDE * (1 - value / most)}H${SIDE * (i + 1) / values.length}`);
  return svg('path.bars', { d: `M0 ${SIDE}${tops.join('')}V${SIDE}`, style: `fill: ${inkOf(slot)}` });
}

// Squares in the colour of what D takes their points for, the fuller the surer it is.
function heat({ side }, values) {
  const width = SIDE / side;
  return values?.map((value, i) => value != null && svg('rect', {
    x: (i % side) * width, y: SIDE - (Math.floor(i / side) + 1) * width, width, height: width,
    style: `fill: ${inkOf(value > 0.5 ? DATA : SAMPLES)}`, 'fill-opacity': Math.abs(2 * value - 1),
  }));
}

// Where G maps a lattice of z: to points of the plane, or, from above to below, to places on a line.
function lattice(real, { lattice: list, lattice_side: side, latent_dim: dim }) {
  if (!list) return null;
  const steps = [...Array(side).keys()], middle = middles(side);
  const threads = (of) => steps.map((i) => line(steps.map((k) => of(i, k)), SAMPLES));
  if (real.components === 1) {
    const xs = list.map((value) => partOf(real, value));
    return dim === 1 ? xs.map((x, i) => line([[middle[i], 1], [x, 0]], SAMPLES))
      : threads((i, k) => [xs[i * side + k], middle[k]]);
  }
  const points = pairs(real, list);
  return dim === 1 ? line(points, SAMPLES)
    : [threads((i, k) => points[i * side + k]), threads((i, k) => points[k * side + i])];
}

// --- Plots: the words below one, and what is drawn of a frame; without that it is hidden ---

const PLANE = [
  ['Data (orange) and samples (blue).', (real, frame) =>
    [dots(pairs(real, real.points).map(place), DATA), dots(pairs(real, frame.points).map(place), SAMPLES)]],
  ['D(x): orange where D takes a point for data, blue where for a sample.',
    (real, frame) => heat(real, frame.d)],
  ['The best D for these samples, p_data / (p_data + p_g), p_g by counting 10,000.',
    (real, frame) => heat(real, frame.best)],
  ['Where G maps a lattice of z: each of its cells holds the same share of samples.', lattice],
];
const LINE = [
  ['Density of the data (orange, dashed) and of samples, by counting (blue).', ({ density }, frame) => {
    const most = density && 1.2 * Math.max(...density);
    return density && [bars(frame.p_g ?? [], most, SAMPLES), cells(density, most, DATA)];
  }],
  ['D(x) (blue) and the best D for these samples (orange, dashed): p_data / (p_data + p_g).',
    (real, { d, best }) => [svg('path.grid', { d: `M0 ${place([0, 0.5 / 1.05])[1]}h${SIDE}` }),
      cells(best, 1.05, DATA), cells(d, 1.05, SAMPLES)]],
  ['From z (above) to x = G(z) (below), in steps that hold the same share of samples.', lattice],
];

function plotOf(real, [words, draw], handlers) {
  const image = svg('svg', { viewBox: `0 0 ${SIDE} ${SIDE}`, tabindex: 0, role: 'img', 'aria-label': words,
    ...handlers });
  const node = figure(image, words);
  const show = (frame) => {
    const drawn = draw(real, frame);
    node.hidden = !drawn;
    fillIn(image, drawn);
  };
  return { node, show };
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

function pointsFigure(run) {
  const real = JSON.parse(run.points), { side, components, low, high } = real;
  const frames = run.pictures.filter((picture) => picture.frame);
  const caption = el('p.soft'), reading = el('output', 'Point at a plot, or use its arrow keys, to read D.');
  let frame = {}, cell = [0, 0]; // what is shown, and pointed at

  // Says what is known of the cell at a point.
  const read = (point) => {
    cell = point.map((part) => Math.min(side - 1, Math.max(0, Math.floor(part * side))));
    const i = cell[0] + (components === 2 ? cell[1] * side : 0);
    const x = cell.slice(0, components).map((c) => (low + ((c + 0.5) * (high - low)) / side).toFixed(2));
    const value = (list, digits) => format(list?.[i], digits);
    reading.textContent = `x = ${x.join(', ')}: D ${value(frame.d, 3)}, best D ${value(frame.best, 3)}, ` +
      `p_data ${value(real.density, 4)}, p_g ${value(frame.p_g, 4)} of this cell`;
  };
  const plots = (components === 2 ? PLANE : LINE).map((plot) => plotOf(real, plot, {
    onpointermove: ({ currentTarget, clientX, clientY }) => {
      const box = currentTarget.getBoundingClientRect();
      read([(clientX - box.left) / box.width, 1 - (clientY - box.top) / box.height]);
    },
    onkeydown: (event) => {
      if (!ARROWS[event.key]) return;
      event.preventDefault();
      read(cell.map((c, k) => (c + 0.5 + ARROWS[event.key][k]) / side));
    },
  }));
  const show = (at) => {
    const picture = pictureAt(frames, at);
    if (!picture) return;
    frame = judge(real, JSON.parse(picture.frame));
    plots.forEach((plot) => plot.show(frame));
    const numbers = picture.numbers.map(([words, value, decimals]) => `${words} ${format(value, decimals)}`);
    caption.textContent = `${titleOf(run, picture)}: ${numbers.join(', ')}`.replace(/: $/, '');
  };
  return { show, node: el('div.points', caption, el('div.pictures', plots.map((plot) => plot.node)), note(reading)) };
}
