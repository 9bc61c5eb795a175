// compare_learning_rates: five trainings of one layer side by side, one of them with a rate of one's own.

const FLOOR = 1e-7;

function ratesPanel(ui) {
  const canvases = Array.from({ length: 5 }, () => canvas(184, 190));
  const rate = slider({ label: "your learning rate", name: "rate", min: 1e-8, max: 1, step: 0.01,
    value: 0.06, log: true, format: short, onInput: (v) => ui.ask({ rate: rounded(v) }) });
  const epochs = slider({ label: "epochs", name: "epochs", min: 1, max: 200, step: 1, value: 100,
    onInput: (v) => ui.ask({ epochs: v }) });
  const seed = button({ label: "Other first weights", name: "seed",
    title: "Draw other first weights for all five runs", onClick: () => ui.tell({ seed: (last?.[0].seed ?? 0) + 1 }) });
  const back = button({ label: "First weights of the lesson", name: "seed-0",
    title: "Take the first weights of the lesson again", onClick: () => ui.tell({ seed: 0 }) });
  const legend = make("p", { class: "ta-note" });
  const why = make("p", { class: "ta-said", "data-ta-name": "why" });
  const table = make("table", { class: "ta-table" });
  ui.root.append(
    row(rate, epochs), row(seed, back), make("div", { class: "ta-pictures" }, ...canvases.map((c) => c.el)),
    legend, why, table,
  );
  const drawn = [];
  let last = null;

  function draw([header, arrays]) {
    const count = header.epochs + 1;
    const xs = Array.from({ length: count }, (_, k) => k);
    canvases.forEach((target, i) => {
      const part = (array) => Array.from(array.subarray(i * count, (i + 1) * count));
      // A slider of one's own rate leaves the other four pictures as they are.
      const same = [header.rates[i], header.seed, count, ui.theme.dark].join();
      if (drawn[i] === same) return;
      drawn[i] = same;
      drawRun(target, header, i, xs, part(arrays.losses), part(arrays.plain));
    });
    const colours = ui.theme;
    legend.replaceChildren(
      sample(colours.palette[0], "solid"), "loss with 1e-7 in the logarithm, ",
      sample(colours.palette[3], "dashed"), "plain loss, without it ",
      `(seed ${header.seed}; what is below 1e-7 is drawn at 1e-7)`,
    );
    const told = header.why.map((text, i) => text && `Rate ${header.rates[i]}: ${text}`).filter(Boolean);
    why.textContent = told.length ? told[told.length - 1] : "Every loss is a number so far.";
    fillTable(header);
  }

  function drawRun(target, header, i, xs, losses, plain) {
    const colours = ui.theme;
    const own = i === header.rates.length - 1;
    const lost = header.lost[i];
    target.clear();
    const plot = axes(target, colours, {
      x: [0, header.epochs], y: [FLOOR * 0.5, 200], logY: true, left: 46, right: 14, top: 42,
      xTitle: "epoch", yTicks: [1e-7, 1e-5, 1e-3, 1e-1, 10], xTicks: [0, header.epochs],
    });
    const raised = (values) => values.map((v) => (Number.isFinite(v) ? Math.max(v, FLOOR) : NaN));
    plot.line(xs, raised(plain), { colour: colours.palette[3], width: 2, dash: [5, 3] });
    plot.line(xs, raised(losses), { colour: colours.palette[0], width: 2.5 });
    const c = target.context;
    c.fillStyle = colours.ink;
    c.textAlign = "left"; c.textBaseline = "top";
    c.font = `bold ${colours.font}`;
    c.fillText(`${own ? "yours: " : "rate "}${header.rates[i]}`, plot.area.left, 4);
    c.font = colours.font;
    c.fillText(`accuracy ${header.rows[i][4]}`, plot.area.left, 21);
    if (own) {
      c.strokeStyle = colours.accent; c.lineWidth = 2;
      c.strokeRect(1, 1, target.width - 2, target.height - 2);
    }
    if (lost !== null) {
      const u = plot.px(lost);
      const v = plot.area.top + 12;
      marker(c, u, v, { colour: colours.palette[3], size: 6, shape: "cross" });
      c.fillStyle = colours.ink;
      const right = u < plot.area.left + plot.area.width / 2;
      c.textAlign = right ? "left" : "right"; c.textBaseline = "middle";
      c.fillText(`nan from ${lost}`, u + (right ? 9 : -9), v);
    }
    const gone = lost === null ? "" : ` The plain loss is no number from epoch ${lost} on.`;
    target.label(`Rate ${header.rates[i]}: loss from ${number(losses[0])} to ${number(losses.at(-1))} `
      + `in ${header.epochs} epochs, accuracy ${header.rows[i][4]}.${gone}`);
  }

  function fillTable({ head, rows, epochs: count }) {
    const named = head.map((text, k) => (k === 2 ? `loss after ${count}` : text));
    table.replaceChildren(
      make("caption", { class: "ta-aloud" }, "The five runs in numbers"),
      make("thead", {}, make("tr", {}, ...named.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...rows.map((cells, i) => make("tr", { class: i === rows.length - 1 ? "ta-chosen" : "" },
        make("th", { scope: "row" }, cells[0]), ...cells.slice(1).map((text) => make("td", {}, text))))),
    );
  }

  let wait = null;
  ui.onTheme(() => { drawn.length = 0; if (last) draw(last); });
  ui.onFrame((header, arrays) => {
    const changed = last !== null;
    last = [header, arrays];
    if (!changed) { rate.set(header.rate); epochs.set(header.epochs); }
    draw(last);
    clearTimeout(wait);
    if (changed) wait = setTimeout(() => ui.announce(
      `${canvases.at(-1).el.getAttribute("aria-label")} ${why.textContent}`), 700);
  });
  return () => clearTimeout(wait);
}

// The slider's places are powers of ten with many digits; two of them are enough for a rate.
const rounded = (v) => Number(v.toPrecision(2));

// 0.06 as it is, smaller ones with a power of ten.
function short(v) {
  if (v >= 0.0095) return String(rounded(v));
  const [mantissa, exponent] = v.toExponential(1).split("e");
  return `${Number(mantissa)}e${Number(exponent)}`;
}

// A piece of a line, for the legend.
const sample = (colour, style) => make("span",
  { class: "ta-swatch", "aria-hidden": "true", style: `border-top: 3px ${style} ${colour}` });

export default { render: panel(ratesPanel) };
