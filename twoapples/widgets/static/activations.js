// explore_activations: a curve with its tangent, and the product of ten derivatives.

const DASHES = [[2, 3], [], [8, 4], [8, 3, 2, 3]];
const STYLES_OF_LINES = ["dotted", "solid", "dashed", "dashed"];
const MARKS = ["●", "■", "▲", "◆"]; // as in SHAPES of base.js
const TURNS = [3, 0, 2, 1]; // step, sigmoid, tanh, ReLU: positions in the palette
const LOST = 1e-16; // beside a weight of 1, a float keeps nothing smaller

function activationsPanel(ui) {
  const curve = canvas(430, 280);
  const left = canvas(430, 280);
  const x = slider({ label: "input x", name: "x", min: -10, max: 10, step: 0.1, value: 2,
    format: (v) => v.toFixed(1), onInput: (v) => ui.ask({ x: v }) });
  const weight = slider({ label: "weight", name: "weight", min: 0.1, max: 10, step: 0.01, value: 1,
    log: true, format: (v) => String(rounded(v)), onInput: (v) => ui.ask({ weight: rounded(v) }) });
  const which = select({ label: "function", name: "function", options: [],
    onChange: (name) => ui.tell({ name }) });
  const chained = select({ label: "each layer gets", name: "chained",
    options: [["no", "the same x"], ["yes", "the output of the one before"]],
    onChange: (v) => ui.tell({ chained: v === "yes" }) });
  const table = make("table", { class: "ta-table" });
  const said = make("p", { class: "ta-said" });
  ui.root.append(
    row(which, x), row(weight, chained),
    make("div", { class: "ta-pictures" }, curve.el, left.el), said, table,
  );
  drag(curve, {
    down: (u) => follow(u),
    move: (u) => follow(u),
  });
  let plot = null;
  let last = null;
  function follow(u) {
    if (!plot) return;
    const value = Math.round(10 * Math.max(-10, Math.min(10, plot.x(u)))) / 10;
    x.set(value);
    ui.ask({ x: value });
  }

  function draw([header, arrays]) {
    drawCurve(header, arrays);
    drawProducts(header, arrays);
  }

  function drawCurve(header, { x: xs, out, derivative }) {
    const colours = ui.theme;
    const { at, value, slope, name } = header;
    const low = Math.min(-0.15, ...out, ...derivative);
    const high = Math.max(1.15, ...out, ...derivative);
    const pad = 0.06 * (high - low);
    curve.clear();
    plot = axes(curve, colours, {
      x: [-header.reach, header.reach], y: [low - pad, high + pad], xTitle: "x",
      title: `${name}: output and derivative`,
    });
    plot.line(xs, out, { colour: colours.palette[0], width: 2.5 });
    plot.line(xs, derivative, { colour: colours.palette[3], width: 2, dash: [6, 4] });
    const reach = 2.5 / Math.hypot(1, slope * 2);
    plot.line([at - 2 * reach, at + 2 * reach], [value - 2 * reach * slope, value + 2 * reach * slope],
      { colour: colours.ink, width: 1.5 });
    plot.points([at], [value], { colour: colours.palette[0], size: 5, edge: colours.paper });
    plot.points([at], [slope], { colour: colours.palette[3], size: 5, shape: "diamond", edge: colours.paper });
    curve.label(`The ${name}, solid, and its derivative, dashed, from −10 to 10. At x = ${number(at)} `
      + `the output is ${number(value)}; the tangent has the slope ${number(slope)}.`);
  }

  function drawProducts(header, { powers }) {
    const colours = ui.theme;
    const { names, factors, left: ends } = header;
    const steps = powers.shape[1];
    const finite = Array.from(powers).filter(Number.isFinite);
    const low = Math.max(-120, Math.min(-18, Math.floor(Math.min(...finite)) - 1));
    const high = Math.max(1, Math.ceil(Math.max(...finite)) + 0.5);
    left.clear();
    const plotted = axes(left, colours, {
      x: [-0.2, steps - 0.8], y: [10 ** low, 10 ** high], logY: true, left: 56,
      title: "what is left of the gradient", xTitle: "layers passed, from the loss to the data",
    });
    plotted.line([0, steps - 1], [LOST, LOST], { colour: colours.soft, width: 1, dash: [2, 4] });
    const passed = Array.from({ length: steps }, (_, k) => k);
    names.forEach((name, i) => {
      const power = Array.from(powers.slice(i * steps, (i + 1) * steps));
      // 0 has no place on this axis: it is drawn at the bottom.
      const values = power.map((v) => 10 ** Math.max(low, Number.isFinite(v) ? v : low));
      const look = { colour: colours.palette[TURNS[i % 4]], width: name === header.name ? 3.5 : 1.5 };
      plotted.line(passed, values, { ...look, dash: DASHES[i % 4] });
      plotted.points(passed, values, { ...look, size: name === header.name ? 4 : 3, shape: SHAPES[i % 4] });
    });
    const told = names.map((name, i) => `${name} ${number(ends[i])}`).join(", ");
    left.label(`Product of the factors on a logarithmic axis, after 0 to 10 layers. Left at the end: ${told}.`);

    const equal = factors.every((f) => f === factors[0]);
    const product = equal
      ? `${number(factors[0])} multiplied by itself, ten times`
      : [...factors].reverse().map((f) => number(f, 2)).join(" × ");
    said.replaceChildren(
      make("span", { class: "ta-key" }, `${header.name}: `),
      `each layer multiplies the gradient by weight × derivative. ${product} = `,
      make("span", { class: "ta-key", "data-ta-name": "product" }, number(ends[names.indexOf(header.name)])),
    );
    fillTable(header, colours);
  }

  function fillTable({ names, name, left: ends, outputs, slopes, at }, colours) {
    const head = ["function", `output at ${number(at)}`, "derivative", "left after ten layers"];
    table.replaceChildren(
      make("caption", { class: "ta-aloud" }, "All functions at this x"),
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...names.map((entry, i) => make("tr", { class: entry === name ? "ta-chosen" : "" },
        make("th", { scope: "row", class: "ta-named" }, sample(i, colours), entry),
        ...[outputs[i], slopes[i], ends[i]].map((v) => make("td", {}, number(v)))))),
    );
  }

  let wait = null;
  ui.onTheme(() => last && draw(last));
  ui.onFrame((header, arrays) => {
    const changed = last !== null;
    last = [header, arrays];
    if (which.field.options.length !== header.names.length) which.fill(header.names);
    which.set(header.name);
    chained.set(header.chained ? "yes" : "no");
    if (!changed) { x.set(header.at); weight.set(header.weight); }
    draw(last);
    clearTimeout(wait);
    if (changed) wait = setTimeout(() => ui.announce(`${header.name} at ${number(header.at)}: output `
      + `${number(header.value)}, slope ${number(header.slope)}. ${said.textContent}`), 700);
  });
  return () => clearTimeout(wait);
}

// The slider's places are powers of ten with many digits; two of them are enough.
const rounded = (v) => Number(v.toPrecision(2));

// A piece of a function's line, with its marker: the legend.
function sample(i, colours) {
  const colour = colours.palette[TURNS[i % 4]];
  const style = `border-top: 3px ${STYLES_OF_LINES[i % 4]} ${colour}`;
  return make("span", { "aria-hidden": "true" }, make("span", { class: "ta-swatch", style }),
    make("span", { class: "ta-mark", style: `color: ${colour}` }, MARKS[i % 4]));
}

export default { render: panel(activationsPanel) };
