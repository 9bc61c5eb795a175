// The training explorer: decision boundary, loss curves, gradients and weights of a training.

const KEPT_COLOURS = [2, 4, 1, 5];
const TEST = { colour: 3, dash: [6, 3] };

function explorerPanel(ui) {
  let header = {}; // what is known, whichever frame it came with
  let arrays = {};
  let whole = {}; // the arrays of the last frame that brought all there is
  const kept = () => header.kept.map((run, i) => ({
    ...run, update: whole[`kept_update_${i}`], curve: whole[`kept_loss_${i}`],
  }));

  const set = (change) => ({ set: change });
  const widths = () => set({ widths: Array(Number(hidden.value)).fill(Number(width.value)) });
  const play = ui.button("play", { label: "▶ Play", message: () => ({ play: !header.playing }) });
  const step = ui.button("step", { label: "Step", message: () => ({ step: 1 }) });
  const epoch = ui.button("epoch", { label: "Epoch" });
  const rewind = ui.button("rewind", { label: "Rewind" });
  const reseed = ui.button("reseed", { label: "New seed" });
  const rate = ui.slider("rate", { label: "learning rate", min: 1e-5, max: 10, log: true });
  const speed = ui.slider("speed", {
    min: 1, max: 100, log: true, step: 0.1, format: (v) => `${Math.round(v)} a frame`,
    message: (v) => ({ speed: Math.round(v) }),
  });
  const data = ui.select("data", { message: (v) => set({ data: v }) });
  const hidden = ui.select("hidden", { label: "hidden layers", message: widths });
  const width = ui.select("width", { label: "units each", message: widths });
  const activation = ui.select("activation", { message: (v) => set({ activation: v }) });
  const optimizer = ui.select("optimizer", { message: (v) => set({ optimizer: v }) });
  const batch = ui.select("batch", { label: "batch size" });
  const log = checkbox({ name: "log", label: "log scale", onChange: ui.redraw });
  const forget = ui.button("forget", { label: "Forget earlier runs" });

  const plane = canvas(330, 300);
  const loss = canvas(490, 300);
  const norms = canvas(330, 150);
  const weights = canvas(490, 150);
  const numbers = make("div", { class: "ta-numbers" });
  const notes = make("div", { class: "ta-note" });
  const runs = make("div", { class: "ta-runs" });
  ui.show(
    row(data, hidden, width, activation, optimizer, batch),
    row(play, step, epoch, rewind, reseed, rate, speed),
    numbers, notes, pictures(plane, loss, norms, weights), row(log, forget), runs,
  );

  function drawLoss() {
    const { palette, dark } = ui.theme;
    const colour = palette[dark ? 5 : 0];
    const tested = arrays.test_curve;
    const curves = [arrays.loss_curve, tested ?? [], ...kept().map((run) => run.curve)];
    const finite = curves.flatMap((c) => Array.from(c)).filter((v) => Number.isFinite(v) && (!log.value || v > 0));
    const high = Math.max(1e-9, ...finite);
    const low = Math.max(1e-9, Math.min(...finite, high / 10));
    const last = Math.max(10, ...[arrays, ...kept()].map(({ update }) => update.at(-1) ?? 0));
    loss.clear();
    const plot = axes(loss, ui.theme, {
      x: [0, last], y: log.value ? [low / 1.2, high * 1.2] : [0, high * 1.08], logY: log.value,
      title: "Loss", xTitle: "updates", left: 52,
    });
    kept().forEach((run, i) => plot.line(run.update, run.curve, {
      colour: palette[KEPT_COLOURS[i % 4]], width: 1.5, dash: [2, 3],
    }));
    if (tested) plot.line(arrays.update, tested, { ...TEST, colour: palette[TEST.colour] });
    plot.line(arrays.update, arrays.loss_curve, { colour });
    markRates(plot, ui.theme, header.rates);
    const entries = [["training", { colour }], ...(tested ? [["test", { ...TEST, colour: palette[TEST.colour] }]] : [])];
    legend(plot, ui.theme, entries);
    loss.label(`Loss against updates, ${log.value ? "log scale" : "linear scale"}. ${numbers.textContent}`);
  }

  ui.onDraw(() => {
    if (arrays.told && header.window) drawBoundary(plane, ui.theme, header, arrays, whole);
    else if (arrays.confusion) drawConfusion(plane, ui.theme, arrays.confusion, header.names);
    else if (whole.pictures) drawPictures(plane, ui.theme, header, whole.pictures);
    drawLoss();
    drawNorms(norms, ui.theme, header.norms);
    drawWeights(weights, ui.theme, header.weights, arrays);
  });

  ui.onFrame((news, newArrays) => {
    header = { ...header, ...news };
    play.label(header.playing ? "❚❚ Pause" : "▶ Play");
    for (const control of [step, epoch]) control.enable(!header.playing);
    ui.panel.dataset.taPlaying = String(header.playing);
    if (news.updates === undefined) { // the network is as it was
      drawLoss();
      return false;
    }
    arrays = newArrays;
    if (news.choices) {
      whole = newArrays;
      header.window = news.window;
      forget.el.hidden = header.kept.length === 0;
      runs.replaceChildren(...kept().map((run, i) => make(
        "div", {}, sample(ui.theme.palette[KEPT_COLOURS[i % 4]], "dotted"),
        `${run.label}: training loss ${number(run.loss)}`,
      )));
    }
    const cells = (name, i) => (
      header.loss[i] === null ? [] : [`${name}: loss ${fixed(header.loss[i])}, accuracy ${fixed(header.accuracy[i])}`]);
    const parts = [`update ${header.updates}, epoch ${header.epochs.toFixed(1)}`, ...cells("training", 0), ...cells("test", 1)];
    numbers.replaceChildren(...parts.map((text) => make("span", {}, text)));
    notes.textContent = header.notes.join(" ");
    return true;
  });
}

// Three decimals: a number that does not jump in width while it changes.
const fixed = (v) => (Number.isFinite(v) ? (v < 0.001 && v > 0 ? v.toExponential(1) : v.toFixed(3)) : number(v));

function drawBoundary(target, colours, { names, window: [x, y], features, accuracy }, { told, sure }, { X, t, X_test: others, t_test: theirs }) {
  const palette = [0, 1, 2, 4, 5, 3, 6, 7].map((k) => colours.palette[k]);
  const [xTitle, yTitle] = features ?? ["x₁", "x₂"];
  target.clear();
  const plot = axes(target, colours, { x, y, title: "What it answers where", xTitle, yTitle, grid: false });
  const { area } = plot;
  const ground = Array(3).fill(colours.dark ? 17 : 255);
  const strong = palette.map(rgb);
  const guess = 1 / names.length;
  // Sure is a strong colour; what is no better than a guess is the ground.
  const colourOf = (k) => mixed(ground, strong[told[k] % 8], (colours.dark ? 0.5 : 0.4) * Math.max(0, (sure[k] / 255 - guess) / (1 - guess)));
  image(target.context, told.shape, colourOf, [area.left, area.top, area.width, area.height], { flip: true, smooth: true });
  const mark = (points, classes, test) => plot.points(column(points, 0), column(points, 1), (i) => {
    const [colour, paper] = [palette[classes[i] % 8], colours.paper];
    return {
      colour: test ? paper : colour, edge: test ? colour : paper,
      size: classes.length > 40 ? 3 : 6, shape: SHAPES[classes[i] % 4],
    };
  });
  mark(X, t, false);
  if (theirs) mark(others, theirs, true);
  target.label(
    `Decision boundary: the class with the largest score at each place of the plane, and the points of ${names.length} classes; ` +
    `test points are hollow. Training accuracy ${number(accuracy[0])}.`);
}

function drawPictures(target, colours, { image_shape: shape, told, sure, true: truth, names }, grey) {
  const c = titled(target, colours, "What it reads, and how sure it is");
  const n = grey.shape[0];
  const size = shape[0] * shape[1];
  const columns = n > 6 ? 5 : 3;
  const [wide, high] = [target.width / columns, (target.height - 24) / Math.ceil(n / columns)];
  const side = Math.min(wide - 16, high - 22);
  let right = 0;
  for (let i = 0; i < n; i += 1) {
    const [u, v] = [(i % columns) * wide + (wide - side) / 2, 24 + Math.floor(i / columns) * high];
    image(c, shape, (k) => Array(3).fill(grey[i * size + k]), [u, v, side, side]);
    const good = told[i] === truth[i];
    right += good;
    c.strokeStyle = good ? colours.grid : colours.palette[3];
    c.lineWidth = good ? 1 : 3;
    c.strokeRect(u, v, side, side);
    const text = `${good ? "" : "✗ "}${names[told[i]]} ${Math.round(100 * sure[i])} %`;
    write(c, text, u + side / 2, v + side + 4, colours, { align: "center" });
  }
  target.label(`${n} pictures with the answers of the network: ${right} right, ${n - right} wrong.`);
}

function drawConfusion(target, colours, counts, names) {
  const c = titled(target, colours, "True class (rows), answer (columns)");
  const C = names.length;
  const [left, top] = [40, 44];
  const side = Math.min(target.width - left - 8, target.height - 64) / C;
  const most = Math.max(1, ...counts);
  const middle = (text, u, v, colour) => write(c, text, u, v, colours, { colour, align: "center", baseline: "middle" });
  for (let i = 0; i < C; i += 1) {
    const name = names[i].slice(0, 5);
    middle(name, left / 2, top + (i + 0.5) * side, colours.soft);
    middle(name, left + (i + 0.5) * side, 34, colours.soft);
    for (let j = 0; j < C; j += 1) {
      const n = counts[i * C + j];
      c.fillStyle = `rgb(${signed((i === j ? 1 : -1) * (n / most), colours.dark).join()})`;
      c.fillRect(left + j * side, top + i * side, side - 1, side - 1);
      if (n) middle(String(n), left + (j + 0.5) * side, top + (i + 0.5) * side, n / most > 0.5 ? "#ffffff" : colours.ink);
    }
  }
  target.label("Counts of cases by true class and answer.");
}

// Where the learning rate was changed: a line down, with the new rate above it.
function markRates({ context: c, area, ground, px }, colours, rates) {
  let free = -Infinity; // where there is room for the next number
  for (const [update, rate] of rates.slice(1)) {
    const u = px(update);
    stroke(c, [[u, area.top], [u, ground]], { colour: colours.soft, dash: [3, 3] });
    if (u < free) continue;
    write(c, number(rate), u + 3, area.top + 3, colours);
    free = u + c.measureText(number(rate)).width + 8;
  }
}

function legend({ context: c, area }, colours, entries) {
  let u = area.left + area.width;
  for (const [text, look] of entries.toReversed()) {
    write(c, text, u, 12, colours, { align: "right", baseline: "middle" });
    u -= c.measureText(text).width + 6;
    stroke(c, [[u - 24, 12], [u, 12]], { ...look, width: 2 });
    u -= 40;
  }
}

// Sizes of the gradients as bars on a log scale, 1e-6 to 100.
function drawNorms(target, colours, norms) {
  const c = titled(target, colours, "Size of the gradient (log scale)");
  const names = Object.keys(norms);
  if (!names.length) {
    write(c, "after the first update", 4, 36, colours, { colour: colours.soft, baseline: "middle" });
    return;
  }
  const [left, right, height] = [40, target.width - 70, Math.min(24, (target.height - 28) / names.length)];
  const place = (v) => left + (right - left) * between(0, (Math.log10(v) + 6) / 8, 1);
  for (let e = -6; e <= 2; e += 2) {
    const u = place(10 ** e);
    stroke(c, [[u, 24], [u, 26 + height * names.length]], { colour: colours.grid });
  }
  names.forEach((name, i) => {
    const y = 26 + i * height;
    c.fillStyle = colours.palette[2];
    c.fillRect(left, y + 2, (Number.isFinite(norms[name]) ? place(norms[name]) : right) - left, height - 4);
    write(c, name, left - 6, y + height / 2, colours, { align: "right", baseline: "middle" });
    write(c, number(norms[name]), right + 6, y + height / 2, colours, { baseline: "middle" });
  });
  target.label(`Sizes of the gradients: ${names.map((n) => `${n} ${number(norms[n])}`).join(", ")}.`);
}

// Weight matrices side by side: blue above 0, vermilion below; each has a scale of its own.
function drawWeights(target, colours, shapes, arrays) {
  const c = titled(target, colours, "Weights: blue above 0, orange below");
  const names = Object.keys(shapes).filter((name) => arrays[name]);
  const total = names.reduce((sum, name) => sum + Math.max(4, arrays[name].shape[1]), 0);
  const room = target.width - 14 * names.length - 8;
  let left = 4;
  const said = names.map((name) => {
    const array = arrays[name];
    const [rows, columns] = array.shape;
    const wide = Math.max(44, (room * Math.max(4, columns)) / total);
    const cell = Math.max(0.5, Math.min(wide / columns, (target.height - 46) / rows, 22));
    const most = array.reduce((so, v) => (Math.abs(v) > so ? Math.abs(v) : so), 0); // NaN stays out
    const box = [left, 26, cell * columns, cell * rows];
    image(c, array.shape, (k) => signed(array[k] / (most || 1), colours.dark), box);
    c.strokeStyle = colours.grid; c.lineWidth = 1; c.strokeRect(...box);
    const [whole, across] = shapes[name];
    write(c, `${name} ${whole}×${across}`, left, 28 + cell * rows, colours, { colour: colours.soft });
    left += Math.max(cell * columns, 64) + 14;
    return `${name} of shape ${whole} by ${across}, largest ${number(most)}`;
  });
  if (said.length) target.label(`Weights as heat maps: ${said.join("; ")}.`);
}

export default { render: panel(explorerPanel) };
