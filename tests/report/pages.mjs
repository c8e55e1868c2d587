// What test_pages.sh has written, opened in a browser and compared with the files of the runs.
//
//   node pages.mjs BROWSER DIRECTORY

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, set, testsOf, textOf } from './browser.mjs';

const [program, directory] = process.argv.slice(2);
const at = (file) => join(directory, file);

// The columns of a metrics.csv: numbers, null for an empty field.
function history(run) {
  const lines = readFileSync(at(`${run}/metrics.csv`), 'utf8').trimEnd().split('\n');
  const [heading, ...rows] = lines.map((line) => line.split(','));
  const number = (field) => (field === '' ? null : Number(field));
  return Object.fromEntries(heading.map((name, i) => [name, rows.map((row) => number(row[i]))]));
}

const browser = await Browser.start(program);
const { test, finish } = testsOf(browser, directory);
const sourceOf = (page) => page.run(`document.querySelector('figure img').src`);

// The points of a curve, in pixels.
async function points(page, run, column) {
  const selector = `path[data-run="${run}"][data-column="${column}"]:not(.raw)`;
  const d = await page.run(`document.querySelector('${selector}').getAttribute('d')`);
  return d.split(/(?=[ML])/).map((point) => point.slice(1).split(' ').map(Number));
}

// Whether two lists are the same but for an offset and a scale, as values and pixels are.
function assertInLine(pixels, values, what) {
  assert.equal(pixels.length, values.length, `${what}: number of points`);
  const low = values.indexOf(Math.min(...values)), high = values.indexOf(Math.max(...values));
  const scale = values[high] === values[low] ? 0 : (pixels[high] - pixels[low]) / (values[high] - values[low]);
  values.forEach((value, i) => {
    const expected = pixels[low] + scale * (value - values[low]);
    assert.ok(Math.abs(expected - pixels[i]) < 0.02, `${what}: point ${i} is at ${pixels[i]}, not ${expected}`);
  });
  assert.ok(values[high] === values[low] || Math.abs(scale) > 0, `${what}: a flat line`);
}

await test('curves are metrics.csv', 'whole.html', async (page) => {
  const columns = history('run');
  const drawn_columns = ['d_loss', 'g_loss', 'value', 'd_real', 'd_fake', 'diversity', 'frechet', 'coverage'];
  for (const column of drawn_columns) {
    const rows = columns.epoch.map((_, i) => i).filter((i) => columns[column][i] != null);
    const drawn = await points(page, 'run', column);
    assertInLine(drawn.map(([x]) => x), rows.map((i) => columns.epoch[i]), `x of ${column}`);
    assertInLine(drawn.map(([, y]) => y), rows.map((i) => columns[column][i]), `y of ${column}`);
  }
  await set(page, '#axis', 'time', 'change');
  let time = 0;
  const times = columns.seconds.map((seconds) => (time += seconds));
  assertInLine((await points(page, 'run', 'd_loss')).map(([x]) => x), times, 'time');
  await page.run(`document.querySelector('#log').click()`);
  assertInLine((await points(page, 'run', 'g_loss')).map(([, y]) => y), columns.g_loss.map(Math.log), 'log scale');
  assertInLine((await points(page, 'run', 'value')).map(([, y]) => y), columns.value, 'a log scale of numbers below 0');
});

await test('smoothing', 'whole.html', async (page) => {
  await set(page, '#smoothing', 0.5, 'input');
  const { d_loss: values } = history('run');
  let sum = 0, weight = 0;
  const smooth = values.map((value) => (sum = sum / 2 + value / 2) / (weight = weight / 2 + 0.5));
  assertInLine((await points(page, 'run', 'd_loss')).map(([, y]) => y), smooth, 'smoothed');
});

await test('levels and marks', 'whole.html', async (page) => {
  const texts = await page.run(`[...document.querySelectorAll('.chart text')].map((text) => text.textContent)`);
  for (const text of ['-log 4', '1/2', 'resumed', 'best']) assert.ok(texts.includes(text), `no ${text}`);
});

await test('keys move along a curve', 'whole.html', async (page) => {
  const { d_loss: values } = history('run');
  const value = () => textOf(page, '.legend [data-column=d_loss] b');
  await page.run(`document.querySelector('.chart > svg').focus()`);
  assert.equal(await value(), values[4].toFixed(4));
  await page.press('Home');
  assert.equal(await value(), values[0].toFixed(4));
  await page.press('ArrowRight');
  assert.equal(await value(), values[1].toFixed(4));
  await page.press('Enter');
  assert.match(await textOf(page, 'figcaption'), /epoch 2$/);
});

// The page of training shows files, the one to be sent holds them.
for (const file of ['run/report.html', 'whole.html'])
  await test('the best checkpoint', file, async (page) => {
    assert.equal(await page.run('data.runs[0].best_epoch'), 3);
    assert.match(await textOf(page, 'main'), /best.safetensors epoch 3, the best/);
  });

for (const file of ['run/report.html', 'whole.html'])
  await test('the slider moves the picture', file, async (page) => {
    const names = readdirSync(at('run/samples')).filter((name) => /^(epoch|step)/.test(name));
    assert.equal(await page.run(`+document.querySelector('#slider').max`), names.length - 1);
    const seen = new Set([await sourceOf(page)]);
    await page.run(`document.querySelector('#slider').focus()`);
    await page.press('Home');
    assert.match(await textOf(page, 'figcaption'), /before training$/);
    for (let i = 1; i < names.length; i++) {
      seen.add(await sourceOf(page));
      await page.press('ArrowRight');
    }
    assert.equal(seen.size, names.length);
    assert.match(await textOf(page, 'figcaption'), /epoch 5$/);
    const shown = await page.run(`[...document.images].every((image) => image.naturalWidth > 0)`);
    assert.ok(shown, 'a picture is not shown');
    const files = page.requests.filter((url) => url.startsWith('file://'));
    if (file === 'whole.html') assert.equal(files.length, 1, 'files that are asked for');
  });

await test('the order of pictures', 'whole.html', async (page) => {
  const order = await page.run(`data.runs[0].pictures.map((picture) => picture.file)`);
  const names = order.slice(0, 5).map((file) => file.replace(/samples\/|\.png/g, ''));
  assert.deepEqual(names, ['epoch-0000', 'step-0000007', 'epoch-0001', 'step-0000040', 'epoch-0002']);
});

await test('what a run says of itself', 'whole.html', async (page) => {
  const text = await textOf(page, 'main');
  for (const part of ['✓ finished', '5 of 5', 'run/checkpoints/epoch-0005.safetensors', 'resume', 'evaluation',
    'builtin:digits', 'processor:', 'generator.latent_dim', '1 thread', 'Frechet distance', 'Share of each class',
    'training image nearest'])
    assert.ok(text.includes(part), `'${part}' is not there`);
  assert.equal(await page.run(`document.querySelector('.problems')`), null, 'problems');
  assert.equal(await page.run('document.title'), 'run – gantrain');
});

await test('several runs', 'both.html', async (page) => {
  for (const run of ['run', 'other'])
    assertInLine((await points(page, run, 'd_loss')).map(([, y]) => y), history(run).d_loss, `d_loss of ${run}`);
  const dashes = await page.run(
    `[...document.querySelectorAll('.charts .chart:first-child path.curve')].map((path) => path.getAttribute('style'))`);
  assert.equal(new Set(dashes).size, 4, 'two curves look the same');
  assert.equal(await page.run(`document.querySelectorAll('.pictures figure').length`), 2);
  const text = await textOf(page, 'main');
  for (const key of ['generator.lr', 'train.seed', 'train.epochs'])
    assert.ok(text.includes(key), `${key} is not among the keys that differ`);
  assert.ok(!text.includes('generator.layers'), 'a key that does not differ');
});

await test('a run that diverged', 'diverged.html', async (page) => {
  assert.match(await textOf(page, '.state'), /diverged/);
  assert.match(await textOf(page, '.callout'), /try a lower learning rate/);
});

await test('names are only text', 'name.html', async (page) => {
  const { runs: [run] } = await page.run('data');
  assert.equal(await textOf(page, 'h1'), run.path.slice(2));
  assert.match(await textOf(page, 'main'), /<\/script><script>throw 1<\/script>/);
  const sample = await textOf(page, 'code');
  assert.match(sample, /^gantrain sample '\.\/<script>alert\(1\)<!--&"'\\''<:title>\/checkpoints/);
});

await test('whatever files hold is shown as it is', 'odd.html', async (page) => {
  const text = await textOf(page, 'main');
  for (const part of ['Constructor', '__proto__', '<b>bold</b>', '<i>', 'Data and machine'])
    assert.ok(text.includes(part), `'${part}' is not there`);
  assert.equal(await page.run(`document.querySelectorAll('i, .legend b b, h3 b').length`), 0);
  assert.deepEqual((await points(page, 'odd', 'constructor')).map(([, y]) => y).filter((y) => !(y > 0)), []);
  assert.equal((await points(page, 'odd', 'g_loss')).length, 4);
  assert.ok(await page.run('document.documentElement.scrollWidth <= innerWidth'), 'too wide');
});

await test('what is damaged is named, and the rest is shown', 'damaged.html', async (page) => {
  const problems = await textOf(page, '.problems');
  for (const part of ['line 3', 'is not a number', 'line 4: left out', 'line 7: left out: it is cut short',
    'events.jsonl: 1 damaged line', 'nonsense'])
    assert.ok(problems.includes(part), `'${part}' is not named in ${problems}`);
  assert.match(await textOf(page, 'main'), /no picture of epoch 2\b/);
  assert.equal((await points(page, 'damaged', 'd_loss')).length, 4);
  assert.equal((await points(page, 'damaged', 'g_loss')).length, 3);
});

await test('a run of an older version', 'old.html', async (page) => {
  assert.match(await textOf(page, '.problems'), /events.jsonl/);
  assert.equal((await points(page, await page.run('data.runs[0].path'), 'd_loss')).length, 2);
});

for (const file of ['vae/report.html', 'vae.html'])
  await test('a vae has a chart of each part of its loss, and its plane', file, async (page) => {
    const charts = await page.run(`[...document.querySelectorAll('.chart')].map((chart) =>
      [chart.querySelector('h3'), ...chart.querySelectorAll('.legend li')]
        .map((one) => one.dataset.column || one.textContent).join())`);
    for (const chart of ['Loss,loss', 'Reconstruction,reconstruction', 'KL,kl'])
      assert.ok(charts.includes(chart), `no chart ${chart} among ${charts.join('; ')}`);
    const path = await page.run('data.runs[0].path');
    for (const column of ['reconstruction', 'kl'])
      assertInLine((await points(page, path, column)).map(([, y]) => y), history('vae')[column], column);
    const plane = `document.querySelector('img[alt="images of all places of latent space"]')`;
    assert.equal(await page.run(`${plane}.naturalWidth`), 579);
    assert.equal(await page.run(`${plane}.dataset.file`), 'samples/plane.png');
  });

await test('no plane', 'whole.html', async (page) => {
  assert.doesNotMatch(await textOf(page, 'main'), /latent space/);
});

// --- Runs on points ---

const frameOf = (run, name) => JSON.parse(readFileSync(at(`${run}/samples/${name}.json`), 'utf8'));
// What is drawn in the plots that are shown.
const drawings = (page) => page.run(
  `[...document.querySelectorAll('.points figure:not([hidden]) svg')].map((plot) => plot.innerHTML)`);
// What the page says of a cell of the window, pointed at in the plot of that number.
const readingAt = (page, number, side, cell) => page.run(`(() => {
  const plot = document.querySelectorAll('.points svg')[${number}], box = plot.getBoundingClientRect();
  const x = (${cell} % ${side} + 0.5) / ${side}, y = 1 - (Math.floor(${cell} / ${side}) + 0.5) / ${side};
  plot.dispatchEvent(new PointerEvent('pointermove',
    { clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
  return document.querySelector('.points output').textContent;
})()`);

for (const file of ['ring/report.html', 'ring.html', 'line.html', 'strokes/report.html'])
  await test('the slider moves the points', file, async (page) => {
    const plane = file.startsWith('ring'), seen = [];
    await page.run(`document.querySelector('#slider').focus()`);
    await page.press('Home');
    assert.match(await textOf(page, '.points > p'), /before training$/);
    for (let i = 0; i < 3; i++, await page.press('ArrowRight')) seen.push(await drawings(page));
    assert.equal(seen[0].length, plane ? 4 : 3);
    for (let k = 0; k < seen[0].length; k++) assert.notEqual(seen[0][k], seen[2][k], `plot ${k} stands still`);
    assert.notEqual(seen[0][0], seen[1][0]);
    assert.notEqual(seen[1][0], seen[2][0]);
    assert.match(await textOf(page, '.points > p'), /epoch 2: modes found \d, good samples [\d.]+, divergence [\d.]+/);
  });

await test('D at a point is what the file says', 'ring.html', async (page) => {
  const real = frameOf('ring', 'real'), end = frameOf('ring', 'epoch-0002'), { side } = real;
  for (const cell of [0, side - 1, 5 * side + 20, 16 * side + 16, side * side - 1]) {
    const p = real.density[cell], q = end.counts[cell] / end.counted;
    const best = p + q > 0 ? (p / (p + q)).toFixed(3) : '–';
    const text = await readingAt(page, 1, side, cell);
    assert.ok(text.includes(`: D ${(end.d_thousandths[cell] / 1000).toFixed(3)}, best D ${best}, `), `${cell}: ${text}`);
  }
});

await test('D by the keyboard', 'ring.html', async (page) => {
  const { side } = frameOf('ring', 'real'), reading = () => textOf(page, '.points output');
  const [, expected] = [await readingAt(page, 0, side, 0), await readingAt(page, 0, side, side + 1)];
  await readingAt(page, 0, side, 0);
  await page.run(`document.querySelector('.points svg').focus()`);
  for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp']) await page.press(key);
  assert.equal(await reading(), expected);
});

// A column of samples that is higher than the plot still stands on its floor.
await test('bars', 'line.html', async (page) => {
  const shape = await page.run(`document.querySelector('.bars').getAttribute('d')`);
  assert.match(shape, /^M0 384(V-?[\d.e-]+H[\d.]+)+V384$/);
  const { side, counts, counted } = frameOf('line', 'epoch-0002'), most = 1.2 * Math.max(...frameOf('line', 'real').density);
  const tops = [...shape.matchAll(/V(-?[\d.e-]+)H/g)].map(([, y]) => +y);
  assert.equal(tops.length, side);
  tops.forEach((y, i) => assert.ok(Math.abs(y - 384 * (1 - counts[i] / counted / most)) < 1e-6, `bar ${i}`));
});

await test('D on a line', 'line.html', async (page) => {
  const end = frameOf('line', 'epoch-0002'), cell = 40;
  const text = await readingAt(page, 1, end.side, cell);
  assert.match(text, /^x = -1\.47: /);
  assert.ok(text.includes(`: D ${(end.d_thousandths[cell] / 1000).toFixed(3)}, `), text);
});

await test('frames that are damaged or gone', 'gone.html', async (page) => {
  assert.match(await textOf(page, '.problems'), /epoch-0001\.json: is damaged/);
  assert.equal((await drawings(page)).length, 4);
  assert.match(await textOf(page, '.points > p'), /before training/);
});

// Nothing is wider than the screen.
for (const options of [{ width: 400, dark: false }, { width: 400, dark: true }, { width: 1400 }])
  for (const file of ['both.html', 'ring.html'])
    await test('a screen of another size', file, async (page) => {
      assert.ok(await page.run('document.documentElement.scrollWidth <= innerWidth'), `wider than ${options.width}`);
    }, options);

await finish();
