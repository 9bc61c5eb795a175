// The graph stepper. Python sends where everything stands (once, and again when the calculation has
// gone another way) and what each step of the walk brought; stepping needs no kernel. A slider asks
// Python to run the learner's nodes again.

const SVG = "http://www.w3.org/2000/svg";
const LONGEST = 17; // characters of a product that has room below its line

function draw(tag, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

const toggle = (element, name, on) => element.classList.toggle(name, Boolean(on));
const points = (path) => path.map((p) => p.join(",")).join(" ");

// The head of an arrow, as a shape of its own: markers do not survive in a kept picture.
function arrowHead(path) {
  const [from, to] = path.slice(-2);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const [u, v] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const back = [to[0] - 10 * u, to[1] - 10 * v];
  return points([to, [back[0] - 4.5 * v, back[1] + 4.5 * u], [back[0] + 4.5 * v, back[1] - 4.5 * u]]);
}

// Make the picture of a graph without its numbers; return it with the parts that change.
function buildPicture(geometry) {
  const { width, height, radius } = geometry;
  const svg = draw("svg", {
    class: "ta-graph", role: "img", viewBox: `0 0 ${width} ${height}`,
    style: `width: 100%; max-width: ${width}px; min-width: ${Math.round(0.72 * width)}px`,
  });
  const edges = geometry.edges.map((edge) => {
    const group = draw("g");
    // The line ends where the head begins, so that a thick line does not stand out.
    const path = edge.path.map((p) => [...p]);
    const [from, to] = path.slice(-2);
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
    path[path.length - 1] = [0, 1].map((i) => to[i] - (8 / length) * (to[i] - from[i]));
    group.append(draw("polyline", { class: "ta-graph-line", points: points(path) }));
    group.append(draw("polygon", { class: "ta-graph-tip", points: arrowHead(edge.path) }));
    if (edge.source === null) {
      group.append(draw("text", { x: edge.start, y: edge.level, "text-anchor": "end" }, edge.name));
    }
    if (edge.target === null) {
      group.append(draw("text", { x: edge.end + 4, y: edge.level, "text-anchor": "start" }, edge.name));
    }
    const label = (kind, down) => {
      const element = draw("text", { class: `ta-graph-${kind}`, x: edge.middle, y: edge.level + down });
      group.append(element);
      return element;
    };
    const made = {
      group, value: label("value", -13), gradient: label("gradient", 14), product: label("product", 30),
    };
    svg.append(group);
    return made;
  });
  const nodes = geometry.nodes.map((node, at) => {
    const group = draw("g");
    group.append(node.box
      ? draw("rect", {
        class: "ta-graph-shape", x: node.x - node.half, y: node.y - radius,
        width: 2 * node.half, height: 2 * radius, rx: 7,
      })
      : draw("circle", { class: "ta-graph-shape", cx: node.x, cy: node.y, r: radius }));
    const sign = node.symbol.length === 1 ? " ta-graph-sign" : "";
    group.append(draw("text", { class: `ta-graph-symbol${sign}`, x: node.x, y: node.y }, node.symbol));
    // Both above the node: below it, the next lane's value would stand beside them.
    const note = (kind, up) => draw("text", { class: `ta-graph-note ${kind}`, x: node.x, y: node.y - radius - up });
    const [params, grads] = [note("ta-graph-params", 29), note("ta-graph-grads", 14)];
    // Beside a branch its lines go up and down.
    const branch = geometry.edges.filter(({ source }) => source === at).length > 1;
    const cross = draw("text", {
      class: "ta-graph-cross", x: node.x + (branch ? 0 : node.half + 6), y: node.y - radius - (branch ? 12 : 4),
    });
    group.append(params, grads, cross);
    svg.append(group);
    return { group, params, grads, cross };
  });
  const values = draw("text", { class: "ta-graph-legend", x: 14, y: height - 16 });
  const gradients = draw("text", { class: "ta-graph-legend", x: 160, y: height - 16 });
  values.style.fill = "var(--ta-graph-value)";
  gradients.style.fill = "var(--ta-graph-gradient)";
  gradients.style.fontStyle = "italic";
  svg.append(values, gradients);
  return { svg, edges, nodes, values, gradients };
}

// In which step of the walk each edge gets its value, and its gradient.
function arrivals(geometry, steps) {
  const at = { forward: new Map(), backward: new Map() };
  let turn = Infinity;
  steps.forEach((step, i) => {
    if (step.kind === "turn") turn = i;
    else if (step.node !== null) at[step.kind].set(step.node, i);
  });
  return geometry.edges.map(({ source, target }) => ({
    value: source === null ? 0 : at.forward.get(source) ?? Infinity,
    gradient: target === null ? turn : at.backward.get(target) ?? Infinity,
  }));
}

function labelOf(edge, value) {
  const named = edge.source !== null && edge.target !== null; // else its end says the name
  if (!named) return value;
  if (!value) return edge.name;
  return `${edge.name}${edge.number ? " =" : ":"} ${value}`;
}

export default {
  render: panel((ui) => {
    let geometry = null;
    let walk = null;
    let picture = null;
    let place = 0;
    let most = 0; // rows of a table
    let sliders = [];
    let known = [];
    let speaking = null;
    let keeping = null;

    const title = make("div", { class: "ta-graph-title", hidden: true });
    const stage = make("div", {
      class: "ta-graph-stage", tabindex: "0", role: "group",
      "aria-label": "Graph. Right and left arrow keys step through it, Home and End go to both ends.",
    });
    const said = make("div", { class: "ta-graph-said" });
    const told = make("div", { class: "ta-graph-told" });
    const moved = make("div", { class: "ta-row" });
    const where = make("span", { class: "ta-graph-place" });
    const buttons = {
      start: button({ label: "|◀", name: "start", title: "To the start", onClick: () => go(0) }),
      back: button({ label: "◀ back", name: "back", title: "Back one node", onClick: () => go(place - 1) }),
      forward: button({
        label: "▶ one node", name: "forward", title: "Forward one node", onClick: () => go(place + 1),
      }),
      end: button({ label: "▶|", name: "end", title: "To the end", onClick: () => go(Infinity) }),
    };
    ui.root.append(title, row(...Object.values(buttons), where), stage, said, told, moved);

    const last = () => walk.steps.length - 1;

    function go(to) {
      if (!walk || !geometry) return;
      place = Math.max(0, Math.min(to, last()));
      show();
      speak(`Step ${place} of ${walk.total - 1}. ${walk.steps[place].words}${ending()}`, 0);
      // The picture that remains in the file follows.
      clearTimeout(keeping);
      keeping = setTimeout(() => sendStill(ui.model, ui.root, ui.theme), 1200);
    }

    const ending = () => (
      place === last() && walk.ended ? " The walk ends here: see the error below." : "");

    function speak(sentence, delay) {
      clearTimeout(speaking);
      speaking = setTimeout(() => ui.announce(sentence), delay);
    }

    ui.root.addEventListener("keydown", (event) => {
      if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
      const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: Infinity }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      go(to);
    });

    // Draw the state after `place` steps.
    function show() {
      const step = walk.steps[place];
      const focus = step.node;
      const backward = step.kind === "backward";
      picture.edges.forEach(({ group, value, gradient, product }, i) => {
        const edge = geometry.edges[i];
        const seen = place >= known[i].value;
        value.textContent = labelOf(edge, seen ? walk.values[i] : "");
        if (seen && walk.exact[i]) {
          value.append(draw("title", {}, `Python has ${walk.exact[i]}`));
        }
        const arrived = place >= known[i].gradient && walk.gradients[i];
        gradient.textContent = arrived ? `← ${walk.gradients[i]}` : "";
        product.textContent = "";
        toggle(value, "ta-new", place > 0 && place === known[i].value);
        toggle(gradient, "ta-new", place === known[i].gradient);
        toggle(group, "ta-active", focus !== null && (edge.source === focus || edge.target === focus));
      });
      picture.nodes.forEach(({ group, params, grads, cross }, i) => {
        toggle(group, "ta-focus", i === focus);
        const doubtful = walk.steps.some((s, at) => s.node === i && at <= place && s.factors.some((f) => f.note));
        toggle(group, "ta-broken", i === walk.broken || doubtful);
        cross.textContent = i === walk.broken || doubtful ? "✗" : "";
        const done = walk.steps.some((s, at) => s.kind === "backward" && s.node === i && at <= place);
        params.textContent = walk.notes[i] ? `params ${walk.notes[i]}` : "";
        grads.textContent = walk.notes[i] && done ? `← grads ${walk.notes[i]}` : "";
      });
      if (backward) {
        geometry.nodes[focus].inputs.forEach((edge, i) => {
          const text = step.factors[i]?.product;
          if (text && text.length + 2 <= LONGEST) picture.edges[edge].product.textContent = `= ${text}`;
        });
      }
      picture.values.textContent = "above a line: value";
      const anyGradient = known.some((at, i) => place >= at.gradient && walk.gradients[i]);
      picture.gradients.textContent = anyGradient ? `below, with ←: gradient of ${walk.output}` : "";

      said.textContent = (backward ? backwardWords(step) : step.words) + ending();
      told.replaceChildren(...(backward ? [factorTable(step)] : []));
      where.textContent = `step ${place} of ${walk.total - 1}`;
      enable([buttons.start, buttons.back], place > 0);
      enable([buttons.forward, buttons.end], place < last());
      bringIntoView(step);
      picture.svg.setAttribute("aria-label", `Computational graph. ${step.words}`);
    }

    // A graph that is wider than the page follows the walk.
    function bringIntoView({ kind, node }) {
      const spare = stage.scrollWidth - stage.clientWidth;
      if (spare <= 0) return;
      const scale = stage.scrollWidth / geometry.width;
      const [x, margin] = [{ start: 0, turn: geometry.width }[kind] ?? geometry.nodes[node].x, 200];
      const [least, most] = [(x + margin) * scale - stage.clientWidth, (x - margin) * scale];
      stage.scrollLeft = Math.max(0, Math.min(spare, Math.max(least, Math.min(most, stage.scrollLeft))));
    }

    // A button that goes out while it has the focus hands it to the picture, which has the keys.
    function enable(both, on) {
      const focused = document.activeElement;
      for (const { el } of both) {
        if (!on && el === focused) stage.focus({ preventScroll: true });
        el.disabled = !on;
      }
    }

    function backwardWords(step) {
      const { symbol } = geometry.nodes[step.node];
      const rule = step.rule || (step.factors.some((factor) => factor.local)
        ? "upstream × local = downstream" : "from upstream to downstream, as shapes");
      return [`Backward through ${symbol}: ${rule}.`, ...step.factors.map((f) => f.note && `✗ ${f.note}`)].filter(Boolean).join(" ");
    }

    function factorTable(step) {
      const local = step.factors.some((factor) => factor.local);
      const heads = ["towards", "upstream", ...(local ? ["× local"] : []), "= downstream"];
      const rows = step.factors.map((factor) => make("tr", {},
        make("th", { scope: "row" }, factor.toward),
        make("td", {}, factor.upstream),
        ...(local ? [make("td", {}, factor.local || "–")] : []),
        make("td", { class: "ta-graph-down" }, `← ${factor.downstream}`)));
      return make("table", {},
        make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
        make("tbody", {}, ...rows));
    }

    function move() {
      ui.ask({ values: sliders.map((one) => one.value) });
    }

    function buildSliders(about) {
      sliders = about.map((one) => slider({
        label: one.label, min: one.low, max: one.high, step: one.step, value: one.value,
        format: (value) => number(value, 4), onInput: move,
      }));
      const reset = button({
        label: "as at first", title: "All inputs as they were at first",
        onClick: () => {
          sliders.forEach((one, i) => one.set(about[i].start));
          move();
        },
      });
      moved.replaceChildren(...sliders.map((one) => one.el), ...(sliders.length ? [reset.el] : []));
    }

    ui.onFrame((header) => {
      const first = !geometry;
      // Behind other cells a frame may come so late that the words have taken the picture's place.
      if (ui.root.hidden) {
        ui.root.hidden = false;
        ui.panel.querySelector("details.ta-text").open = false;
      }
      if (header.sliders && !walk) {
        title.textContent = header.heading;
        title.hidden = !header.heading;
        buildSliders(header.sliders);
      }
      if (header.geometry) {
        geometry = header.geometry;
        picture = buildPicture(geometry);
        // As high as the longest table of the walk, and no lower than the picture before: the
        // sliders stay where they are.
        if (!first) stage.style.minHeight = `${stage.offsetHeight}px`;
        stage.replaceChildren(picture.svg);
        most = Math.max(most, ...geometry.nodes.map((node) => node.inputs.length));
        told.style.minHeight = `${1.9 * (most + 1)}em`;
      }
      walk = header;
      if (!geometry) { // the learner's code failed before there was anything to draw
        enable(Object.values(buttons), false);
        return;
      }
      known = arrivals(geometry, walk.steps);
      place = Math.min(place, last());
      show();
      if (!first) {
        const end = geometry.edges.findIndex((edge) => edge.target === null);
        const [value, { words }] = [walk.values[end], walk.steps[place]];
        speak(value ? `${walk.output} ${value}. ${words}` : words, 400);
      }
    });

    return () => { clearTimeout(speaking); clearTimeout(keeping); };
  }),
};
