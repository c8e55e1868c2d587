// The page of a generator: one z, and a class if it takes one, is shown; every control changes that or how it is shown.

const networks = { sampled: network(data.generator), last: data.last && network(data.last) };
const judge = data.discriminator && network(data.discriminator);
const [channels, height, width] = data.shape;
let shown = null, label = 0; // z, and which class

// Pixels as the network gives them, low to high.
const told = () => fill(classes.length, (i) => +(i === label));
const imageOf = (z) => networks[last.checked ? 'last' : 'sampled'](z.map((one) => one * scale.value), told());
const levels = (image) => image.map((value) =>
  Math.floor(Math.max(0, Math.min(255, (value - data.low) * 255 / (data.high - data.low))) + 0.5));

function paint(canvas, image) {
  const bytes = levels(image), rgba = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
    (i % 4 === 3 ? 255 : bytes[(i >> 2) * channels + (channels > 1 ? i % 4 : 0)]));
  canvas.getContext('2d').putImageData(new ImageData(rgba, width, height), 0, 0);
}

const sampleOf = (number) => latent(data.prior, data.latent_dim, BigInt(seed.value), number);
const canvasOf = (words) => el('canvas', { width, height, role: 'img', 'aria-label': words });
const card = (title, ...children) => el('section.card', el('h3', title), children);
const number = (id, value, onchange) => el('input', { type: 'number', id, min: 0, max: 4294967286, value, onchange });

const large = canvasOf('the image of z'), caption = el('figcaption'), opinion = el('p', { id: 'opinion' });
const seed = el('input', { type: 'text', id: 'seed', size: 8, value: data.seed, onchange: begin });
const which = number('number', 0, begin), start = number('start', 0, walk), end = number('end', 1, walk);
const part = range('part', 0, 60, 0, walk), distance = range('distance', 0, 1, 0.3, drawNeighbours);
const scale = range('scale', 0, 2, 1, draw), last = checkbox('last', draw);
const classes = data.classes.map(({ name }, i) => button(`class-${i}`, name, () => { label = i; draw(); }));
const sliders = data.directions.map((direction, i) => {
  const vector = numbers(direction), value = el('output');
  const control = range(`direction-${i}`, -data.reach, data.reach, 0, () => {
    const step = control.value - dot(shown, vector);
    go(shown.map((one, k) => one + step * vector[k]), `Moved from image ${which.value}`);
  });
  const update = () => { control.value = dot(shown, vector); value.textContent = dot(shown, vector).toFixed(2); };
  return Object.assign(el('label.slider', direction.name, control, value), { update });
});
const cells = Array.from({ length: 9 }, (_, i) => {
  const canvas = canvasOf(i === 4 ? 'the image of z' : `neighbour ${i < 4 ? i + 1 : i}`);
  const cell = button(`cell-${i}`, canvas, () => go(cell.z, `A neighbour of image ${which.value}`));
  return Object.assign(cell, { canvas });
});

// Neighbours lie part of the way to the next images of the seed. One is drawn a frame, until there is more to draw.
async function drawNeighbours() {
  const turn = drawNeighbours.turn = {};
  for (const [i, cell] of cells.entries()) {
    cell.z = i === 4 ? shown : between(shown, sampleOf(+which.value + 1 + i), +distance.value, data.is_round);
    paint(cell.canvas, imageOf(cell.z));
    await new Promise(requestAnimationFrame);
    if (drawNeighbours.turn !== turn) return;
  }
}

function draw() {
  const image = imageOf(shown), odds = judge && sigmoid(judge(image, told())[0]);
  paint(large, image);
  const options = (last.checked ? ' --raw' : '') + (classes.length ? ` ${data.classes[label].option}` : '');
  caption.replaceChildren(`${caption.dataset.what} of `,
    el('code', `${data.command} --seed ${seed.value}${options}`));
  if (judge) opinion.replaceChildren(`D(G(z)) = ${odds.toFixed(3)} `, el('meter', { min: 0, max: 1, value: odds }),
    el('span.note', ' 1: D takes it for a real image'));
  classes.forEach((one, i) => one.setAttribute('aria-pressed', i === label));
  for (const slider of sliders) slider.update();
  drawNeighbours();
}
const go = (z, what) => { [shown, caption.dataset.what] = [z, what]; draw(); };

function begin() {
  if (!/^\d+$/.test(seed.value) || BigInt(seed.value) >> 64n) seed.value = data.seed;
  which.value = start.value = Math.max(0, Math.min(which.max, Math.floor(which.value)));
  [end.value, part.value] = [+which.value + 1, 0];
  go(sampleOf(+which.value), `Image ${which.value}`);
}

function walk() {
  go(between(sampleOf(+start.value), sampleOf(+end.value), part.value / part.max, data.is_round),
    `${Math.round(100 * part.value / part.max)} % of the way from image ${start.value} to image ${end.value}`);
}

const save = () => el('a', { href: large.toDataURL(), download: `sample-${seed.value}-${which.value}.png` }).click();
document.title = `${data.name} – gantrain play`;
document.body.append(el('main',
  el('header.state', el('h1', data.checkpoint), el('span.badge', 'epoch ', data.epoch)),
  el('p.soft', `Model ${data.model}, run by this page: ${data.latent_dim} numbers z make an image.`),
  el('div.play',
    el('figure.card', large, caption, judge && opinion,
      toolbar(button('new', 'New sample', () => { which.value++; begin(); }), button('save', 'Save as PNG', save)),
      classes.length > 0 && el('div.toolbar', { role: 'group', 'aria-label': 'Class' }, 'Class', classes),
      toolbar(labelled('Seed', seed), labelled('Image', which), labelled('Scale of z', scale),
        data.last && labelled(last, 'Last weights, not averaged'))),
    el('div', card('Strongest directions', sliders, button('reset', 'Back to the sample', begin)),
      card('Walk', toolbar(labelled('From image', start), labelled('to', end), player(part, walk)),
        labelled('Along the way', part))),
    card('Neighbours', el('div.nine', cells), toolbar(labelled('Distance', distance))))));
begin();
