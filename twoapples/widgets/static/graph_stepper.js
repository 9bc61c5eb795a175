// The graph stepper. Python sends where everything stands (once, and again when the calculation has
// gone another way) and what each step of the walk brought; stepping needs no kernel. A slider asks
// Python to run the learner's nodes again.

const LONGEST = 17; // characters of a product that has room below its line

function draw(tag, attributes = {}, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

const toggle = (element, name, on) => element.classList.toggle(name, Boolean(on));
const points = (path) => path.map((p) => p.join(",")).join(" ");

// An edge: its line, the head of its arrow, its name where it has an end, and room for its labels.
function buildEdge({ path, name, source, target, start, end, middle, level }) {
  const [from, to] = path.slice(-2);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const [u, v] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const back = (along, aside) => [to[0] - along * u - aside * v, to[1] - along * v + aside * u];
  const group = draw("g");
  const text = (kind, x, y, attributes = {}, words = "") => {
    const element = draw("text", { class: kind, x, y, ...attributes }, words);
    group.append(element);
    return element;
  };
  group.append(
    // The line ends where the head begins, so that a thick line does not stand out. The head is a
    // shape of its own: markers do not survive in a kept picture.
    draw("polyline", { class: "ta-graph-line", points: points([...path.slice(0, -1), back(8, 0)]) }),
    draw("polygon", { class: "ta-graph-tip", points: points([to, back(10, 4.5), back(10, -4.5)]) }),
  );
  if (source === null) text("", start, level, { "text-anchor": "end" }, name);
  if (target === null) text("", end + 4, level, { "text-anchor": "start" }, name);
  return {
    group,
    value: text("ta-graph-value", middle, level - 13),
    gradient: text("ta-graph-gradient", middle, level + 14),
    product: text("ta-graph-product", middle, level + 30),
  };
}

function buildNode({ symbol, box, half, x, y }, radius, branch) {
  const group = draw("g");
  const shape = box
    ? draw("rect", { x: x - half, y: y - radius, width: 2 * half, height: 2 * radius, rx: 7 })
    : draw("circle", { cx: x, cy: y, r: radius });
  shape.setAttribute("class", "ta-graph-shape");
  const sign = symbol.length === 1 ? " ta-graph-sign" : "";
  // Both above the node: below it, the next lane's value would stand beside them.
  const note = (kind, up) => draw("text", { class: `ta-graph-note ${kind}`, x, y: y - radius - up });
  const [params, grads] = [note("ta-graph-params", 29), note("ta-graph-grads", 14)];
  // Beside a branch its lines go up and down.
  const cross = draw("text", {
    class: "ta-graph-cross", x: x + (branch ? 0 : half + 6), y: y - radius - (branch ? 12 : 4),
  });
  group.append(shape, draw("text", { class: `ta-graph-symbol${sign}`, x, y }, symbol), params, grads, cross);
  return { group, params, grads, cross };
}

// Make the picture of a graph without its numbers; return it with the parts that change.
function buildPicture({ width, height, radius, edges, nodes }) {
  const svg = draw("svg", {
    class: "ta-graph", role: "img", viewBox: `0 0 ${width} ${height}`,
    style: `width: 100%; max-width: ${width}px; min-width: ${Math.round(0.72 * width)}px`,
  });
  const made = {
    svg,
    edges: edges.map(buildEdge),
    nodes: nodes.map((node, at) => buildNode(
      node, radius, edges.filter(({ source }) => source === at).length > 1,
    )),
    gradients: draw("text", { class: "ta-graph-legend ta-graph-below", x: 160, y: height - 16 }),
  };
  svg.append(
    ...[...made.edges, ...made.nodes].map(({ group }) => group),
    draw("text", { class: "ta-graph-legend ta-graph-above", x: 14, y: height - 16 }, "above a line: value"),
    made.gradients,
  );
  return made;
}

// In which step of the walk each edge gets its value, and its gradient.
function arrivals(edges, steps) {
  const at = (kind, node) => {
    const found = steps.findIndex((step) => step.kind === kind && (node === null || step.operation === node));
    return found < 0 ? Infinity : found;
  };
  return edges.map(({ source, target }) => ({
    value: source === null ? 0 : at("forward", source),
    gradient: target === null ? at("turn", null) : at("backward", target),
  }));
}

function labelOf({ source, target, name, number: isNumber }, value) {
  if (source === null || target === null) return value; // its end says the name
  return value ? `${name}${isNumber ? " =" : ":"} ${value}` : name;
}

function stepperPanel(ui) {
  let geometry = null;
  let walk = null;
  let picture = null;
  let place = 0;
  let most = 0; // rows of a table
  let known = [];

  const title = make("div", { class: "ta-graph-title", hidden: true });
  const stage = make("div", {
    class: "ta-graph-stage", tabindex: "0", role: "group",
    "aria-label": "Graph. Right and left arrow keys step through it, Home and End go to both ends.",
  });
  const said = make("div", { class: "ta-graph-said" });
  const told = make("div", { class: "ta-graph-told" });
  const moved = make("div", { class: "ta-row" });
  const where = make("span", { class: "ta-graph-place" });
  const to = { start: () => 0, back: () => place - 1, forward: () => place + 1, end: () => Infinity };
  const press = (name, label, tip) => button({ name, label, title: tip, onChange: () => go(name) });
  const buttons = [
    press("start", "|◀", "To the start"), press("back", "◀ back", "Back one node"),
    press("forward", "▶ one node", "Forward one node"), press("end", "▶|", "To the end"),
  ];
  ui.show(title, row(...buttons, where), stage, said, told, moved);

  const last = () => walk.steps.length - 1;
  const ending = () => (
    place === last() && walk.ended ? " The walk ends here: see the error below." : "");

  function go(name) {
    if (!geometry) return;
    place = between(0, to[name](), last());
    show();
    ui.say(`Step ${place} of ${walk.total - 1}. ${walk.steps[place].words}${ending()}`);
    ui.keep();
  }

  keys(ui.root, (key, { target }) => {
    const name = { ArrowRight: "forward", ArrowLeft: "back", Home: "start", End: "end" }[key];
    if (!name || target.matches("input")) return false;
    go(name);
    return true;
  });

  // Draw the state after `place` steps.
  function show() {
    const step = walk.steps[place];
    const backward = step.kind === "backward";
    picture.edges.forEach(({ group, value, gradient, product }, i) => {
      const edge = geometry.edges[i];
      const seen = place >= known[i].value;
      value.textContent = labelOf(edge, seen ? walk.values[i] : "");
      if (seen && walk.exact[i]) value.append(draw("title", {}, `Python has ${walk.exact[i]}`));
      const arrived = place >= known[i].gradient && walk.gradients[i];
      gradient.textContent = arrived ? `← ${walk.gradients[i]}` : "";
      product.textContent = "";
      toggle(value, "ta-new", place > 0 && place === known[i].value);
      toggle(gradient, "ta-new", place === known[i].gradient);
      toggle(group, "ta-active", step.operation !== null && [edge.source, edge.target].includes(step.operation));
    });
    picture.nodes.forEach(({ group, params, grads, cross }, i) => {
      const here = walk.steps.slice(0, place + 1).filter((s) => s.operation === i);
      const wrong = i === walk.broken || here.some((s) => s.factors.some((f) => f.note));
      toggle(group, "ta-focus", i === step.operation);
      toggle(group, "ta-broken", wrong);
      cross.textContent = wrong ? "✗" : "";
      const noted = walk.notes[i];
      params.textContent = noted ? `params ${noted}` : "";
      grads.textContent = noted && here.some((s) => s.kind === "backward") ? `← grads ${noted}` : "";
    });
    if (backward) {
      geometry.nodes[step.operation].inputs.forEach((edge, i) => {
        const text = step.factors[i]?.product;
        if (text && text.length + 2 <= LONGEST) picture.edges[edge].product.textContent = `= ${text}`;
      });
    }
    const anyGradient = known.some((at, i) => place >= at.gradient && walk.gradients[i]);
    picture.gradients.textContent = anyGradient ? `below, with ←: gradient of ${walk.output}` : "";

    said.textContent = (backward ? backwardWords(step) : step.words) + ending();
    told.replaceChildren(...(backward ? [factorTable(step)] : []));
    where.textContent = `step ${place} of ${walk.total - 1}`;
    enable(buttons.slice(0, 2), place > 0);
    enable(buttons.slice(2), place < last());
    bringIntoView(step);
    picture.svg.setAttribute("aria-label", `Computational graph. ${step.words}`);
  }

  // A graph that is wider than the page follows the walk.
  function bringIntoView({ kind, operation }) {
    const spare = stage.scrollWidth - stage.clientWidth;
    if (spare <= 0) return;
    const scaled = stage.scrollWidth / geometry.width;
    const [x, margin] = [{ start: 0, turn: geometry.width }[kind] ?? geometry.nodes[operation].x, 200];
    const nearby = between((x + margin) * scaled - stage.clientWidth, stage.scrollLeft, (x - margin) * scaled);
    stage.scrollLeft = between(0, nearby, spare);
  }

  // A button that goes out while it has the focus hands it to the picture, which has the keys.
  function enable(some, on) {
    for (const one of some) {
      if (!on && one.el === document.activeElement) stage.focus({ preventScroll: true });
      one.enable(on);
    }
  }

  function backwardWords({ operation, rule, factors }) {
    const usual = factors.some((factor) => factor.local)
      ? "upstream × local = downstream" : "from upstream to downstream, as shapes";
    const notes = factors.filter((f) => f.note).map((f) => ` ✗ ${f.note}`);
    return `Backward through ${geometry.nodes[operation].symbol}: ${rule || usual}.${notes.join("")}`;
  }

  function factorTable({ factors }) {
    const local = factors.some((factor) => factor.local);
    return fillTable(make("table"), {
      head: ["towards", "upstream", ...(local ? ["× local"] : []), "= downstream"],
      rows: factors.map((factor) => [
        factor.toward, factor.upstream, ...(local ? [factor.local || "–"] : []),
        make("span", { class: "ta-graph-down" }, `← ${factor.downstream}`),
      ]),
    });
  }

  function buildSliders(about) {
    const move = () => ui.ask({ values: sliders.map((one) => one.value) });
    const sliders = about.map(({ label, low, high, step, value }) => slider({
      name: label, min: low, max: high, step, value, format: (v) => number(v, 4), onChange: move,
    }));
    const reset = button({
      name: "as at first", title: "All inputs as they were at first",
      onChange: () => {
        sliders.forEach((one, i) => one.set(about[i].start));
        move();
      },
    });
    if (sliders.length) moved.replaceChildren(...[...sliders, reset].map(elementOf));
  }

  ui.onFrame((header, _, { first }) => {
    if (first) {
      title.textContent = header.heading;
      title.hidden = !header.heading;
      buildSliders(header.sliders);
    }
    const again = Boolean(geometry);
    if (header.geometry) {
      geometry = header.geometry;
      picture = buildPicture(geometry);
      // As high as the longest table of the walk, and no lower than the picture before: the
      // sliders stay where they are.
      if (again) stage.style.minHeight = `${stage.offsetHeight}px`;
      stage.replaceChildren(picture.svg);
      most = Math.max(most, ...geometry.nodes.map((node) => node.inputs.length));
      told.style.minHeight = `${1.9 * (most + 1)}em`;
    }
    walk = header;
    if (!geometry) { // the learner's code failed before there was anything to draw
      enable(buttons, false);
      return;
    }
    known = arrivals(geometry.edges, walk.steps);
    place = Math.min(place, last());
    show();
    if (again) {
      const value = walk.values[geometry.edges.findIndex((edge) => edge.target === null)];
      ui.announce((value ? `${walk.output} ${value}. ` : "") + walk.steps[place].words);
    }
  });
}

export default { render: panel(stepperPanel) };
