// The training explorer: decision boundary, loss curves, gradients and weights of a training.

const explorerColour = (colours, label) => colours.palette[[0, 1, 2, 4, 5, 3, 6, 7][label % 8]];
const KEPT_COLOURS = [2, 4, 1, 5];

export default {
  render: panel((ui) => {
    const state = { header: {}, arrays: {}, log: false, kept: [] };

    // --- controls ---
    const set = (change) => ui.tell({ set: change });
    const widths = () => Array(Number(hidden.value)).fill(Number(width.value));
    const play = button({ label: "▶ Play", name: "play", onClick: () => ui.tell({ play: !state.header.playing }) });
    const step = button({ label: "Step", name: "step", onClick: () => ui.tell({ step: 1 }) });
    const epoch = button({ label: "Epoch", name: "epoch", onClick: () => ui.tell({ epoch: true }) });
    const rewind = button({ label: "Rewind", name: "rewind", onClick: () => ui.tell({ rewind: true }) });
    const reseed = button({ label: "New seed", name: "reseed", onClick: () => ui.tell({ reseed: true }) });
    const rate = slider({
      label: "learning rate", name: "rate", min: 1e-5, max: 10, value: 0.1, log: true,
      onInput: (v) => ui.ask({ rate: v }),
    });
    const speed = slider({
      label: "speed", name: "speed", min: 1, max: 100, value: 7, log: true, step: 0.1,
      format: (v) => `${Math.round(v)} a frame`, onInput: (v) => ui.ask({ speed: Math.round(v) }),
    });
    const data = select({ label: "data", options: [], onChange: (v) => set({ data: v }) });
    const hidden = select({ label: "hidden layers", name: "hidden", options: [], onChange: () => set({ widths: widths() }) });
    const width = select({ label: "units each", name: "width", options: [], onChange: () => set({ widths: widths() }) });
    const activation = select({ label: "activation", options: [], onChange: (v) => set({ activation: v }) });
    const optimizer = select({ label: "optimizer", options: [], onChange: (v) => set({ optimizer: v }) });
    const batch = select({ label: "batch size", name: "batch", options: [], onChange: (v) => ui.tell({ batch: Number(v) }) });
    const log = checkbox({ label: "log scale", name: "log", onChange: (on) => { state.log = on; drawLoss(); } });
    const forget = button({ label: "Forget earlier runs", name: "forget", onClick: () => ui.tell({ forget: true }) });

    // --- pictures ---
    const plane = canvas(330, 300);
    const loss = canvas(490, 300);
    const norms = canvas(330, 150);
    const weights = canvas(490, 150);
    const numbers = make("div", { class: "ta-numbers" });
    const notes = make("div", { class: "ta-note" });
    const runs = make("div", { class: "ta-runs" });
    ui.root.append(
      row(data, hidden, width, activation, optimizer, batch),
      row(play, step, epoch, rewind, reseed, rate, speed),
      numbers, notes,
      make("div", { class: "ta-pictures" }, plane.el, loss.el, norms.el, weights.el),
      row(log, forget), runs,
    );

    function drawPlane() {
      const { header: h, arrays: a } = state;
      plane.clear();
      if (a.told && state.window) drawBoundary(plane, ui.theme, state, h);
      else if (a.confusion) drawConfusion(plane, ui.theme, a.confusion, state.names);
      else if (state.pictures) drawPictures(plane, ui.theme, state, h);
    }

    function drawLoss() {
      const { header: h, arrays: a } = state;
      loss.clear();
      if (!a.loss_curve) return;
      const curves = [a.loss_curve, a.test_curve ?? [], ...state.kept.map((k) => k.loss)];
      const finite = curves.flatMap((c) => Array.from(c)).filter((v) => Number.isFinite(v) && (!state.log || v > 0));
      const high = Math.max(1e-9, ...finite);
      const low = state.log ? Math.max(1e-9, Math.min(...finite, high / 10)) : 0;
      const last = Math.max(10, ...[a.update, ...state.kept.map((k) => k.update)].map((u) => u[u.length - 1] ?? 0));
      const plot = axes(loss, ui.theme, {
        x: [0, last], y: state.log ? [low / 1.2, high * 1.2] : [0, high * 1.08], logY: state.log,
        title: "Loss", xTitle: "updates", left: 52,
      });
      state.kept.forEach((run, i) => plot.line(run.update, run.loss, {
        colour: ui.theme.palette[KEPT_COLOURS[i % 4]], width: 1.5, dash: [2, 3],
      }));
      if (a.test_curve) plot.line(a.update, a.test_curve, { colour: ui.theme.palette[3], dash: [6, 3] });
      plot.line(a.update, a.loss_curve, { colour: ui.theme.dark ? ui.theme.palette[5] : ui.theme.palette[0] });
      markRates(plot, ui.theme, h.rates ?? []);
      legend(plot, ui.theme, Boolean(a.test_curve));
      loss.label(`Loss against updates, ${state.log ? "log scale" : "linear scale"}. ${numbers.textContent}`);
    }

    function draw() {
      drawPlane();
      drawLoss();
      drawNorms(norms, ui.theme, state.header.norms ?? {});
      drawWeights(weights, ui.theme, state.header.weights ?? {}, state.arrays);
    }

    ui.onTheme(() => { if (state.header.updates !== undefined) draw(); });

    ui.onFrame((header, arrays) => {
      Object.assign(state.header, header);
      if (header.updates === undefined) { // the network is as it was
        showPlaying();
        drawLoss();
        return;
      }
      state.arrays = arrays;
      if (header.choices) takeChoices(header, arrays);
      showPlaying();
      showNumbers(numbers, header);
      notes.textContent = header.notes.join(" ");
      draw();
    });

    function showPlaying() {
      play.set(state.header.playing ? "❚❚ Pause" : "▶ Play");
      for (const control of [step, epoch]) control.enable(!state.header.playing);
      ui.panel.dataset.taPlaying = String(state.header.playing);
    }

    function takeChoices(header, arrays) {
      const { choices, chosen } = header;
      const lists = { data, hidden, width, activation, optimizer, batch };
      for (const [name, list] of Object.entries(lists)) {
        list.fill(choices[name]);
        list.set(chosen[name]);
        list.enable(choices[name].length > 1);
        list.el.hidden = choices[name].length === 0;
      }
      if (chosen.rate > 0) { // a rate beyond the ends of the slider moves the ends
        rate.input.min = Math.min(-5, Math.floor(Math.log10(chosen.rate)));
        rate.input.max = Math.max(1, Math.ceil(Math.log10(chosen.rate)));
        rate.set(chosen.rate);
      }
      speed.set(chosen.speed);
      state.names = header.names;
      state.features = header.features;
      state.window = header.window;
      state.points = { X: arrays.X, t: arrays.t, X_test: arrays.X_test, t_test: arrays.t_test };
      state.pictures = arrays.pictures;
      state.image_shape = header.image_shape;
      state.true = header.true;
      state.kept = header.kept.map((run, i) => ({
        ...run, update: arrays[`kept_update_${i}`], loss: arrays[`kept_loss_${i}`], last: run.loss,
      }));
      forget.el.hidden = state.kept.length === 0;
      runs.replaceChildren(...state.kept.map((run, i) => make(
        "div", {},
        make("span", { class: "ta-dot", style: `border-color: ${ui.theme.palette[KEPT_COLOURS[i % 4]]}` }),
        `${run.label}: training loss ${number(run.last)}`,
      )));
    }
  }),
};

function showNumbers(box, h) {
  const cells = (name, i) => (h.loss[i] === null ? "" : `${name}: loss ${fixed(h.loss[i])}, accuracy ${fixed(h.accuracy[i])}`);
  const parts = [`update ${h.updates}, epoch ${h.epochs.toFixed(1)}`, cells("training", 0), cells("test", 1)];
  box.replaceChildren(...parts.filter(Boolean).map((text) => make("span", {}, text)));
}

// Three decimals: a number that does not jump in width while it changes.
const fixed = (v) => (Number.isFinite(v) ? (v < 0.001 && v > 0 ? v.toExponential(1) : v.toFixed(3)) : number(v));

function drawBoundary(target, colours, state, h) {
  const { told, sure } = state.arrays;
  const size = told.shape[0];
  const bytes = new Uint8ClampedArray(4 * size * size);
  const ground = colours.dark ? 17 : 255;
  const guess = 1 / state.names.length;
  for (let i = 0; i < told.length; i += 1) {
    const colour = rgb(explorerColour(colours, told[i]));
    // Sure is a strong colour; what is no better than a guess is the ground.
    const share = (colours.dark ? 0.5 : 0.4) * Math.max(0, (sure[i] / 255 - guess) / (1 - guess));
    for (let k = 0; k < 3; k += 1) bytes[4 * i + k] = ground + (colour[k] - ground) * share;
    bytes[4 * i + 3] = 255;
  }
  const [x, y] = state.window;
  const [first = "x₁", second = "x₂"] = state.features ?? [];
  const options = { x, y, title: "What it answers where", xTitle: first, yTitle: second, grid: false };
  const plot = axes(target, colours, options);
  const { area } = plot;
  image(target.context, new ImageData(bytes, size, size), area.left, area.top, area.width, area.height, true, true);
  const groups = [[state.points.X, state.points.t, false], [state.points.X_test, state.points.t_test, true]];
  for (const [X, t, test] of groups) {
    for (let i = 0; t && i < t.length; i += 1) {
      const colour = explorerColour(colours, t[i]);
      plot.inside(() => marker(target.context, plot.px(X[2 * i]), plot.py(X[2 * i + 1]), {
        colour: test ? colours.paper : colour, edge: test ? colour : colours.paper,
        size: t.length > 40 ? 3 : 6, shape: SHAPES[t[i] % 4],
      }));
    }
  }
  target.label(
    `Decision boundary: the class with the largest score at each place of the plane, and the points of ${state.names.length} classes; ` +
    `test points are hollow. Training accuracy ${number(h.accuracy[0])}.`);
}

function drawPictures(target, colours, state, h) {
  const [height, width] = state.image_shape;
  const n = state.pictures.shape[0];
  const columns = n > 6 ? 5 : 3;
  const rows = Math.ceil(n / columns);
  const [cw, ch] = [target.width / columns, (target.height - 24) / rows];
  const side = Math.min(cw - 16, ch - 22);
  const c = target.context;
  c.font = `bold ${colours.font}`; c.fillStyle = colours.ink; c.textAlign = "left"; c.textBaseline = "top";
  c.fillText("What it reads, and how sure it is", 4, 4);
  let right = 0;
  for (let i = 0; i < n; i += 1) {
    const [u, v] = [(i % columns) * cw + (cw - side) / 2, 24 + Math.floor(i / columns) * ch];
    const bytes = new Uint8ClampedArray(4 * width * height);
    for (let k = 0; k < width * height; k += 1) {
      const value = state.pictures[i * width * height + k];
      bytes.set([value, value, value, 255], 4 * k);
    }
    image(c, new ImageData(bytes, width, height), u, v, side, side);
    const good = h.told[i] === state.true[i];
    right += good;
    c.strokeStyle = good ? colours.grid : colours.palette[3];
    c.lineWidth = good ? 1 : 3;
    c.strokeRect(u, v, side, side);
    c.font = colours.font; c.fillStyle = colours.ink; c.textAlign = "center";
    const name = state.names[h.told[i]];
    c.fillText(`${good ? "" : "✗ "}${name} ${Math.round(100 * h.sure[i])} %`, u + side / 2, v + side + 4);
  }
  target.label(`${n} pictures with the answers of the network: ${right} right, ${n - right} wrong.`);
}

function drawConfusion(target, colours, counts, names) {
  const C = names.length;
  const left = 40;
  const side = Math.min(target.width - left - 8, target.height - 64) / C;
  const c = target.context;
  c.font = `bold ${colours.font}`; c.fillStyle = colours.ink; c.textAlign = "left"; c.textBaseline = "top";
  c.fillText("True class (rows), answer (columns)", 4, 4);
  c.font = colours.font; c.textAlign = "center"; c.textBaseline = "middle";
  const most = Math.max(1, ...counts);
  for (let i = 0; i < C; i += 1) {
    c.fillStyle = colours.soft;
    c.fillText(names[i].slice(0, 5), left / 2, 44 + (i + 0.5) * side);
    c.fillText(names[i].slice(0, 5), left + (i + 0.5) * side, 34);
    for (let j = 0; j < C; j += 1) {
      const n = counts[i * C + j];
      c.fillStyle = `rgb(${signed((i === j ? 1 : -1) * (n / most), colours.dark).join()})`;
      c.fillRect(left + j * side, 44 + i * side, side - 1, side - 1);
      c.fillStyle = n / most > 0.5 ? "#ffffff" : colours.ink;
      if (n) c.fillText(String(n), left + (j + 0.5) * side, 44 + (i + 0.5) * side);
    }
  }
  target.label("Counts of cases by true class and answer.");
}

// Where the learning rate was changed: a line down, with the new rate above it.
function markRates(plot, colours, rates) {
  const c = plot.context;
  c.save();
  c.font = colours.font; c.textBaseline = "top"; c.textAlign = "left";
  let free = -Infinity; // where there is room for the next number
  rates.slice(1).forEach(([update, rate]) => {
    const u = plot.px(update);
    c.strokeStyle = colours.soft; c.lineWidth = 1; c.setLineDash([3, 3]);
    c.beginPath(); c.moveTo(u, plot.area.top); c.lineTo(u, plot.area.top + plot.area.height); c.stroke();
    if (u < free) return;
    const text = number(rate);
    free = u + c.measureText(text).width + 8;
    c.fillStyle = colours.ink;
    c.fillText(text, u + 3, plot.area.top + 3);
  });
  c.restore();
}

function legend(plot, colours, test) {
  const c = plot.context;
  const right = plot.area.left + plot.area.width;
  c.save();
  c.font = colours.font; c.textBaseline = "middle"; c.textAlign = "right";
  const entries = [["training", colours.dark ? colours.palette[5] : colours.palette[0], []], ...(test ? [["test", colours.palette[3], [6, 3]]] : [])];
  let u = right;
  for (const [text, colour, dash] of entries.reverse()) {
    c.fillStyle = colours.ink;
    c.fillText(text, u, 12);
    u -= c.measureText(text).width + 6;
    c.strokeStyle = colour; c.lineWidth = 2; c.setLineDash(dash);
    c.beginPath(); c.moveTo(u - 24, 12); c.lineTo(u, 12); c.stroke();
    u -= 40;
  }
  c.restore();
}

// Sizes of the gradients as bars on a log scale, 1e-6 to 100.
function drawNorms(target, colours, norms) {
  const c = target.clear();
  const names = Object.keys(norms);
  c.font = `bold ${colours.font}`; c.fillStyle = colours.ink; c.textAlign = "left"; c.textBaseline = "top";
  c.fillText("Size of the gradient (log scale)", 4, 4);
  c.font = colours.font; c.textBaseline = "middle";
  if (!names.length) { c.fillStyle = colours.soft; c.fillText("after the first update", 4, 36); return; }
  const [left, right, height] = [40, target.width - 70, Math.min(24, (target.height - 28) / names.length)];
  const place = (v) => left + (right - left) * Math.min(1, Math.max(0, (Math.log10(v) + 6) / 8));
  c.strokeStyle = colours.grid; c.lineWidth = 1;
  for (let e = -6; e <= 2; e += 2) {
    c.beginPath(); c.moveTo(place(10 ** e), 24); c.lineTo(place(10 ** e), 26 + height * names.length); c.stroke();
  }
  names.forEach((name, i) => {
    const y = 26 + i * height;
    c.fillStyle = colours.palette[2];
    c.fillRect(left, y + 2, (Number.isFinite(norms[name]) ? place(norms[name]) : right) - left, height - 4);
    c.fillStyle = colours.ink;
    c.textAlign = "right"; c.fillText(name, left - 6, y + height / 2);
    c.textAlign = "left"; c.fillText(number(norms[name]), right + 6, y + height / 2);
  });
  target.label(`Sizes of the gradients: ${names.map((n) => `${n} ${number(norms[n])}`).join(", ")}.`);
}

// Weight matrices side by side: blue above 0, vermilion below; each has a scale of its own.
function drawWeights(target, colours, shapes, arrays) {
  const c = target.clear();
  const names = Object.keys(shapes).filter((name) => arrays[name]);
  c.font = `bold ${colours.font}`; c.fillStyle = colours.ink; c.textAlign = "left"; c.textBaseline = "top";
  c.fillText("Weights: blue above 0, orange below", 4, 4);
  if (!names.length) return;
  const total = names.reduce((sum, name) => sum + Math.max(4, arrays[name].shape[1]), 0);
  const room = target.width - 14 * names.length - 8;
  let left = 4;
  const said = [];
  for (const name of names) {
    const [rows, columns] = arrays[name].shape;
    const w = Math.max(44, (room * Math.max(4, columns)) / total);
    const cell = Math.max(0.5, Math.min(w / columns, (target.height - 46) / rows, 22));
    let most = 0;
    for (const v of arrays[name]) most = Math.max(most, Math.abs(v)); // NaN stays out
    const bytes = new Uint8ClampedArray(4 * rows * columns);
    arrays[name].forEach((v, i) => bytes.set([...signed(v / (most || 1), colours.dark), 255], 4 * i));
    image(c, new ImageData(bytes, columns, rows), left, 26, cell * columns, cell * rows);
    c.strokeStyle = colours.grid; c.lineWidth = 1; c.strokeRect(left, 26, cell * columns, cell * rows);
    c.font = colours.font; c.fillStyle = colours.soft;
    const [whole, across] = shapes[name];
    c.fillText(`${name} ${whole}×${across}`, left, 28 + cell * rows);
    said.push(`${name} of shape ${whole} by ${across}, largest ${number(most)}`);
    left += Math.max(cell * columns, 64) + 14;
  }
  target.label(`Weights as heat maps: ${said.join("; ")}.`);
}
