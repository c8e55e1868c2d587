'use strict';
// What all pages share: elements, numbers and words. Texts from files only ever become text nodes, never HTML.

const data = JSON.parse(document.getElementById('data').textContent);

// Gives a node its children: nodes, texts and lists of them; null and false are none.
function fillIn(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

// A node of a kind: the name and the classes 'div.card'; its attributes, if any; its children.
const maker = (create) => (kind, ...children) => {
  const [name, ...classes] = kind.split('.'), node = create(name);
  const attributes = children[0]?.constructor === Object ? children.shift() : {};
  node.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, '');
    else if (value !== false && value != null) node.setAttribute(key, value);
  return fillIn(node, children);
};
const el = maker((name) => document.createElement(name)); // el('a.big', {href: '#top', onclick: f}, 'text', child)
const svg = maker((name) => document.createElementNS('http://www.w3.org/2000/svg', name));

// Pieces of which pages are made.
const note = (...words) => el('p.note', words);
const toolbar = (...controls) => el('div.toolbar', controls);
const labelled = (...parts) => el('label', parts);
const button = (id, text, onclick) => el('button', { type: 'button', id, onclick }, text);
const checkbox = (id, onchange, checked) => el('input', { type: 'checkbox', id, onchange, checked });
const range = (id, min, max, value, oninput, step = 'any') =>
  el('input', { type: 'range', id, min, max, step, value, oninput });
const figure = (images, ...caption) => el('figure.card', images, el('figcaption', caption));

// A number for people: digits after the point at most, groups of three.
function format(value, decimals = 0) {
  if (value == null) return '–';
  const size = Math.abs(value);
  if (size >= 1e12 || (size > 0 && size < 0.5 * 10 ** -decimals)) return value.toPrecision(2);
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

function formatSeconds(seconds) {
  if (seconds < 90) return `${format(seconds, seconds < 10 ? 1 : 0)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86400).toFixed(1)} days`;
}

const formatBytes = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const formatTime = (seconds) => new Date(seconds * 1000).toLocaleString();

// A table; columns of numbers are aligned to the right. On a narrow screen each cell is a line with its heading.
function table(heads, rows, numeric = []) {
  const kind = (name, i) => `${name}.${numeric.includes(i) ? 'number' : 'text'}`;
  const head = heads.map((name, i) => el(kind('th', i), { scope: 'col' }, name));
  const body = rows.map((row) => el('tr', row.map((cell, i) => el(kind('td', i), { 'data-head': heads[i] }, cell))));
  return el('div.scroll', el('table', el('thead', el('tr', head)), el('tbody', body)));
}

// A button that plays a slider from where it stands to its end, calling go for every step.
function player(slider, go) {
  const atEnd = () => slider.value === slider.max;
  const pause = Math.max(60, Math.min(400, 8000 / slider.max));
  const move = (to) => { slider.value = to; go(); };
  let timer = null;
  const play = button('play', '', () => set(timer == null));
  const set = (playing) => {
    clearInterval(timer);
    timer = playing ? setInterval(() => (atEnd() ? set(false) : move(+slider.value + 1)), pause) : null;
    if (playing && atEnd()) move(0);
    play.setAttribute('aria-pressed', playing);
    play.textContent = playing ? '❚❚ Pause' : '▶ Play';
  };
  set(false);
  return play;
}
