// explore_fit: decision boundary, losses by epoch and losses by width, for under- and overfitting.

function fitPanel(ui) {
  const plane = canvas(350, 300);
  const byEpoch = canvas(280, 300);
  const byWidth = canvas(240, 300);
  let last = null;
  const at = (values) => (k) => String(values?.[k] ?? k);
  const width = slider({ label: "hidden units", name: "width", min: 0, max: 8, step: 1, value: 6,
    format: (k) => at(last?.[0].widths)(k), onInput: (k) => ui.ask({ width: k }) });
  const epoch = slider({ label: "epochs", name: "epoch", min: 0, max: 31, step: 1, value: 18,
    format: (k) => at(last?.[0].epochs)(k), onInput: (k) => ui.ask({ epoch: k }) });
  const tests = checkbox({ label: "show the test points", name: "test-points", value: false,
    onChange: () => last && drawPlane(...last) });
  const said = make("p", { class: "ta-said", "data-ta-name": "said" });
  const note = make("p", { class: "ta-note" });
  ui.root.append(
    row(width, epoch, tests),
    make("div", { class: "ta-pictures" }, plane.el, byEpoch.el, byWidth.el), said, note,
  );

  function drawPlane(header, { p, points, labels, test_points: others, test_labels: theirs }) {
    const colours = ui.theme;
    const [left, right, bottom, top] = header.box;
    plane.clear();
    const plot = axes(plane, colours, {
      x: [left, right], y: [bottom, top], grid: false, left: 26, top: 24,
      title: `${counted(header.widths[header.width], "hidden unit")}, ${counted(header.epochs[header.shown], "epoch")}`,
    });
    const [rows, columns] = p.shape;
    const bytes = new Uint8ClampedArray(4 * p.length);
    const ends = [rgb(PALETTE[1]), rgb(PALETTE[0])];
    const ground = colours.dark ? [24, 24, 24] : [255, 255, 255];
    for (let k = 0; k < p.length; k += 1) {
      // The surer the network is, the stronger the colour; at one half there is none.
      const sure = (p[k] - 127.5) / 127.5;
      const end = ends[sure > 0 ? 1 : 0];
      const share = 0.6 * Math.abs(sure);
      for (let i = 0; i < 3; i += 1) bytes[4 * k + i] = ground[i] + share * (end[i] - ground[i]);
      bytes[4 * k + 3] = 255;
    }
    plot.image(bytes, columns, rows);
    drawBorder(plot, p, rows, columns);
    const draw = (array, kinds, size, hollow) => {
      for (let n = 0; n < kinds.length; n += 1) {
        const kind = kinds[n];
        const colour = hollow ? colours.ink : colours.dark ? ["#FFC94D", "#7CC4F5"][kind] : ["#8A5A00", "#003F66"][kind];
        const [u, v] = [plot.px(array[2 * n]), plot.py(array[2 * n + 1])];
        marker(plot.context, u, v, { colour, size, shape: kind ? "triangle" : "circle",
          edge: hollow ? undefined : colours.paper });
      }
    };
    plot.inside(() => {
      if (tests.value) draw(others, theirs, 1.8, true);
      draw(points, labels, 4.5, false);
    });
    plane.label(`The plane with 60 training points of two moons, circles and triangles. ${header.said}`);
  }

  // The border between the two answers, so that it can be seen without colours.
  function drawBorder(plot, p, rows, columns) {
    const c = plot.context;
    const { left, top, width: w, height: h } = plot.area;
    const [dx, dy] = [w / columns, h / rows];
    c.strokeStyle = ui.theme.ink;
    c.lineWidth = 2;
    c.beginPath();
    // Where two neighbours lie on different sides, the border crosses the line between them.
    let open = false;
    const cross = (ra, ka, rb, kb) => {
      const a = p[ra * columns + ka] - 127.5;
      const b = p[rb * columns + kb] - 127.5;
      if (a * b >= 0) return;
      const share = a / (a - b);
      const u = left + (ka + share * (kb - ka) + 0.5) * dx;
      const v = top + h - (ra + share * (rb - ra) + 0.5) * dy;
      if (open) c.lineTo(u, v); else c.moveTo(u, v);
      open = !open;
    };
    for (let r = 0; r + 1 < rows; r += 1) {
      for (let k = 0; k + 1 < columns; k += 1) {
        const at = r * columns + k;
        const sides = (p[at] > 127) + (p[at + 1] > 127) + (p[at + columns] > 127) + (p[at + columns + 1] > 127);
        if (sides === 0 || sides === 4) continue;
        open = false;
        cross(r, k, r, k + 1);
        cross(r, k + 1, r + 1, k + 1);
        cross(r + 1, k + 1, r + 1, k);
        cross(r + 1, k, r, k);
      }
    }
    c.stroke();
  }

  const split = (array) => {
    const n = array.shape[1];
    return [Array.from(array.subarray(0, n)), Array.from(array.subarray(n))];
  };
  const Y = [1e-3, 3];
  const raised = (values) => values.map((v) => Math.max(v, Y[0]));

  function drawCurves(target, xs, [train, test], here, title, xTitle, xTicks) {
    const colours = ui.theme;
    target.clear();
    const plot = axes(target, colours, {
      x: [xs[0] * 0.85, xs.at(-1) * 1.2], y: Y, logX: true, logY: true, title, xTitle, xTicks, left: 40, top: 24,
    });
    const n = Math.min(train.length, xs.length);
    plot.line([xs[here], xs[here]], Y, { colour: colours.soft, width: 1.5, dash: [3, 3] });
    plot.line(xs.slice(0, n), raised(train), { colour: colours.palette[0], width: 2.5 });
    plot.line(xs.slice(0, n), raised(test), { colour: colours.palette[3], width: 2.5, dash: [6, 3] });
    if (here < n) {
      plot.points([xs[here]], raised([train[here]]), { colour: colours.palette[0], size: 5 });
      plot.points([xs[here]], raised([test[here]]), { colour: colours.palette[3], size: 5, shape: "square" });
    }
    return plot;
  }

  function draw(header, arrays) {
    drawPlane(header, arrays);
    // An axis of powers has no place for epoch 0: it stands one half to the left of epoch 1.
    const epochs = header.epochs.map((e) => Math.max(e, 0.5));
    const curves = split(arrays.curves);
    const plot = drawCurves(byEpoch, epochs, curves, header.shown, "loss by epochs",
      "epochs", [1, 10, 100, 1000]);
    const best = header.lowest;
    plot.points([epochs[best]], [curves[1][best]], { colour: ui.theme.ink, size: 5, shape: "plus" });
    byEpoch.label(`Losses of ${counted(header.widths[header.width], "hidden unit")} by epochs. The test loss `
      + `is lowest at epoch ${header.epochs[best]}, with ${number(curves[1][best])}.`);
    const losses = split(arrays.by_width);
    drawCurves(byWidth, header.widths, losses, header.width, "loss by width", "hidden units", [1, 2, 4, 8, 16, 32, 64]);
    const lowest = losses[1].indexOf(Math.min(...losses[1]));
    byWidth.label(`Losses after ${counted(header.epochs[header.shown], "epoch")} by width. The test loss is lowest with `
      + `${counted(header.widths[lowest], "hidden unit")}.`);
    said.textContent = header.said;
    const busy = header.done < header.epochs.at(-1);
    note.replaceChildren(
      sample(ui.theme.palette[0], "solid", "●"), "training, ",
      sample(ui.theme.palette[3], "dashed", "■"), "test; ",
      busy ? `training: epoch ${header.done} of ${header.epochs.at(-1)}` : `the cross marks the lowest test loss, at epoch ${header.epochs[best]}`,
    );
  }

  let wait = null;
  ui.onTheme(() => last && draw(...last));
  ui.onFrame((header, arrays) => {
    const first = last === null;
    const moved = !first && (last[0].width !== header.width || last[0].epoch !== header.epoch);
    last = [header, arrays];
    if (first) { width.set(header.width); epoch.set(header.epoch); }
    draw(header, arrays);
    if (moved) {
      clearTimeout(wait);
      wait = setTimeout(() => ui.announce(header.said), 700);
    }
  });
  return () => clearTimeout(wait);
}

const counted = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

// A piece of a line with its marker, for the legend.
const sample = (colour, style, mark) => make("span", { "aria-hidden": "true" },
  make("span", { class: "ta-swatch", style: `border-top: 3px ${style} ${colour}` }),
  make("span", { class: "ta-mark", style: `color: ${colour}` }, mark));

export default { render: panel(fitPanel) };
