// The runs of the page, made ready to be shown: their axes, marks, and pictures in order.

const STATES = {
  running: '● running', finished: '✓ finished', stopped: '■ stopped', interrupted: '◌ interrupted',
  diverged: '▲ diverged', failed: '✕ failed', unknown: '? state not recorded',
};

for (const run of data.runs) {
  for (const key of ['history', 'columns']) // whose names come from files: "constructor" is one as others are
    run[key] = Object.assign(Object.create(null), run[key]);
  const { epoch = [], step = epoch, seconds = [] } = run.history, names = data.runs.map(({ path }) => baseName(path));
  let time = 0;
  run.axes = { epoch, step, time: epoch.map((_, i) => (time += seconds[i] ?? 0)) };
  run.epoch = epoch.at(-1) ?? 0;
  run.name = new Set(names).size < names.length ? run.path : baseName(run.path);
  // Marks on the curves, each at a row: where the run was resumed, and its best epoch.
  run.marks = run.events.filter(({ kind }) => kind === 'resume')
    .map((event) => ['resumed', step.findLastIndex((one) => one <= event.step)]);
  run.marks.push(['best', epoch.indexOf(run.best_epoch)]);
  // Pictures within epochs take their places between those of epochs.
  for (const picture of run.pictures) {
    picture.at = picture.epoch ?? (epoch[step.findLastIndex((one) => one < picture.step)] ?? 0) + 0.5;
    picture.name = picture.epoch === 0 ? 'before training'
      : 'epoch' in picture ? `epoch ${picture.epoch}` : `step ${format(picture.step)}`;
  }
  run.pictures.sort((a, b) => a.at - b.at);
}

// The marks of runs along the axis that is shown: [words, place].
const marksOf = (runs) => [...new Set(runs)].flatMap((run) => run.marks.filter(([, row]) => row >= 0)
  .map(([name, row]) => [data.runs.length > 1 ? `${run.name} ${name}` : name, run.axes[view.axis][row]]));

// The picture of an epoch, or of the one before it that has one.
const pictureAt = (pictures, at) => pictures.findLast((picture) => picture.at <= at) ?? pictures[0];

const lastEvent = (run, ...kinds) => run.events.findLast((event) => kinds.includes(event.kind));
