// Lines in the plane that can be moved and turned: shared by perceptron.js and xor.js, which
// stand behind it in one script, see `lines_script` in lines.py.
//
// What is drawn comes from Python in frames. Only the wish where a line shall be is made here.

const LINE_STYLES = [
  { dash: [], colour: 2 }, // green
  { dash: [9, 5], colour: 4 }, // purple
];

// --- geometry of a wish -----------------------------------------------------------------------

const sizeOf = ([a, b]) => Math.hypot(a, b);
const scoreAt = ({ w, b }, [x, y]) => w[0] * x + w[1] * y + b;

// The same direction, through another point.
const through = ({ w }, [x, y], score = 0) => ({ w, b: score - (w[0] * x + w[1] * y) });

// Weights of the same length that point from the pivot to another place; the pivot stays on the line.
function pointing(line, pivot, [x, y]) {
  const way = [x - pivot[0], y - pivot[1]];
  if (sizeOf(way) === 0) return line;
  const factor = sizeOf(line.w) / sizeOf(way);
  return through({ w: way.map((v) => v * factor) }, pivot);
}

function turned(line, pivot, degrees) {
  const angle = (degrees / 180) * Math.PI;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [u, v] = line.w;
  return through({ w: [cos * u - sin * v, sin * u + cos * v] }, pivot);
}

// The place on a line that is nearest to a point.
function nearest(line, point) {
  const factor = scoreAt(line, point) / (sizeOf(line.w) ** 2);
  return [point[0] - factor * line.w[0], point[1] - factor * line.w[1]];
}

// --- drawing ----------------------------------------------------------------------------------

function drawPlane(target, colours, { low, high, names, title }) {
  target.clear();
  return axes(target, colours, {
    x: [low[0], high[0]], y: [low[1], high[1]], title, xTitle: names[0], yTitle: names[1], grid: false,
  });
}

// The part of the plane where the score is above 0.
function drawSide(plot, corners, colours) {
  if (!corners?.length) return;
  plot.inside(() => {
    const c = plot.context;
    c.fillStyle = faint(PALETTE[1], colours.dark ? 0.25 : 0.18);
    c.beginPath();
    for (let i = 0; i < corners.length; i += 2) c.lineTo(plot.px(corners[i]), plot.py(corners[i + 1]));
    c.fill();
  });
}

function drawLine(plot, line, { colour, dash = [], width = 2.5 }) {
  if (line?.length) plot.line([line[0], line[2]], [line[1], line[3]], { colour, dash, width });
}

// The weight vector, with a ring around its tip: there it can be held.
function drawArrow(plot, arrow, { colour, name, held }) {
  if (!arrow?.length) return;
  const [x0, y0] = [plot.px(arrow[0]), plot.py(arrow[1])];
  const [x1, y1] = [plot.px(arrow[2]), plot.py(arrow[3])];
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const [u, v] = [(x1 - x0) / length, (y1 - y0) / length];
  plot.inside(() => {
    const c = plot.context;
    [c.strokeStyle, c.fillStyle, c.lineWidth] = [colour, colour, 2.5];
    c.beginPath(); c.moveTo(x0, y0); c.lineTo(x1 - 8 * u, y1 - 8 * v); c.stroke();
    c.beginPath(); c.moveTo(x1, y1);
    c.lineTo(x1 - 12 * u - 6 * v, y1 - 12 * v + 6 * u);
    c.lineTo(x1 - 12 * u + 6 * v, y1 - 12 * v - 6 * u);
    c.fill();
    c.lineWidth = held ? 2.5 : 1;
    c.beginPath(); c.arc(x1, y1, 11, 0, 2 * Math.PI); c.stroke();
    c.font = `bold ${plot.font}`;
    [c.textAlign, c.textBaseline] = ["center", "middle"];
    c.fillText(name, x1 + 22 * u, y1 + 22 * v);
  });
}

// A point of a class: circle for 0, square for 1. One that is answered wrongly lights up, and has a
// cross: seen without colours as well.
function drawPoint(plot, [x, y], { square, wrong = false, shift = 0 }, colours) {
  const c = plot.context;
  const [u, v] = [plot.px(x) + shift, plot.py(y)];
  if (wrong) {
    c.fillStyle = faint(PALETTE[3], 0.35);
    c.beginPath(); c.arc(u, v, 20, 0, 2 * Math.PI); c.fill();
    [c.strokeStyle, c.lineWidth] = [PALETTE[3], 1.5];
    c.stroke();
    // The arms of the cross stand out behind the point, whose shape stays to be seen.
    [c.strokeStyle, c.lineWidth] = [colours.dark ? "#FF8A3D" : "#B34700", 3.5];
    c.beginPath();
    c.moveTo(u - 14, v - 14); c.lineTo(u + 14, v + 14); c.moveTo(u + 14, v - 14); c.lineTo(u - 14, v + 14);
    c.stroke();
  }
  if (square) marker(c, u, v, { colour: PALETTE[1], size: 8, shape: "square", edge: colours.ink });
  else {
    marker(c, u, v, { colour: colours.paper, size: 7.5 });
    c.strokeStyle = colours.dark ? PALETTE[5] : PALETTE[0]; c.lineWidth = 2.5;
    c.beginPath(); c.arc(u, v, 7.5, 0, 2 * Math.PI); c.stroke();
  }
}

// --- moving -----------------------------------------------------------------------------------

const NEAR = 14; // pixels: how far from a line or a tip a pointer still takes hold of it

// Let lines be moved with mouse, finger and keys. `state()` gives {plot, lines, arrows, low, high,
// chosen}: lines as {w, b} as they are wished for, arrows as they are drawn. `choose(k)` tells which
// line is meant, `place(k, line)` where it shall be.
function movable(target, { state, choose, place }) {
  const { el } = target;
  el.tabIndex = 0;
  let hold = null;

  const here = (plot, u, v) => [plot.x(u), plot.y(v)];
  const inPicture = ({ low, high }, point) => point.map((v, i) => Math.min(high[i], Math.max(low[i], v)));

  // What a pointer is over: {k, part: "tip" or "line"}.
  const find = (u, v) => {
    const { plot, lines, arrows } = state();
    if (!plot) return null;
    const found = [];
    lines.forEach((line, k) => {
      const arrow = arrows[k];
      if (arrow?.length) {
        const way = Math.hypot(plot.px(arrow[2]) - u, plot.py(arrow[3]) - v);
        if (way < NEAR) found.push({ k, part: "tip", way: way - NEAR });
      }
      if (sizeOf(line.w) > 0) {
        const foot = nearest(line, here(plot, u, v));
        const way = Math.hypot(plot.px(foot[0]) - u, plot.py(foot[1]) - v);
        if (way < NEAR) found.push({ k, part: "line", way });
      }
    });
    return found.sort((a, b) => a.way - b.way)[0] ?? null;
  };

  drag(target, {
    down(u, v) {
      el.focus();
      hold = find(u, v);
      if (!hold) return;
      choose(hold.k);
      const { plot, lines, arrows } = state();
      hold.score = scoreAt(lines[hold.k], here(plot, u, v));
      hold.pivot = arrows[hold.k]?.length ? [arrows[hold.k][0], arrows[hold.k][1]] : null;
      el.style.cursor = "grabbing";
    },
    move(u, v) {
      if (!hold) return;
      const all = state();
      const point = inPicture(all, here(all.plot, u, v));
      const line = all.lines[hold.k];
      place(hold.k, hold.part === "tip" ? pointing(line, hold.pivot, point) : through(line, point, hold.score));
    },
    up() { hold = null; el.style.cursor = ""; },
  });
  el.addEventListener("pointermove", (event) => {
    if (hold) return;
    const over = find(...target.at(event));
    el.style.cursor = over ? "grab" : "";
  });
  el.addEventListener("keydown", (event) => {
    const { plot, lines, chosen, low, high } = state();
    if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
    if (lines.length > 1 && ["1", "2"].includes(event.key)) { choose(Number(event.key) - 1); return; }
    const line = lines[chosen];
    if (!event.key.startsWith("Arrow") || sizeOf(line.w) === 0) return;
    event.preventDefault();
    const fine = event.shiftKey ? 0.2 : 1;
    const pivot = nearest(line, [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2]);
    if (event.key === "ArrowLeft") place(chosen, turned(line, pivot, 5 * fine));
    else if (event.key === "ArrowRight") place(chosen, turned(line, pivot, -5 * fine));
    else {
      // Upwards in the direction of the arrow: the line moves to where the score was larger.
      const step = (((high[0] - low[0]) / 36) * fine) / sizeOf(line.w);
      const sign = event.key === "ArrowUp" ? 1 : -1;
      place(chosen, through(line, pivot.map((v, i) => v + sign * step * line.w[i])));
    }
  });
}

// --- controls ---------------------------------------------------------------------------------

// Three sliders for the weights and the bias of a line: onMove({w, b}).
function weightSliders(names, onMove) {
  let now = { w: [0, 0], b: 0 };
  const one = (name, change) => slider({
    label: name, min: -3, max: 3, step: 0.05, value: 0, format: (v) => v.toFixed(2),
    onInput: (v) => { now = change(v); onMove(now); },
  });
  const sliders = [
    one(names[0], (v) => ({ w: [v, now.w[1]], b: now.b })),
    one(names[1], (v) => ({ w: [now.w[0], v], b: now.b })),
    one(names[2], (v) => ({ w: now.w, b: v })),
  ];
  return {
    el: make("div", { class: "ta-weights" }, ...sliders.map((s) => s.el)),
    // A slider that ends before its value would show another one.
    set(line, reach) {
      now = line;
      [...line.w, line.b].forEach((value, k) => {
        const { input } = sliders[k];
        const end = Math.max(reach[k === 2 ? 1 : 0], Math.ceil(Math.abs(value)));
        [input.min, input.max] = [-end, end];
        if (!sliders[k].held) sliders[k].set(value);
        // The thumb stands at a step of the slider, the number says what is.
        const output = sliders[k].el.querySelector("output");
        output.textContent = value.toFixed(2);
        input.setAttribute("aria-valuetext", output.textContent);
      });
    },
  };
}

// What is asked for goes with a serial number, and its frame brings it back: only the newest frame
// may move sliders, or one that another view of the widget has asked for.
function serials() {
  const me = Math.random().toString(36).slice(2);
  let count = 0;
  return {
    next() { count += 1; return `${me} ${count}`; },
    isNewest: (serial) => !serial || !serial.startsWith(me) || serial === `${me} ${count}`,
  };
}

// Say a sentence once things have come to rest, not at every step of a slider.
function announcer(ui) {
  let last = "";
  let later = null;
  return (sentence) => {
    clearTimeout(later);
    if (sentence === last) return;
    later = setTimeout(() => { last = sentence; ui.announce(sentence); }, 400);
  };
}

function fillSentences(box, sentences, good) {
  const mark = make("span", { class: "ta-mark", "aria-hidden": "true" }, good ? "✓ " : "✗ ");
  box.replaceChildren(...sentences.map((text, k) => make(
    "div", { class: k ? "ta-note" : "ta-verdict" }, ...(k ? [text] : [mark, text]),
  )));
}
