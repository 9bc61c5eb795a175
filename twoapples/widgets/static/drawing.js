// What all widgets draw with: numbers, colours, axes and markers on a canvas.

// Okabe and Ito's colours, in the order of twoapples.figures.PALETTE: blue, orange, green,
// vermilion, purple, sky blue, yellow, black.
const PALETTE = [
  "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000",
];

// --- numbers ----------------------------------------------------------------------------------

// Write a number with three significant digits, or as many as asked for: 0.05, 12.3, 1e-7, nan.
function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return powered(value, digits);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(digits)));
}

// 0.00012 → "1.2e-4"
function powered(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${Number(mantissa)}e${Number(exponent)}`;
}

const counted = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

// --- colours ----------------------------------------------------------------------------------

// The colours of the page: {dark, ink, soft, grid, paper, accent, font, palette}, from base.css. In
// the palette black becomes the colour of the text, which is light on a dark page.
function readTheme(el) {
  const told = document.body.dataset.jpThemeLight;
  const dark = told !== undefined
    ? told === "false"
    : Boolean(window.matchMedia?.("(prefers-color-scheme: dark)").matches);
  el.dataset.taDark = String(dark);
  const style = getComputedStyle(el);
  const read = (name) => style.getPropertyValue(name).trim();
  const names = ["ink", "soft", "grid", "paper", "accent"];
  const colours = Object.fromEntries(names.map((name) => [name, read(`--ta-${name}`)]));
  return {
    dark, ...colours,
    font: `12px ${read("--jp-ui-font-family") || "sans-serif"}`,
    palette: PALETTE.map((colour) => (colour === "#000000" ? colours.ink : colour)),
  };
}

// Call back at once and whenever the page turns light or dark; return how to stop.
function onTheme(el, changed) {
  const look = () => changed(readTheme(el));
  // One picture later: the new variables have reached the elements then.
  const later = () => requestAnimationFrame(look);
  const observer = new MutationObserver(later);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  const media = window.matchMedia?.("(prefers-color-scheme: dark)");
  media?.addEventListener("change", later);
  look();
  return () => { observer.disconnect(); media?.removeEventListener("change", later); };
}

const rgb = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

// "#0072B2" and 0.3 → "rgba(0, 114, 178, 0.3)"
const faint = (colour, alpha) => `rgba(${rgb(colour).join(", ")}, ${alpha})`;

// A share 0 … 1 of the way from one colour to another, as [r, g, b].
const mixed = (from, to, share) => from.map((v, i) => v + share * (to[i] - v));

// Colour of a signed number, -1 … 1: vermilion below, blue above, the page's ground at 0.
function signed(value, dark) {
  const ground = dark ? [30, 30, 30] : [255, 255, 255];
  return mixed(ground, rgb(PALETTE[value < 0 ? 3 : 0]), Math.min(1, Math.abs(value)) || 0).map(Math.round);
}

// --- lines and letters ------------------------------------------------------------------------

// Draw a line through places [x, y], or fill what it encloses.
function stroke(c, places, { colour, width = 1, dash = [], fill = false }) {
  c.save();
  c.beginPath();
  for (const [u, v] of places) c.lineTo(u, v);
  [c.strokeStyle, c.fillStyle, c.lineWidth] = [colour, colour, width];
  c.setLineDash(dash);
  if (fill) c.fill(); else c.stroke();
  c.restore();
}

// Write a text at a place: to the right of it and below, unless told otherwise.
function write(c, text, u, v, colours, { colour = colours.ink, align = "left", baseline = "top", bold = false } = {}) {
  [c.font, c.fillStyle] = [bold ? `bold ${colours.font}` : colours.font, colour];
  [c.textAlign, c.textBaseline] = [align, baseline];
  c.fillText(text, u, v);
}

// Empty a canvas and give it a title.
function titled(target, colours, title) {
  const c = target.clear();
  write(c, title, 4, 4, colours, { bold: true });
  return c;
}

// --- pictures ---------------------------------------------------------------------------------

// Round numbers between two limits, about `count` of them.
function ticks(low, high, count) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => span / s <= count) ?? 10 * power;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * span; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}

// Powers of ten between two limits; within a decade or two 0.2, 0.5, 1, 2, 5 as well.
function decades(low, high) {
  const powers = ticks(Math.log10(low), Math.log10(high), 6).filter(Number.isInteger);
  if (powers.length > 1) return powers.map((e) => 10 ** e);
  const first = Math.floor(Math.log10(low));
  return [0, 1, 2].flatMap((k) => [1, 2, 5].map((m) => Number((m * 10 ** (first + k)).toPrecision(3))))
    .filter((v) => v >= low && v <= high);
}

// A scale from one of two numbers to the other, drawn from one of two pixels to the other: there
// and back.
function scale(low, high, log, from, to) {
  const t = log ? Math.log10 : Number;
  const share = (to - from) / (t(high) - t(low));
  return {
    there: (v) => from + (t(v) - t(low)) * share,
    back: (p) => { const v = t(low) + (p - from) / share; return log ? 10 ** v : v; },
    marks: (room) => (log ? decades(low, high) : ticks(low, high, Math.max(2, Math.floor(Math.abs(to - from) / room)))),
  };
}

// Axes on a canvas: draws frame, grid, numbers and titles, and returns what draws into them.
//   const plot = axes(canvas, colours, {x: [0, 10], y: [1e-3, 3], logY: true, xTitle: "epoch"});
//   plot.line(xs, ys, {colour, width, dash}); plot.points(xs, ys, {colour, size, shape});
//   plot.px(x), plot.py(y), plot.x(px), plot.y(py): there and back
function axes(target, colours, {
  x, y, logX = false, logY = false, title = "", xTitle = "", yTitle = "",
  left = 46, right = 10, top = title ? 24 : 10, bottom = xTitle ? 36 : 22, grid = true,
  box: [bx, by, bw, bh] = [0, 0, target.width, target.height], xTicks, yTicks,
}) {
  const c = target.context;
  const area = { left: bx + left, top: by + top, width: bw - left - right, height: bh - top - bottom };
  const [end, ground] = [area.left + area.width, area.top + area.height];
  const across = scale(...x, logX, area.left, end);
  const up = scale(...y, logY, ground, area.top);
  const [px, py] = [across.there, up.there];

  c.save();
  const line = (...places) => stroke(c, places, { colour: colours.grid });
  for (const v of xTicks ?? across.marks(60)) {
    if (grid) line([px(v), area.top], [px(v), ground]);
    write(c, number(v), px(v), ground + 5, colours, { colour: colours.soft, align: "center" });
  }
  for (const v of yTicks ?? up.marks(35)) {
    if (grid) line([area.left, py(v)], [end, py(v)]);
    write(c, number(v), area.left - 5, py(v), colours, { colour: colours.soft, align: "right", baseline: "middle" });
  }
  [c.strokeStyle, c.lineWidth] = [colours.grid, 1];
  c.strokeRect(area.left, area.top, area.width, area.height);
  write(c, xTitle, area.left + area.width / 2, by + bh - 2, colours, { align: "center", baseline: "bottom" });
  write(c, title, area.left, by + 4, colours, { bold: true });
  c.translate(bx + 10, area.top + area.height / 2);
  c.rotate(-Math.PI / 2);
  write(c, yTitle, 0, 0, colours, { align: "center", baseline: "middle" });
  c.restore();

  const inside = (draw) => {
    c.save();
    c.beginPath(); c.rect(area.left, area.top, area.width, area.height); c.clip();
    draw();
    c.restore();
  };
  return {
    area, ground, px, py, x: across.back, y: up.back, context: c, inside,
    line(xValues, yValues, { colour = colours.accent, width = 2, dash = [] } = {}) {
      inside(() => {
        c.strokeStyle = colour; c.lineWidth = width; c.setLineDash(dash); c.lineJoin = "round";
        c.beginPath();
        let open = false; // a value that is no number leaves a gap
        for (let i = 0; i < yValues.length; i += 1) {
          const [u, v] = [px(xValues[i]), py(yValues[i])];
          const known = Number.isFinite(u) && Number.isFinite(v);
          if (known && open) c.lineTo(u, v); else if (known) c.moveTo(u, v);
          open = known;
        }
        c.stroke();
      });
    },
    // Markers; what depends on the point is a function of its position.
    points(xValues, yValues, look) {
      inside(() => {
        for (let i = 0; i < xValues.length; i += 1) {
          marker(c, px(xValues[i]), py(yValues[i]), typeof look === "function" ? look(i) : look);
        }
      });
    },
  };
}

// Classes differ in shape as well as in colour.
const SHAPES = ["circle", "square", "triangle", "diamond", "cross", "plus"];
// The corners of a marker as shares of its size; what is not closed is drawn as two strokes.
const CORNERS = {
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  triangle: [[0, -1.15], [1.1, 0.85], [-1.1, 0.85]],
  diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
  cross: [[-0.8, -0.8], [0.8, 0.8], [-0.8, 0.8], [0.8, -0.8]],
  plus: [[-1.1, 0], [1.1, 0], [0, -1.1], [0, 1.1]],
};

function marker(c, u, v, { colour, size = 4, shape = "circle", edge }) {
  const corners = (CORNERS[shape] ?? []).map(([x, y]) => [u + size * x, v + size * y]);
  if (shape === "cross" || shape === "plus") {
    for (const at of [0, 2]) stroke(c, corners.slice(at, at + 2), { colour, width: Math.max(1.5, size / 2) });
    return;
  }
  c.beginPath();
  if (shape === "circle") c.arc(u, v, size, 0, 2 * Math.PI);
  for (const corner of corners) c.lineTo(...corner);
  c.closePath();
  c.fillStyle = colour;
  c.fill();
  if (edge) { c.strokeStyle = edge; c.lineWidth = 1; c.stroke(); }
}

// Draw a grid of colours into a rectangle, with hard edges or smooth: `colour(k)` gives [r, g, b] of
// cell k, row by row from above, or from below with `flip`.
let workbench = null;
function image(c, [rows, columns], colour, [left, top, width, height], { flip = false, smooth = false } = {}) {
  const bytes = new Uint8ClampedArray(4 * rows * columns);
  for (let k = 0; k < rows * columns; k += 1) {
    const [r, g, b] = colour(k);
    bytes[4 * k] = r; bytes[4 * k + 1] = g; bytes[4 * k + 2] = b; bytes[4 * k + 3] = 255;
  }
  workbench ??= document.createElement("canvas");
  [workbench.width, workbench.height] = [columns, rows];
  workbench.getContext("2d").putImageData(new ImageData(bytes, columns, rows), 0, 0);
  c.save();
  c.imageSmoothingEnabled = smooth;
  if (flip) { c.translate(0, 2 * top + height); c.scale(1, -1); }
  c.drawImage(workbench, left, top, width, height);
  c.restore();
}
