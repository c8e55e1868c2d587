'use strict';
// What all pages share: elements, numbers and words. Texts from files only ever become text nodes, never HTML.

const data = JSON.parse(document.getElementById('data').textContent);

function make(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value != null) node.setAttribute(name, value);
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

// An element: el('a', {href: '#top', onclick: f}, 'text', child).
const el = (name, attributes = {}, ...children) => make(document.createElement(name), attributes, children);
const svg = (name, attributes = {}, ...children) =>
  make(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

// Pieces of which pages are made.
const note = (...words) => el('p', { class: 'note' }, words);
const toolbar = (...controls) => el('div', { class: 'toolbar' }, controls);
const labelled = (...parts) => el('label', {}, parts);
const button = (id, text, onclick) => el('button', { type: 'button', id, onclick }, text);
const checkbox = (id, onchange, checked) => el('input', { type: 'checkbox', id, onchange, checked });
const range = (id, min, max, value, oninput, step = 'any') =>
  el('input', { type: 'range', id, min, max, step, value, oninput });
const figure = (images, ...caption) => el('figure', { class: 'card' }, images, el('figcaption', {}, caption));
const canvasOf = (words, width, height) => el('canvas', { width, height, role: 'img', 'aria-label': words });

// A number for people: digits after the point at most, groups of three.
function format(value, decimals = 0) {
  if (value == null) return '–';
  if (value !== 0 && Math.abs(value) < 0.5 * 10 ** -decimals) return value.toPrecision(2);
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function formatSeconds(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86400).toFixed(1)} days`;
}

const formatBytes = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const formatTime = (seconds) => new Date(seconds * 1000).toLocaleString();
const baseName = (path) => path.replace(/\/+$/, '').replace(/^.*\//, '') || path;

const capital = (text) => text.trim().replace(/^./, (letter) => letter.toUpperCase());

// A word as a shell takes it back.
const quote = (word) => (/^[\w\-./=:,@%+]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function median(values) {
  const sorted = values.filter((value) => value != null).sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : null;
}

// A table; columns of numbers are aligned to the right. On a narrow screen each cell is a line with its heading.
function table(heads, rows, numeric = []) {
  const kind = (i) => ({ class: numeric.includes(i) ? 'number' : 'text' });
  const head = heads.map((name, i) => el('th', { scope: 'col', ...kind(i) }, name));
  const cells = (row) => row.map((cell, i) => el('td', { ...kind(i), 'data-head': heads[i] }, cell));
  return el('div', { class: 'scroll' }, el('table', {},
    el('thead', {}, el('tr', {}, head)), el('tbody', {}, rows.map((row) => el('tr', {}, cells(row))))));
}

// A button that plays a slider from where it stands to its end, calling go for every step.
function player(slider, go) {
  const atEnd = () => slider.value === slider.max;
  const pause = Math.max(60, Math.min(400, 8000 / slider.max));
  let timer = null;
  const play = button('play', '▶ Play', () => set(timer == null));
  play.setAttribute('aria-pressed', false);
  const set = (playing) => {
    clearInterval(timer);
    if (playing && atEnd()) slider.value = 0;
    timer = playing ? setInterval(() => { if (atEnd()) set(false); else { slider.value++; go(); } }, pause) : null;
    play.setAttribute('aria-pressed', playing);
    play.textContent = playing ? '❚❚ Pause' : '▶ Play';
    go();
  };
  return play;
}
