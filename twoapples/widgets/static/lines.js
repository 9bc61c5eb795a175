// Lines in the plane that can be moved and turned: shared by perceptron.js and xor.js, which
// stand behind it in one script, see `LinesPanel` in lines.py.
//
// What is drawn comes from Python in frames. Only the wish where a line shall be is made here.

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

function turned({ w: [u, v] }, pivot, degrees) {
  const angle = (degrees / 180) * Math.PI;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return through({ w: [cos * u - sin * v, sin * u + cos * v] }, pivot);
}

// The place on a line that is nearest to a point.
function nearest(line, point) {
  const factor = scoreAt(line, point) / (sizeOf(line.w) ** 2);
  return point.map((v, i) => v - factor * line.w[i]);
}

// --- drawing ----------------------------------------------------------------------------------

// The plane between two corners; what is drawn into it is told in its numbers.
function drawPlane(target, colours, { low, high, names, title }) {
  target.clear();
  const plot = axes(target, colours, {
    x: [low[0], high[0]], y: [low[1], high[1]], title, xTitle: names[0], yTitle: names[1], grid: false,
  });
  const { context: c, px, py, inside } = plot;
  const pairs = (flat) => Array.from(column(flat, 0), (x, k) => [px(x), py(flat[2 * k + 1])]);
  return {
    ...plot,
    // The part of the plane where the score is above 0, by its corners.
    side(corners) {
      const colour = faint(PALETTE[1], colours.dark ? 0.25 : 0.18);
      if (corners?.length) inside(() => stroke(c, pairs(corners), { colour, fill: true }));
    },
    lineBetween(ends, look) {
      if (ends?.length) plot.line(column(ends, 0), column(ends, 1), { width: 2.5, ...look });
    },
    // The weight vector, with a ring around its tip: there it can be held.
    arrow(ends, { colour, name, held }) {
      if (!ends?.length) return;
      const [foot, tip] = pairs(ends);
      const length = sizeOf([tip[0] - foot[0], tip[1] - foot[1]]) || 1;
      const [u, v] = [(tip[0] - foot[0]) / length, (tip[1] - foot[1]) / length];
      const at = (back, aside) => [tip[0] - back * u - aside * v, tip[1] - back * v + aside * u];
      inside(() => {
        stroke(c, [foot, at(8, 0)], { colour, width: 2.5 });
        stroke(c, [tip, at(12, 6), at(12, -6)], { colour, fill: true });
        [c.strokeStyle, c.lineWidth] = [colour, held ? 2.5 : 1];
        c.beginPath(); c.arc(...tip, 11, 0, 2 * Math.PI); c.stroke();
        write(c, name, ...at(-22, 0), colours, { colour, align: "center", baseline: "middle", bold: true });
      });
    },
    // A point of a class: circle for 0, square for 1. One that is answered wrongly lights up, and has
    // a cross: seen without colours as well.
    point([x, y], { square, wrong = false, shift = 0 }) {
      const [u, v] = [px(x) + shift, py(y)];
      const ring = (radius, colour, width) => {
        c.beginPath(); c.arc(u, v, radius, 0, 2 * Math.PI);
        [c.strokeStyle, c.lineWidth] = [colour, width];
        c.stroke();
      };
      if (wrong) {
        marker(c, u, v, { colour: faint(PALETTE[3], 0.35), size: 20 });
        ring(20, PALETTE[3], 1.5);
        // The arms of the cross stand out behind the point, whose shape stays to be seen.
        const look = { colour: colours.dark ? "#FF8A3D" : "#B34700", width: 3.5 };
        for (const s of [14, -14]) stroke(c, [[u - s, v - 14], [u + s, v + 14]], look);
      }
      if (square) marker(c, u, v, { colour: PALETTE[1], size: 8, shape: "square", edge: colours.ink });
      else {
        marker(c, u, v, { colour: colours.paper, size: 7.5 });
        ring(7.5, PALETTE[colours.dark ? 5 : 0], 2.5);
      }
    },
  };
}

// --- moving -----------------------------------------------------------------------------------

const NEAR = 14; // pixels: how far from a line or a tip a pointer still takes hold of it

// Lines that are moved by sliders, and with mouse, finger and keys in a picture. Returns
//   sliders, start, told          elements: three sliders a line, a button, what is said
//   take(header, arrays, newest)  for each frame
//   plane(look)                   draw the empty plane into the picture
//   isChosen(k)                   whether keys move that line
function movingLines(ui, picture, count) {
  const { el } = picture;
  el.tabIndex = 0;
  let header = {};
  let arrays = {};
  let plot = null;
  let hold = null;
  let chosen = 0;
  const wish = Array.from({ length: count }, () => ({ w: [0, 0], b: 0 }));
  const told = make("div", { class: "ta-told" });

  const choose = (k) => {
    if (k === chosen) return;
    chosen = k;
    ui.redraw();
  };
  const ask = () => ui.ask({ lines: wish.map(({ w, b }) => [...w, b]) });
  const sliders = wish.map((_, k) => ["w1", "w2", "b"].map((name, i) => slider({
    name, min: -3, max: 3, step: 0.05, value: 0, format: (v) => v.toFixed(2),
    onChange: (value) => {
      choose(k);
      const { w, b } = wish[k];
      wish[k] = i === 2 ? { w, b: value } : { w: w.with(i, value), b };
      ask();
    },
  })));
  const follow = (k, { w, b }) => {
    wish[k] = { w, b };
    [...w, b].forEach((value, i) => {
      const end = Math.max(header.reach[i === 2 ? 1 : 0], Math.ceil(Math.abs(value)));
      sliders[k][i].set(value, [-end, end]);
    });
  };
  const place = (k, line) => {
    follow(k, line);
    ask();
  };

  const here = (u, v) => [plot.x(u), plot.y(v)];
  const arrowOf = (k) => arrays[`arrow${k + 1}`] ?? [];

  // What a pointer is over: {k, part: "tip" or "line"}; a tip goes before a line.
  const find = (u, v) => {
    if (!plot) return null;
    const way = ([x, y]) => sizeOf([plot.px(x) - u, plot.py(y) - v]);
    return wish.flatMap((line, k) => [
      ...(arrowOf(k).length ? [{ k, part: "tip", way: way(arrowOf(k).slice(2)), rank: -NEAR }] : []),
      ...(sizeOf(line.w) > 0 ? [{ k, part: "line", way: way(nearest(line, here(u, v))), rank: 0 }] : []),
    ]).filter((found) => found.way < NEAR).sort((a, b) => a.way + a.rank - b.way - b.rank)[0] ?? null;
  };

  drag(picture, {
    down(u, v) {
      el.focus();
      hold = find(u, v);
      if (!hold) return;
      choose(hold.k);
      hold.score = scoreAt(wish[hold.k], here(u, v));
      hold.pivot = Array.from(arrowOf(hold.k)).slice(0, 2);
      el.style.cursor = "grabbing";
    },
    move(u, v) {
      if (!hold) return;
      const { low, high } = header;
      const point = here(u, v).map((value, i) => between(low[i], value, high[i]));
      const line = wish[hold.k];
      place(hold.k, hold.part === "tip" ? pointing(line, hold.pivot, point) : through(line, point, hold.score));
    },
    up() { hold = null; el.style.cursor = ""; },
  });
  el.addEventListener("pointermove", (event) => {
    if (!hold) el.style.cursor = find(...picture.at(event)) ? "grab" : "";
  });
  keys(el, (key, { shiftKey }) => {
    if (!plot) return false;
    if (count > 1 && ["1", "2"].includes(key)) { choose(Number(key) - 1); return true; }
    const line = wish[chosen];
    if (!key.startsWith("Arrow") || sizeOf(line.w) === 0) return false;
    const { low, high } = header;
    const fine = shiftKey ? 0.2 : 1;
    const pivot = nearest(line, mixed(low, high, 0.5));
    const turn = { ArrowLeft: 5, ArrowRight: -5 }[key];
    // Upwards in the direction of the arrow: the line moves to where the score was larger.
    const step = ((key === "ArrowUp" ? fine : -fine) * (high[0] - low[0])) / 36 / sizeOf(line.w);
    place(chosen, turn
      ? turned(line, pivot, turn * fine)
      : through(line, pivot.map((v, i) => v + step * line.w[i])));
    return true;
  });

  return {
    told,
    sliders: sliders.map((three) => make("div", { class: "ta-weights" }, ...three)),
    start: ui.button("rewind", { label: "back to the start" }),
    isChosen: (k) => k === chosen,
    take(newHeader, newArrays, newest) {
      [header, arrays] = [newHeader, newArrays];
      if (newest) header.lines.forEach(([w1, w2, b], k) => follow(k, { w: [w1, w2], b }));
      fillSentences(told, header.sentences, header.good);
    },
    plane(look) {
      plot = drawPlane(picture, ui.theme, { ...header, ...look });
      return plot;
    },
  };
}
