// The runs of the page, made ready to be shown: their axes, marks, best epoch and pictures in order.

const last = (list) => list[list.length - 1];

const STATES = {
  running: ['● running', false], finished: ['✓ finished', false], stopped: ['■ stopped', false],
  interrupted: ['◌ interrupted', true], diverged: ['▲ diverged', true], failed: ['✕ failed', true],
  unknown: ['? state not recorded', false],
};

// The value of an ascending list that goes with a value of another: steps of epochs, say. Straight between points.
function convert(value, from, to) {
  const i = from.findIndex((v) => v >= value);
  if (i < 0) return last(to) ?? 0;
  const [a, b] = i === 0 ? [0, 0] : [from[i - 1], to[i - 1]];
  return b + ((value - a) / (from[i] - a || 1)) * (to[i] - b);
}

function prepareAxes(run) {
  const { epoch = [], step = epoch, seconds } = run.history;
  let time = 0;
  run.axes = { epoch, step, time: epoch.map((_, i) => (time += seconds?.[i] ?? 0)) };
}

// Marks on the curves: where the run was resumed, and its best epoch.
function prepareMarks(run) {
  const column = run.history[run.best_column] ?? [], better = run.columns[run.best_column]?.better;
  run.marks = run.events.filter((event) => event.kind === 'resume').map((event) => ['resumed', event.step]);
  run.best = null;
  column.forEach((value, i) => {
    if (value != null && (run.best == null || better * value > better * column[run.best])) run.best = i;
  });
  if (run.best != null) run.marks.push(['best', run.axes.step[run.best]]);
}

// The marks of runs along the axis that is shown: [words, place].
const marksOf = (runs) => [...new Set(runs)].flatMap((run) => run.marks.map(([name, step]) =>
  [data.runs.length > 1 ? `${run.name} ${name}` : name, convert(step, run.axes.step, run.axes[view.axis])]));

// Pictures within epochs take their places between those of epochs.
function preparePictures(run) {
  const { epoch, step } = run.axes;
  for (const picture of run.pictures) {
    picture.at = picture.epoch ?? convert(picture.step, step, epoch);
    if (picture.step != null) picture.name = `step ${format(picture.step)}`;
    else picture.name = picture.epoch ? `epoch ${picture.epoch}` : 'before training';
  }
  run.pictures.sort((a, b) => a.at - b.at);
}

// The picture of an epoch, or of the one before it that has one.
const pictureAt = (pictures, at) => pictures.findLast((picture) => picture.at <= at) ?? pictures[0];

for (const run of data.runs) {
  run.name = baseName(run.path);
  prepareAxes(run);
  prepareMarks(run);
  preparePictures(run);
  run.epoch = last(run.axes.epoch) ?? 0;
}

// Names that tell runs apart: whole paths, where the last part does not.
if (new Set(data.runs.map((run) => run.name)).size < data.runs.length)
  for (const run of data.runs) run.name = run.path;

const lastEvent = (run, ...kinds) => run.events.findLast((event) => kinds.includes(event.kind));
