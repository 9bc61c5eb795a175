// explore_activations: a curve with its tangent, and the product of ten derivatives.

// How the lines of step, sigmoid, tanh and ReLU look; as markers the first of SHAPES.
const LOOKS = [
  { colour: 3, dash: [2, 3], style: "dotted", mark: "●" },
  { colour: 0, dash: [], style: "solid", mark: "■" },
  { colour: 2, dash: [8, 4], style: "dashed", mark: "▲" },
  { colour: 1, dash: [8, 3, 2, 3], style: "dashed", mark: "◆" },
];
const LOST = 1e-16; // beside a weight of 1, a float keeps nothing smaller

function activationsPanel(ui) {
  const curve = canvas(430, 280);
  const left = canvas(430, 280);
  const x = ui.slider("x", { label: "input x", min: -10, max: 10, step: 0.1, format: (v) => v.toFixed(1) });
  const weight = ui.slider("weight", { min: 0.1, max: 10, step: 0.01, log: true, digits: 2, format: String });
  const chained = ui.select("chained", {
    label: "each layer gets", options: [["no", "the same x"], ["yes", "the output of the one before"]],
  });
  const table = make("table", { class: "ta-table" });
  const said = make("p", { class: "ta-said" });
  ui.show(row(ui.select("function"), x), row(weight, chained), pictures(curve, left), said, table);

  let plot = null;
  const follow = (u) => {
    if (!plot) return;
    x.set(Math.round(10 * between(-10, plot.x(u), 10)) / 10);
    ui.ask({ x: x.value });
  };
  drag(curve, { down: follow, move: follow });

  ui.onDraw((header, arrays) => {
    drawCurve(header, arrays);
    drawProducts(header, arrays);
  });

  function drawCurve({ chosen: { function: name, x: at }, value, slope, reach }, { x: xs, out, derivative }) {
    const colours = ui.theme;
    const low = Math.min(-0.15, ...out, ...derivative);
    const high = Math.max(1.15, ...out, ...derivative);
    const pad = 0.06 * (high - low);
    curve.clear();
    plot = axes(curve, colours, {
      x: [-reach, reach], y: [low - pad, high + pad], xTitle: "x", title: `${name}: output and derivative`,
    });
    const [blue, vermilion, edge] = [colours.palette[0], colours.palette[3], colours.paper];
    plot.line(xs, out, { colour: blue, width: 2.5 });
    plot.line(xs, derivative, { colour: vermilion, dash: [6, 4] });
    const half = 5 / Math.hypot(1, slope * 2); // of the tangent
    plot.line([at - half, at + half], [value - half * slope, value + half * slope], {
      colour: colours.ink, width: 1.5,
    });
    plot.points([at], [value], { colour: blue, size: 5, edge });
    plot.points([at], [slope], { colour: vermilion, size: 5, shape: "diamond", edge });
    curve.label(`The ${name}, solid, and its derivative, dashed, from −10 to 10. At x = ${number(at)} `
      + `the output is ${number(value)}; the tangent has the slope ${number(slope)}.`);
  }

  function drawProducts({ choices, chosen, factors, left: ends, outputs, slopes }, { powers }) {
    const colours = ui.theme;
    const names = choices.function;
    const steps = powers.shape[1];
    const finite = Array.from(powers).filter(Number.isFinite);
    const low = between(-120, Math.floor(Math.min(...finite)) - 1, -18);
    const high = Math.max(1, Math.ceil(Math.max(...finite)) + 0.5);
    left.clear();
    const plotted = axes(left, colours, {
      x: [-0.2, steps - 0.8], y: [10 ** low, 10 ** high], logY: true, left: 56,
      title: "what is left of the gradient", xTitle: "layers passed, from the loss to the data",
    });
    plotted.line([0, steps - 1], [LOST, LOST], { colour: colours.soft, width: 1, dash: [2, 4] });
    const passed = Array.from({ length: steps }, (_, k) => k);
    names.forEach((name, i) => {
      // 0 has no place on this axis: it is drawn at the bottom.
      const power = Array.from(powers.slice(i * steps, (i + 1) * steps), (v) => (Number.isFinite(v) ? v : low));
      const values = power.map((v) => 10 ** Math.max(low, v));
      const [here, colour] = [name === chosen.function, colours.palette[LOOKS[i % 4].colour]];
      plotted.line(passed, values, { colour, width: here ? 3.5 : 1.5, dash: LOOKS[i % 4].dash });
      plotted.points(passed, values, { colour, size: here ? 4 : 3, shape: SHAPES[i % 4] });
    });
    const told = names.map((name, i) => `${name} ${number(ends[i])}`).join(", ");
    left.label(`Product of the factors on a logarithmic axis, after 0 to 10 layers. Left at the end: ${told}.`);

    const at = names.indexOf(chosen.function);
    const product = factors.every((f) => f === factors[0])
      ? `${number(factors[0])} multiplied by itself, ten times`
      : [...factors].reverse().map((f) => number(f, 2)).join(" × ");
    said.replaceChildren(
      make("span", { class: "ta-key" }, `${chosen.function}: `),
      `each layer multiplies the gradient by weight × derivative. ${product} = `,
      make("span", { class: "ta-key", "data-ta-name": "product" }, number(ends[at])),
    );
    fillTable(table, {
      caption: "All functions at this x", chosen: at,
      head: ["function", `output at ${number(chosen.x)}`, "derivative", "left after ten layers"],
      rows: names.map((name, i) => {
        const { colour, style, mark } = LOOKS[i % 4];
        const named = make("span", {}, sample(colours.palette[colour], style, mark), name);
        return [named, ...[outputs[i], slopes[i], ends[i]].map((v) => number(v))];
      }),
    });
  }

  ui.onFrame(({ chosen, value, slope }, _, { first }) => {
    if (!first) ui.announce(() => `${chosen.function} at ${number(chosen.x)}: output ${number(value)}, `
      + `slope ${number(slope)}. ${said.textContent}`);
  });
}

export default { render: panel(activationsPanel) };
