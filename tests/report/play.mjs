// Pages of test_play.sh in a browser, compared with the arrays that `gantrain sample` has drawn.
//
//   node play.mjs BROWSER DIRECTORY

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, set, testsOf, textOf } from './browser.mjs';

const [program, directory] = process.argv.slice(2);
const browser = await Browser.start(program);
const { test, finish } = testsOf(browser, directory);
const SEED = '18446744073709551615', COUNT = 72;

// The bytes of an NPY file, and how many an image has.
function samples(name) {
  const file = readFileSync(join(directory, `${name}.npy`));
  const bytes = file.subarray(10 + file.readUInt16LE(8));
  return { bytes, size: bytes.length / COUNT };
}

// The image on a canvas, as bytes of as many channels as the samples have.
const shownOn = (page, canvas) => page.run(`(() => {
  const canvas = ${canvas};
  const { data: rgba } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return Array.from(rgba).filter((_, i) => i % 4 < channels);
})()`);
const click = async (page, id) => { await page.run(`document.getElementById('${id}').click()`); await page.settle(); };

function assertNear(image, expected, what) {
  assert.equal(image.length, expected.length, `${what}: size`);
  image.forEach((level, i) =>
    assert.ok(Math.abs(level - expected[i]) <= 1, `${what}: pixel ${i} is ${level}, not ${expected[i]}`));
}

for (const name of readdirSync(directory).filter((file) => /^\w+\.npy$/.test(file)).map((file) => file.slice(0, -4)))
  await test('the images of sample', `${name}.html`, async (page) => {
    await set(page, '#seed', SEED, 'change');
    for (const raw of [false, true]) {
      const { bytes, size } = samples(raw ? `${name}-raw` : name);
      if (raw) await click(page, 'last');
      for (const number of [0, 1, 71]) {
        await set(page, '#number', number, 'change');
        const expected = bytes.subarray(number * size, (number + 1) * size);
        assertNear(await shownOn(page, 'large'), expected, `image ${number}${raw ? ', raw' : ''}`);
      }
    }
    const different = samples(name).bytes.compare(samples(`${name}-raw`).bytes) !== 0;
    assert.ok(different, 'both weights are the same, so the test shows nothing');
    assert.equal(/^D\(G\(z\)\) = 0\.\d+/.test(await textOf(page, '#opinion')), !/autoencoder|vae|codes/.test(name));
    const caption = new RegExp(`^Image 71 of gantrain sample ${name}/.* --seed ${SEED} --raw`);
    assert.match(await textOf(page, 'figcaption'), caption);
  });

for (const [name, second] of [['told', '1'], ['named', 'seven'], ['learned', '1']])
  await test('classes', `${name}.html`, async (page) => {
    await set(page, '#seed', SEED, 'change');
    await set(page, '#number', 71, 'change');
    const image = (file) => { const { bytes, size } = samples(file); return bytes.subarray(71 * size, 72 * size); };
    const logit = () => page.run('judge(imageOf(shown), told())[0]');
    const first = await shownOn(page, 'large'), firstLogit = await logit();
    const pressed = () => page.run(`classes.map((one) => one.getAttribute('aria-pressed')).indexOf('true')`);
    assertNear(first, image(name), 'class 0');
    assert.ok(image(name).compare(image(`${name}-class`)) !== 0, 'both classes are the same');
    await click(page, 'class-1');
    assertNear(await shownOn(page, 'large'), image(`${name}-class`), 'class 1');
    assert.equal(await pressed(), 1);
    assert.notEqual(await logit(), firstLogit);
    assert.match(await textOf(page, 'figcaption'), new RegExp(`--seed ${SEED} --class ${second}$`));
    await page.run(`document.getElementById('class-0').focus()`); // and by the keyboard
    await page.press('Enter');
    assert.deepEqual(await shownOn(page, 'large'), first);
    assert.equal(await pressed(), 0);
    if (name === 'named') assert.match(await textOf(page, 'figcaption'), / --class 'one & all'$/);
  });

await test('controls', 'gan.html', async (page) => {
  const { bytes, size } = samples('gan');
  const image = () => shownOn(page, 'large');
  const first = await image();
  const distance = (a, b) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
  assert.equal(await page.run('data.directions.length'), 8);
  // A direction, by the keyboard and back.
  await page.run(`document.getElementById('direction-0').focus()`);
  const coordinate = await page.run('+sliders[0].querySelector("input").value');
  await page.press('End');
  assert.ok(distance(await image(), first) > 1, 'a direction changes nothing');
  assert.equal(await page.run('sliders[0].querySelector("output").textContent'), '3.00');
  assert.ok(await page.run(`Math.abs(dot(sampleOf(0), numbers(data.directions[0])) - ${coordinate}) < 1e-6`), 'coordinate');
  assert.match(await textOf(page, 'figcaption'), /^Moved from image 0 of /);
  await click(page, 'reset');
  assert.deepEqual(await image(), first);
  // A new sample, and a seed that is none.
  await set(page, '#seed', SEED, 'change');
  await click(page, 'new');
  assertNear(await image(), bytes.subarray(size, 2 * size), 'a new sample');
  await set(page, '#seed', '18446744073709551616', 'change');
  assert.equal(await page.run('seed.value'), '0');
  await set(page, '#number', 0, 'change');
  assert.deepEqual(await image(), first);
  // From one sample to another.
  await page.run(`document.getElementById('part').focus()`);
  await page.press('End');
  const second = await image();
  await set(page, '#number', 1, 'change');
  assert.deepEqual(await image(), second);
  // Truncation: at 0 all samples are the same.
  await set(page, '#scale', 0, 'input');
  const middle = await image();
  await click(page, 'new');
  assert.deepEqual(await image(), middle);
  await set(page, '#scale', 1, 'input');
  // Nine neighbours: the middle one is shown, the others differ more the further they are.
  const cells = async () => {
    for (let i = 0; i < 10; i++) await page.settle();
    return Promise.all(Array.from({ length: 9 }, (_, i) => shownOn(page, `cells[${i}].canvas`)));
  };
  const near = await cells(), here = await image();
  assert.deepEqual(near[4], here);
  assert.equal(new Set(near.map(String)).size, 9, 'two neighbours are the same');
  await set(page, '#distance', 0.6, 'input');
  const far = await cells();
  for (const i of [0, 1, 2, 3, 5, 6, 7, 8]) assert.ok(distance(far[i], here) > distance(near[i], here), `neighbour ${i}`);
  await click(page, 'cell-7');
  assert.deepEqual(await image(), far[7]);
});

await test('save', 'colour.html', async (page) => {
  const link = await page.run(`(() => {
    let saved;
    HTMLAnchorElement.prototype.click = function () { saved = this; };
    document.getElementById('save').click();
    return { name: saved.download, url: saved.href };
  })()`);
  assert.equal(link.name, 'sample-0-0.png');
  const png = Buffer.from(link.url.replace('data:image/png;base64,', ''), 'base64');
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [6, 8], 'width and height');
});

await test('names are only text', 'name.html', async (page) => {
  assert.match(await textOf(page, 'h1'), /<script>alert\(1\)<!--&"'<:title>/);
  assert.equal(await page.run('sliders.length'), 2);
});

// Nothing is wider than the screen.
for (const options of [{ width: 400 }, { width: 400, dark: true }, { width: 1400 }])
  await test('a screen of another size', 'gan.html', async (page) => {
    assert.ok(await page.run('document.documentElement.scrollWidth <= innerWidth'), `wider than ${options.width}`);
  }, options);

await finish();
