// explore_fit: decision boundary, losses by epoch and losses by width, for under- and overfitting.

const LOSSES = [1e-3, 3];
const raised = (values) => Array.from(values, (v) => Math.max(v, LOSSES[0]));

function fitPanel(ui) {
  const plane = canvas(350, 300);
  const byEpoch = canvas(280, 300);
  const byWidth = canvas(240, 300);
  const tests = checkbox({ name: "test-points", label: "show the test points", onChange: ui.redraw });
  const said = make("p", { class: "ta-said", "data-ta-name": "said" });
  const note = make("p", { class: "ta-note" });
  ui.show(
    row(ui.slider("width", { label: "hidden units" }), ui.slider("epoch", { label: "epochs" }), tests),
    pictures(plane, byEpoch, byWidth), said, note,
  );

  function drawPlane(header, units, epochs, { p, points, labels, test_points: others, test_labels: theirs }) {
    const colours = ui.theme;
    const [left, right, bottom, top] = header.box;
    plane.clear();
    const plot = axes(plane, colours, {
      x: [left, right], y: [bottom, top], grid: false, left: 26, title: `${units}, ${epochs}`,
    });
    const { area, context } = plot;
    const ends = [rgb(PALETTE[1]), rgb(PALETTE[0])];
    const ground = colours.dark ? [24, 24, 24] : [255, 255, 255];
    // The surer the network is, the stronger the colour; at one half there is none.
    const shades = Array.from({ length: 256 }, (_, v) => mixed(
      ground, ends[v > 127 ? 1 : 0], (0.6 * Math.abs(v - 127.5)) / 127.5,
    ));
    image(context, p.shape, (k) => shades[p[k]], [area.left, area.top, area.width, area.height], { flip: true });
    drawBorder(context, area, p, colours.ink);
    if (tests.value) {
      plot.points(column(others, 0), column(others, 1), (n) => ({
        colour: colours.ink, size: 1.8, shape: theirs[n] ? "triangle" : "circle",
      }));
    }
    const strong = colours.dark ? ["#FFC94D", "#7CC4F5"] : ["#8A5A00", "#003F66"];
    plot.points(column(points, 0), column(points, 1), (n) => ({
      colour: strong[labels[n]], size: 4.5, shape: labels[n] ? "triangle" : "circle", edge: colours.paper,
    }));
    plane.label(`The plane with 60 training points of two moons, circles and triangles. ${header.said}`);
  }

  function drawCurves(target, xs, [train, test], here, look) {
    const { palette, soft } = ui.theme;
    target.clear();
    const plot = axes(target, ui.theme, {
      x: [xs[0] * 0.85, xs.at(-1) * 1.2], y: LOSSES, logX: true, logY: true, left: 40, ...look,
    });
    plot.line([xs[here], xs[here]], LOSSES, { colour: soft, width: 1.5, dash: [3, 3] });
    plot.line(xs, raised(train), { colour: palette[0], width: 2.5 });
    plot.line(xs, raised(test), { colour: palette[3], width: 2.5, dash: [6, 3] });
    if (here < train.length) {
      plot.points([xs[here]], raised([train[here]]), { colour: palette[0], size: 5 });
      plot.points([xs[here]], raised([test[here]]), { colour: palette[3], size: 5, shape: "square" });
    }
    return plot;
  }

  ui.onDraw((header, arrays) => {
    const { choices, chosen, shown, lowest } = header;
    const units = (k) => counted(choices.width[k], "hidden unit");
    const epochs = counted(choices.epoch[shown], "epoch");
    const split = (array) => [array.subarray(0, array.shape[1]), array.subarray(array.shape[1])];
    drawPlane(header, units(chosen.width), epochs, arrays);
    // An axis of powers has no place for epoch 0: it stands one half to the left of epoch 1.
    const xs = choices.epoch.map((e) => Math.max(e, 0.5));
    const curves = split(arrays.curves);
    const plot = drawCurves(byEpoch, xs, curves, shown, {
      title: "loss by epochs", xTitle: "epochs", xTicks: [1, 10, 100, 1000],
    });
    plot.points([xs[lowest]], [curves[1][lowest]], { colour: ui.theme.ink, size: 5, shape: "plus" });
    byEpoch.label(`Losses of ${units(chosen.width)} by epochs. The test loss is lowest at epoch `
      + `${choices.epoch[lowest]}, with ${number(curves[1][lowest])}.`);
    const losses = split(arrays.by_width);
    drawCurves(byWidth, choices.width, losses, chosen.width, {
      title: "loss by width", xTitle: "hidden units", xTicks: [1, 2, 4, 8, 16, 32, 64],
    });
    const narrowest = losses[1].indexOf(Math.min(...losses[1]));
    byWidth.label(`Losses after ${epochs} by width. The test loss is lowest with ${units(narrowest)}.`);
    said.textContent = header.said;
    note.replaceChildren(
      sample(ui.theme.palette[0], "solid", "●"), "training, ",
      sample(ui.theme.palette[3], "dashed", "■"), "test; ",
      header.done < choices.epoch.at(-1)
        ? `training: epoch ${header.done} of ${choices.epoch.at(-1)}`
        : `the cross marks the lowest test loss, at epoch ${choices.epoch[lowest]}`,
    );
  });
}

// The border between two answers, where p crosses one half, so that it is seen without colours.
function drawBorder(c, { left, top, width, height }, p, colour) {
  const [rows, columns] = p.shape;
  const place = (row, column) => [left + ((column + 0.5) * width) / columns, top + height - ((row + 0.5) * height) / rows];
  for (let r = 0; r + 1 < rows; r += 1) {
    for (let k = 0; k + 1 < columns; k += 1) {
      const at = r * columns + k;
      const sides = (p[at] > 127) + (p[at + 1] > 127) + (p[at + columns] > 127) + (p[at + columns + 1] > 127);
      if (sides === 0 || sides === 4) continue;
      const heights = [p[at], p[at + 1], p[at + columns + 1], p[at + columns]].map((v) => v - 127.5);
      const corners = [place(r, k), place(r, k + 1), place(r + 1, k + 1), place(r + 1, k)];
      // Where two neighbours lie on different sides, the border crosses the line between them.
      const crossings = heights.flatMap((a, i) => {
        const [b, next] = [heights[(i + 1) % 4], corners[(i + 1) % 4]];
        return a * b < 0 ? [mixed(corners[i], next, a / (a - b))] : [];
      });
      for (let i = 0; i < crossings.length; i += 2) stroke(c, crossings.slice(i, i + 2), { colour, width: 2 });
    }
  }
}

export default { render: panel(fitPanel) };
