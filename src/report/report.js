// The page of runs, a function for each section, from top to bottom. What a run does not have is left out.

const { runs } = data;
const [first] = runs, single = runs.length === 1;
const main = el('main');
let showEpoch = () => {}; // moves the pictures to an epoch; set by the pictures

function section(title, ...children) {
  const content = children.flat(Infinity).filter(Boolean);
  if (content.length) main.append(el('section', {}, el('h2', {}, title), content));
}

const callout = (kind, ...words) => el('div', { class: `card callout ${kind}` }, words);
const badge = (run) => el('span', { class: `badge ${STATES[run.state][1] ? 'bad' : ''}` }, STATES[run.state][0]);
const whose = (run) => (single ? '' : `${run.name}: `); // before a text about one of several runs
const titleOf = (run, picture) => `${single ? 'Samples' : run.name}, ${picture.name}`;
const runColumn = single ? [] : ['Run'];
const runCell = (run) => (single ? [] : [run.name]);

// --- State ---

function timeLeft(run) {
  const seconds = median((run.history.seconds || []).slice(-10));
  return run.state === 'running' && seconds ? formatSeconds((run.epochs - run.epoch) * seconds) : null;
}

function facts(run) {
  const speed = last(run.history.images_per_second || []);
  return [
    ['Epoch', `${format(run.epoch)} of ${format(run.epochs)}`],
    ['Time left', timeLeft(run)],
    ['Time in training', run.epoch ? formatSeconds(last(run.axes.time)) : null],
    ['Images a second', speed && format(speed)],
    ['Model', run.model],
    ['Seed', run.seed],
  ];
}

function notices(run) {
  const end = lastEvent(run, 'diverged', 'failed'), warning = lastEvent(run, 'warning');
  const gone = 'The process that trained this run is gone. The command "resume" below goes on with it.';
  return [
    end && end.kind === run.state && callout('end', whose(run), end.text),
    run.state === 'interrupted' && callout('end', whose(run), gone),
    warning && callout('warning', whose(run), 'Last ', warning.text),
    run.problems.length > 0 && callout('problems', whose(run), `Missing or damaged in ${run.path}:`,
      el('ul', {}, run.problems.map((line) => el('li', {}, line)))),
  ];
}

// A running run's page is written again after every epoch; it is loaded again unless somebody is using it.
function reloader() {
  const linked = runs.every((run) => run.pictures.every((picture) => !picture.src));
  if (!linked || !runs.some((run) => run.state === 'running')) return null;
  const box = checkbox(null, () => { location.hash = box.checked ? '' : 'still'; }, location.hash !== '#still');
  const inUse = () => view.at != null || document.querySelector('[aria-pressed=true]');
  setInterval(() => box.checked && !inUse() && location.reload(), 10000);
  return labelled(box, 'load again every 10 s');
}

function showState() {
  const title = runs.map((run) => run.name).join(', ');
  const when = `As of ${formatTime(data.written)}, by gantrain ${data.version}`;
  const tile = ([name, value]) => el('div', { class: 'card' }, el('dt', {}, name), el('dd', {}, value));
  document.title = `${title} – gantrain`;
  main.append(el('header', { class: 'state' }, el('h1', {}, title), single ? badge(first) : ''),
    el('p', { class: 'soft toolbar' }, when, reloader()));
  if (single)
    main.append(el('dl', { class: 'tiles' }, facts(first).filter(([, value]) => value != null).map(tile)));
  else
    main.append(table(['Run', 'State', ...facts(first).map(([name]) => name)],
      runs.map((run) => [run.path, badge(run), ...facts(run).map(([, value]) => value ?? '–')])));
  main.append(...runs.flatMap(notices).filter(Boolean));
}

// --- Pictures ---

// An image that shows one picture or another, and a line in the place of a file that is gone.
function frame(alt, picture) {
  const gone = note(), say = (text) => { gone.textContent = text; gone.hidden = !text; };
  const image = el('img', { alt, onload: () => say(''), onerror: () => say(`${image.dataset.file} cannot be shown`) });
  const show = ({ file, src }) => { image.dataset.file = file; image.src = src || file; };
  say('');
  if (picture) show(picture);
  return { nodes: [image, gone], show };
}

// What to say of epochs that should have a picture and have none.
function missing(run) {
  if (run.pictures_left_out) return `${run.pictures_left_out} more pictures lie in ${run.path}/samples.`;
  const there = new Set(run.pictures.map((one) => one.epoch));
  const gone = run.axes.epoch.filter((epoch) => epoch % run.sample_every === 0 && !there.has(epoch));
  const more = gone.length > 10 ? ', ...' : '';
  return gone.length && `There is no picture of epoch ${gone.slice(0, 10).join(', ')}${more}.`;
}

function figureOf(run) {
  if (run.points) return pointsFigure(run);
  const shown = frame(`samples of ${run.name}`), words = missing(run);
  const node = figure(shown.nodes), caption = node.lastChild;
  const show = (at) => {
    const one = pictureAt(run.pictures, at);
    shown.show(one);
    caption.textContent = titleOf(run, one);
  };
  if (words) node.append(note(words));
  return { show, node };
}

function showPictures() {
  const shown = runs.filter((run) => run.pictures.length > 0);
  const places = [...new Set(shown.flatMap((run) => run.pictures.map((one) => one.at)))].sort((a, b) => a - b);
  if (places.length === 0) return;
  const figures = shown.map(figureOf), end = places.length - 1;
  const slider = el('input',
    { type: 'range', id: 'slider', 'aria-label': 'Epoch of the samples', min: 0, max: end, value: end });
  const where = el('output', { for: 'slider' });
  const go = () => {
    figures.forEach((one) => one.show(places[slider.value]));
    where.textContent = shown[0].pictures.findLast((one) => one.at <= places[slider.value])?.name ?? '';
    slider.setAttribute('aria-valuetext', where.textContent);
  };
  slider.addEventListener('input', go);
  showEpoch = (epoch) => { slider.value = nearest(places, epoch); go(); };
  go();
  section('Samples',
    toolbar(player(slider, go), el('label', { class: 'scrubber' }, slider), where),
    el('div', { class: 'pictures' }, figures.map((one) => one.node),
      single && !first.points && first.real && figure(frame('real images', first.real).nodes, 'Real images')),
    note(first.points ? 'All samples are' : 'Every grid is', ' drawn from the same latent vectors. ',
      'A click on a curve shows the samples of that epoch.'));
}

// --- Curves ---

// Columns that share a chart, with what to compare them to. Every other column gets a chart of its own.
const PANELS = data.panels;
const NAMES = { images_per_second: 'images/s' };
const LEVELS = { '-log 4': -Math.log(4) };

const columnNames = [...new Set(runs.flatMap((run) => Object.keys(run.history)))];
const describe = (column) => runs.find((run) => run.columns[column])?.columns[column] ?? {};

// The name of a curve; of a score and the same score of real images, the title says what they are.
function labelOf(run, column, main) {
  const word = describe(column);
  if (describe(main).score) return whose(run) + (column === main ? 'samples' : describe(main).of);
  return whose(run) + (word.label || NAMES[column] || column);
}

function makeChart({ title, columns, levels = [], words, decimals }) {
  const [main] = columns, word = describe(main);
  const series = runs.flatMap((run) => columns.filter((column) => run.history[column]).map((column) => (
    { column, run, values: run.history[column], sparse: !!word.score, label: labelOf(run, column, main) })));
  const known = [[word.reference, word.reference_value], [word.of, LEVELS[word.of]]].filter(([, v]) => v != null);
  if (!series.some((one) => one.values.length > 0)) return null;
  return new Chart(title, series.map((one, slot) => ({ ...one, slot })),
    { levels: [...levels, ...known], words, decimals: decimals ?? word.decimals ?? 3 }).root;
}

function axisTools() {
  const choose = (change) => (event) => { change(event.target); view.at = null; drawCharts(); };
  const axis = el('select', { id: 'axis', onchange: choose((select) => { view.axis = select.value; }) },
    Object.entries(AXES).map(([value, name]) => el('option', { value }, name)));
  const log = checkbox('log', choose((box) => { view.log = box.checked; }));
  const smoothing = range('smoothing', 0, 0.98, view.smoothing,
    choose((slider) => { view.smoothing = +slider.value; }), 0.02);
  return toolbar(labelled('Along', axis), labelled(log, 'log scale'), labelled('Smoothing', smoothing));
}

function showCurves() {
  if (!runs.some((run) => run.axes.epoch.length)) return;
  const shared = new Set(['epoch', 'step', 'seconds', ...PANELS.flatMap((panel) => panel.columns)]);
  const own = columnNames.filter((column) => !describe(column).score && !shared.has(column));
  if (runs.some((run) => run.axes.epoch.length > 500)) view.smoothing = 0.9; // else noise hides the course
  section('Curves', axisTools(), el('div', { class: 'charts' },
    own.map((column) => makeChart({ title: capital(describe(column).label || column), columns: [column] })),
    PANELS.map(makeChart)));
}

// --- Scores ---

// A row of the table of scores: last, in the best epoch, and of what it stands next to.
function scoreRow(run, column) {
  const word = describe(column), values = run.history[column], real = run.history[word.real];
  const show = (value) => format(value, word.decimals);
  const i = values.findLastIndex((value) => value != null);
  return [...runCell(run), capital(word.label), show(values[i]), show(values[run.best]),
    show(real ? real[i] : LEVELS[word.of]), word.of || ''];
}

function showScores() {
  const scored = columnNames.filter((column) => describe(column).score);
  const beside = new Set(scored.map((column) => describe(column).real));
  const own = scored.filter((column) => !beside.has(column));
  const drawn = own.filter((column) => describe(column).better !== 0 || LEVELS[describe(column).of]);
  const rows = runs.flatMap((run) =>
    own.filter((column) => run.history[column]).map((column) => scoreRow(run, column)));
  if (rows.length === 0) return;
  const best = single && first.best != null ? `Best, epoch ${first.axes.epoch[first.best]}` : 'Best epoch';
  const numbers = [1, 2, 3].map((i) => i + runColumn.length);
  section('Scores', table([...runColumn, 'Score', 'Last', best, 'Beside it', ''], rows, numbers),
    note(`The best epoch goes by "${describe(first.best_column).label || first.best_column}" (metrics.best).`),
    el('div', { class: 'charts' }, drawn.map((column) => makeChart({ title: capital(describe(column).label),
      columns: [column, describe(column).real].filter(Boolean) }))));
}

function showClasses() {
  for (const run of runs) {
    const scores = run.events.findLast((event) => event.scores?.classes)?.scores;
    if (!scores) continue;
    const { classes, classes_real: real = [], epoch } = scores, most = Math.max(...classes, ...real);
    const bar = (share = 0, kind) => el('div', { class: `bar ${kind}`, style: `width: ${(100 * share) / most}%` });
    const percent = (share) => `${format(100 * share, 1)} %`;
    section(`Classes${single ? '' : ` of ${run.name}`}`,
      note(`Share of each class in epoch ${epoch}: samples (full bars, first number), real images (dashed bars).`),
      el('div', { class: 'card bars' }, classes.map((share, i) => [el('span', {}, String(i)),
        el('div', {}, bar(share, ''), bar(real[i], 'real')),
        el('span', {}, `${percent(share)}, ${percent(real[i])}`)])));
  }
}

// --- Nearest training images, latent space, checkpoints ---

function showSingle(title, key, alt, words) {
  section(title, runs.filter((run) => run[key]).map((run) => el('figure', { class: 'card single' },
    frame(alt, run[key]).nodes, el('figcaption', {}, whose(run), words))));
}

function showNearest() {
  showSingle('Nearest training images', 'nearest', 'samples and training images', `Samples, and between the white bands
    the training image nearest to the last sample of its row. A model that had learned images by heart would show that
    sample twice.`);
}

function showPlane() {
  showSingle('Latent space', 'plane', 'images of all places of latent space', `What the generator makes of every place
    of its latent space, which has two components; in a conditional model, of class 0. As many samples fall into one
    cell as into another.`);
}

function commands(run, file) {
  const path = quote(`${run.path}/${file}`), base = run.path.replace(/\/+$/, '');
  const train = (out) => `gantrain --config ${quote(`${run.path}/config.ini`)} --out ${quote(out)} --resume=${path}`;
  return Object.entries({ sample: `gantrain sample ${path}`, resume: train(run.path), branch: train(`${base}-branch`),
    evaluate: `gantrain eval ${path}` });
}

function placeOf(run, { file, epoch, step }) {
  if (file.endsWith('best.safetensors'))
    return run.best == null ? 'the best' : `epoch ${run.axes.epoch[run.best]}, the best`;
  return step ? `step ${format(step)}` : `epoch ${epoch}`;
}

function showCheckpoints() {
  const card = (run, checkpoint, open) => el('details', { class: 'card', open },
    el('summary', {}, `${checkpoint.file.replace('checkpoints/', '')} `,
      el('span', { class: 'soft' }, `${placeOf(run, checkpoint)}, ${formatBytes(checkpoint.bytes || 0)}`)),
    el('dl', { class: 'commands' },
      commands(run, checkpoint.file).map(([name, line]) => [el('dt', {}, name), el('dd', {}, el('code', {}, line))])));
  const kept = runs.filter((run) => run.checkpoints.length > 0);
  section('Checkpoints', kept.map((run) => [!single && el('h3', {}, run.name),
    run.checkpoints.map((checkpoint, i) => card(run, checkpoint, single && i === 0))]),
  kept.length > 0 && note('"resume" goes back to a checkpoint; "branch" begins another run with it.'));
}

// --- Events, config, machine ---

function showEvents() {
  const words = ({ kind, text }) => (['start', 'resume'].includes(kind) ? '' : text.replace(/^warning: /, ''));
  const all = runs.flatMap((run) => run.events.map((event) => ({ run, event })));
  const rows = all.sort((a, b) => a.event.time - b.event.time)
    .map(({ run, event }) => [...runCell(run), formatTime(event.time), format(event.epoch), event.kind, words(event)]);
  if (rows.length)
    section('Events', table([...runColumn, 'Time', 'Epoch', 'Event', ''], rows, [1 + runColumn.length]));
}

function showConfig() {
  if (single) {
    const others = first.config.filter((row) => row.default != null);
    section('Config', note(`What differs from the defaults; all keys are in ${first.path}/config.ini.`),
      table(['Key', 'Value', 'Default', 'What it is'],
        others.map((row) => [row.key, row.value || '(none)', row.default || '(none)', row.help])));
    return;
  }
  const rows = first.config.map((row, i) => [row.key, ...runs.map((run) => run.config[i].value || '(none)')]);
  section('Config: the keys that differ', table(['Key', ...runs.map((run) => run.name)],
    rows.filter(([, ...values]) => new Set(values).size > 1)));
}

function showMachine() {
  section('Data and machine', runs.map((run) => {
    const start = lastEvent(run, 'start', 'resume');
    return start && el('div', { class: 'card' }, !single && el('h3', {}, run.name), el('pre', {}, start.text));
  }));
}

for (const show of [showState, showPictures, showCurves, showScores, showClasses, showNearest, showPlane,
  showCheckpoints, showEvents, showConfig, showMachine]) show();
document.body.append(main);
