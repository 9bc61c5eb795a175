// compare_learning_rates: five trainings of one layer side by side, one of them with a rate of one's own.

const FLOOR = 1e-7;
const raised = (values) => Array.from(values, (v) => (Number.isFinite(v) ? Math.max(v, FLOOR) : NaN));

function ratesPanel(ui) {
  const canvases = Array.from({ length: 5 }, () => canvas(184, 190));
  const rate = ui.slider("rate", {
    label: "your learning rate", min: 1e-8, max: 1, step: 0.01, log: true, digits: 2,
    // As in tables.py: 0.06 as it is, smaller ones with a power of ten.
    format: (v) => (v < 0.0095 ? powered(v, 2) : String(v)),
  });
  const epochs = ui.slider("epochs", { min: 1, max: 200, step: 1 });
  let seed = 0;
  const other = ui.button("seed", {
    label: "Other first weights", title: "Draw other first weights for all five runs",
    message: () => ({ seed: seed + 1 }),
  });
  const back = ui.button("seed-0", {
    label: "First weights of the lesson", title: "Take the first weights of the lesson again",
    message: () => ({ seed: 0 }),
  });
  const legend = make("p", { class: "ta-note" });
  const why = make("p", { class: "ta-said", "data-ta-name": "why" });
  const table = make("table", { class: "ta-table" });
  ui.show(row(rate, epochs), row(other, back), pictures(...canvases), legend, why, table);

  const drawn = [];
  ui.onDraw((header, arrays) => {
    const { palette, dark } = ui.theme;
    const count = header.chosen.epochs + 1;
    canvases.forEach((target, i) => {
      // A slider of one's own rate leaves the other four pictures as they are.
      const same = [header.rates[i], seed, count, dark].join();
      if (drawn[i] === same) return;
      drawn[i] = same;
      const part = (array) => array.subarray(i * count, (i + 1) * count);
      drawRun(target, header, i, part(arrays.losses), part(arrays.plain));
    });
    legend.replaceChildren(
      sample(palette[0], "solid"), "loss with 1e-7 in the logarithm, ",
      sample(palette[3], "dashed"), "plain loss, without it ",
      `(seed ${seed}; what is below 1e-7 is drawn at 1e-7)`,
    );
    const told = header.why.map((text, i) => text && `Rate ${header.rates[i]}: ${text}`).filter(Boolean);
    why.textContent = told.at(-1) ?? "Every loss is a number so far.";
    const head = header.head.map((text, k) => (k === 2 ? `loss after ${count - 1}` : text));
    fillTable(table, {
      caption: "The five runs in numbers", head, rows: header.rows, chosen: header.rows.length - 1,
    });
  });

  function drawRun(target, header, i, losses, plain) {
    const colours = ui.theme;
    const [rates, lost, last] = [header.rates, header.lost[i], header.chosen.epochs];
    const own = i === rates.length - 1;
    const c = target.clear();
    const plot = axes(target, colours, {
      x: [0, last], y: [FLOOR * 0.5, 200], logY: true, right: 14, top: 42,
      xTitle: "epoch", yTicks: [1e-7, 1e-5, 1e-3, 1e-1, 10], xTicks: [0, last],
    });
    const xs = Array.from(losses, (_, k) => k);
    plot.line(xs, raised(plain), { colour: colours.palette[3], dash: [5, 3] });
    plot.line(xs, raised(losses), { colour: colours.palette[0], width: 2.5 });
    write(c, `${own ? "yours: " : "rate "}${rates[i]}`, plot.area.left, 4, colours, { bold: true });
    write(c, `accuracy ${header.rows[i][4]}`, plot.area.left, 21, colours);
    if (own) {
      c.strokeStyle = colours.accent; c.lineWidth = 2;
      c.strokeRect(1, 1, target.width - 2, target.height - 2);
    }
    if (lost !== null) {
      const [u, v] = [plot.px(lost), plot.area.top + 12];
      marker(c, u, v, { colour: colours.palette[3], size: 6, shape: "cross" });
      const right = u < plot.area.left + plot.area.width / 2;
      write(c, `nan from ${lost}`, u + (right ? 9 : -9), v, colours, {
        align: right ? "left" : "right", baseline: "middle",
      });
    }
    const gone = lost === null ? "" : ` The plain loss is no number from epoch ${lost} on.`;
    target.label(`Rate ${rates[i]}: loss from ${number(losses[0])} to ${number(losses.at(-1))} `
      + `in ${last} epochs, accuracy ${header.rows[i][4]}.${gone}`);
  }

  ui.onFrame((header, _, { first }) => {
    ({ seed } = header.chosen);
    if (!first) ui.announce(() => `${canvases.at(-1).el.getAttribute("aria-label")} ${why.textContent}`);
  });
}

export default { render: panel(ratesPanel) };
