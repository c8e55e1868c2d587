// The page of runs, a function for each section, from top to bottom. What a run does not have is left out.
// What is shown is derived in C: by run.c for each run, by charts.c for all.

const STATES = {
  running: '● running', finished: '✓ finished', stopped: '■ stopped', interrupted: '◌ interrupted',
  diverged: '▲ diverged', failed: '✕ failed', unknown: '? state not recorded',
};
const { runs } = data, [first] = runs, single = runs.length === 1;
const main = el('main');
let showEpoch = () => {}; // moves the pictures to an epoch; set by the pictures

function section(title, ...children) {
  const content = el('section', el('h2', title), children);
  if (content.childElementCount > 1) main.append(content);
}

const callout = (kind, ...words) => el(`div.card.callout.${kind}`, words);
const badge = (run) => el(`span.badge.${run.state}`, STATES[run.state]);
const whose = (run) => (single ? '' : `${run.name}: `); // before a text about one of several runs
const titleOf = (run, picture) => `${single ? 'Samples' : run.name}, ${picture.name}`;
const runColumn = single ? [] : ['Run'];
const runCell = (run) => (single ? [] : [run.name]);
const lastEvent = (run, ...kinds) => run.events.findLast((event) => kinds.includes(event.kind));

// --- State ---

function facts(run) {
  const speed = run.images_per_second;
  return [
    ['Epoch', `${format(run.epoch)} of ${format(run.epochs)}`],
    ['Time left', run.state === 'running' && run.seconds_left ? formatSeconds(run.seconds_left) : null],
    ['Time in training', run.epoch ? formatSeconds(run.axes.time.at(-1)) : null],
    ['Images a second', speed && format(speed)],
    ['Model', run.model],
    ['Seed', run.seed],
  ];
}

function notices(run) {
  const end = lastEvent(run, 'diverged', 'failed'), warning = lastEvent(run, 'warning');
  return [
    end?.kind === run.state && callout('bad', whose(run), end.text),
    run.state === 'interrupted' && callout('bad', whose(run), 'The process that trained this run is gone. ',
      'The command "resume" below goes on with it.'),
    warning && callout('warning', whose(run), 'Last ', warning.text),
    run.problems.length > 0 && callout('problems', whose(run), `Missing or damaged in ${run.path}:`,
      el('ul', run.problems.map((line) => el('li', line)))),
  ];
}

// A running run's page is written again after every epoch; it is loaded again unless somebody is using it.
function reloader() {
  const linked = runs.every((run) => run.pictures.every((picture) => !picture.src));
  if (!linked || !runs.some((run) => run.state === 'running')) return null;
  const box = checkbox(null, () => { location.hash = box.checked ? '' : 'still'; }, location.hash !== '#still');
  const inUse = () => view.at != null || document.querySelector('[aria-pressed=true]');
  main.addEventListener('input', ({ target }) => { if (target !== box) box.checked = false; });
  setInterval(() => box.checked && !inUse() && location.reload(), 10000);
  return labelled(box, 'load again every 10 s');
}

function showState() {
  const title = runs.map((run) => run.name).join(', ');
  const when = `As of ${formatTime(data.written)}, by gantrain ${data.version}`;
  const known = facts(first).filter(([, value]) => value != null);
  document.title = `${title} – gantrain`;
  main.append(el('header.state', el('h1', title), single && badge(first)), el('p.soft.toolbar', when, reloader()),
    single ? el('dl.tiles', known.map(([name, value]) => el('div.card', el('dt', name), el('dd', value))))
      : table(['Run', 'State', ...facts(first).map(([name]) => name)],
        runs.map((run) => [run.path, badge(run), ...facts(run).map(([, value]) => value ?? '–')])),
    el('div', runs.map(notices)));
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

// The picture of an epoch, or of the one before it that has one.
const pictureAt = (pictures, at) => pictures.findLast((picture) => picture.at <= at) ?? pictures[0];

function figureOf(run) {
  if (run.points) return pointsFigure(run);
  const shown = frame(`samples of ${run.name}`), caption = el('figcaption'), more = run.pictures_left_out;
  const show = (at) => {
    const one = pictureAt(run.pictures, at);
    shown.show(one);
    caption.textContent = titleOf(run, one);
  };
  return { show, node: el('figure.card', shown.nodes, caption,
    more > 0 && note(`${more} more pictures lie in ${run.path}/samples.`)) };
}

function showPictures() {
  const shown = runs.filter((run) => run.pictures.length > 0);
  const all = shown.flatMap((run) => run.pictures);
  const places = [...new Set(all.map((one) => one.at))].sort((a, b) => a - b);
  if (places.length === 0) return;
  const figures = shown.map(figureOf), end = places.length - 1;
  const go = () => {
    figures.forEach((one) => one.show(places[slider.value]));
    where.textContent = all.find((one) => one.at === places[slider.value]).name;
    slider.setAttribute('aria-valuetext', where.textContent);
  };
  const slider = range('slider', 0, end, end, go, 1), where = el('output', { for: 'slider' });
  slider.setAttribute('aria-label', 'Epoch of the samples');
  showEpoch = (epoch) => { slider.value = nearest(places, epoch); go(); };
  go();
  section('Samples',
    end > 0 && toolbar(player(slider, go), el('label.scrubber', slider), where),
    el('div.pictures', figures.map((one) => one.node),
      single && !first.points && first.real && figure(frame('real images', first.real).nodes, 'Real images')),
    note(first.points ? 'All samples' : 'All grids', ' of a run are drawn from the same latent vectors. ',
      end > 0 && first.epoch > 0 && 'A click on a curve shows the samples of that epoch.'));
}

// --- Curves ---

const makeChart = ({ series, ...chart }) => new Chart(chart, series.map((one, slot) =>
  ({ ...one, slot, run: runs[one.run], label: whose(runs[one.run]) + one.label }))).root;

function axisTools() {
  const change = () => {
    Object.assign(view, { axis: axis.value, log: log.checked, smoothing: +smoothing.value, at: null });
    charts.forEach((chart) => chart.draw());
  };
  const axis = el('select', { id: 'axis', onchange: change },
    Object.entries(AXES).map(([value, name]) => el('option', { value }, name)));
  const log = checkbox('log', change), smoothing = range('smoothing', 0, 0.98, view.smoothing, change, 0.02);
  return toolbar(labelled('Along', axis), labelled(log, 'log scale'), labelled('Smoothing', smoothing));
}

function showCurves() {
  if (data.curves.length === 0) return;
  if (runs.some((run) => run.axes.epoch.length > 500)) view.smoothing = 0.9; // else noise hides the course
  section('Curves', axisTools(), el('div.charts', data.curves.map(makeChart)));
}

// --- Scores ---

function showScores() {
  const rows = runs.flatMap((run) => run.scores.map(({ title, numbers, decimals, of }) =>
    [...runCell(run), title, ...numbers.map((value) => format(value, decimals)), of]));
  if (rows.length === 0) return;
  const best = single && first.best_epoch ? `Best, epoch ${first.best_epoch}` : 'Best epoch';
  section('Scores',
    table([...runColumn, 'Score', 'Last', best, 'Beside it', ''], rows, [1, 2, 3].map((i) => i + runColumn.length)),
    note('The best epoch goes by ', [...new Set(runs.map((run) => `"${run.goal}"`))].join(' or '), ' (metrics.best).'),
    el('div.charts', data.scores.map(makeChart)));
}

function showClasses() {
  const percent = (share) => (share == null ? '–' : `${format(100 * share, 1)} %`);
  for (const run of runs) {
    const last = run.events.findLast(({ scores }) => scores?.classes);
    if (!last) continue;
    const { classes, classes_real: real = [], epoch } = last.scores;
    const most = Math.max(...classes, ...real);
    const bar = (share = 0, kind) => el(`div.bar.${kind}`, { style: `width: ${(100 * share) / most}%` });
    section(`Classes${single ? '' : ` of ${run.name}`}`,
      note(`Share of each class in epoch ${epoch}: samples (full bars), real images (dashed bars).`),
      table(['Class', '', 'Samples', 'Real images'], classes.map((share, i) =>
        [i, [bar(share, 'own'), bar(real[i], 'real')], percent(share), percent(real[i])]), [2, 3]));
  }
}

// --- Nearest training images, latent space, checkpoints ---

const SINGLES = [
  ['Nearest training images', 'nearest', 'samples and training images', `Samples, and between the
    white bands the training image nearest to the last sample of its row. A model that had learned
    images by heart would show that sample twice.`],
  ['Latent space', 'plane', 'images of all places of latent space', `What the generator makes of
    every place of its latent space, which has two components; in a conditional model, of class 0.
    As many samples fall into one cell as into another.`],
];

function showSingles() {
  for (const [title, key, alt, words] of SINGLES)
    section(title, runs.filter((run) => run[key]).map((run) =>
      el('figure.card.single', frame(alt, run[key]).nodes, el('figcaption', whose(run), words))));
}

function showCheckpoints() {
  const card = (checkpoint, open) => el('details.card', { open },
    el('summary', `${checkpoint.name} `,
      el('span.soft', `${checkpoint.place}, ${formatBytes(checkpoint.bytes || 0)}`)),
    table(['To', 'Command'], checkpoint.commands.map(([name, line]) => [name, el('code', line)])));
  const kept = runs.filter((run) => run.checkpoints.length > 0);
  section('Checkpoints', kept.map((run) => [!single && el('h3', run.name),
    run.checkpoints.map((checkpoint, i) => card(checkpoint, single && i === 0))]),
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
  const text = (value) => value || '(none)';
  const others = first.config.filter((row) => row.default != null)
    .map((row) => [row.key, text(row.value), text(row.default), row.help]);
  const differ = first.config.map((row, i) => [row.key, ...runs.map((run) => text(run.config[i].value))])
    .filter(([, ...values]) => new Set(values).size > 1);
  section('Config',
    note(single ? 'What differs from the defaults' : 'The keys that differ', '; all keys are in config.ini.'),
    single ? table(['Key', 'Value', 'Default', 'What it is'], others)
      : table(['Key', ...runs.map((run) => run.name)], differ));
}

function showMachine() {
  section('Data and machine', runs.map((run) => {
    const start = lastEvent(run, 'start', 'resume');
    return start && el('div.card', !single && el('h3', run.name), el('pre', start.text));
  }));
}

for (const show of [showState, showPictures, showCurves, showScores, showClasses, showSingles,
  showCheckpoints, showEvents, showConfig, showMachine]) show();
document.body.append(main);
