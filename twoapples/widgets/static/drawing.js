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
  if (size >= 1e5 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return `${Number(mantissa)}e${Number(exponent)}`;
  }
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(digits)));
}

// --- colours ----------------------------------------------------------------------------------

// The colours of the page: {dark, ink, soft, grid, paper, accent, palette}. In the palette black
// becomes the colour of the text, which is light on a dark page.
function readTheme(el) {
  const style = getComputedStyle(el);
  const read = (name, other) => style.getPropertyValue(name).trim() || other;
  const told = document.body.dataset.jpThemeLight;
  const dark = told !== undefined
    ? told === "false"
    : Boolean(window.matchMedia?.("(prefers-color-scheme: dark)").matches);
  const ink = read("--ta-ink", dark ? "#e8e8e8" : "#1c1c1c");
  return {
    dark, ink,
    soft: read("--ta-soft", dark ? "#b0b0b0" : "#555555"),
    grid: read("--ta-grid", dark ? "#3a3a3a" : "#dddddd"),
    paper: read("--ta-paper", dark ? "#111111" : "#ffffff"),
    accent: read("--ta-accent", dark ? "#56B4E9" : "#0072B2"),
    font: `12px ${read("--jp-ui-font-family", "sans-serif")}`,
    palette: PALETTE.map((colour) => (colour === "#000000" ? ink : colour)),
  };
}

// Call back at once and whenever the page turns light or dark; return how to stop.
function theme(el, changed) {
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

// "#0072B2" and 0.3 → "rgba(0, 114, 178, 0.3)"
function faint(colour, alpha) {
  const [r, g, b] = rgb(colour);
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

const rgb = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

// Colour of a signed number, -1 … 1: vermilion below, blue above, the page's ground at 0.
function signed(value, dark) {
  const ground = dark ? [30, 30, 30] : [255, 255, 255];
  const end = value < 0 ? [213, 94, 0] : [0, 114, 178];
  const share = Math.min(1, Math.abs(value)) || 0;
  return ground.map((g, i) => Math.round(g + (end[i] - g) * share));
}

// --- pictures ---------------------------------------------------------------------------------

// Round numbers between two limits, about `count` of them.
function ticks(low, high, count = 5) {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => span / s <= count) ?? 10 * power;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * span; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}

// Axes on a canvas: draws frame, grid, numbers and titles, and returns what draws into them.
//   const plot = axes(canvas, colours, {x: [0, 10], y: [1e-3, 3], logY: true, xTitle: "epoch"});
//   plot.line(xs, ys, {colour, width, dash}); plot.points(xs, ys, {colour, size, shape});
//   plot.px(x), plot.py(y), plot.x(px), plot.y(py): there and back
function axes(target, colours, {
  x: [x0, x1], y: [y0, y1], logX = false, logY = false, title = "", xTitle = "", yTitle = "",
  left = 46, right = 10, top = title ? 24 : 10, bottom = xTitle ? 36 : 22, grid = true,
  box = [0, 0, target.width, target.height], xTicks, yTicks, numbers = true,
}) {
  const c = target.context;
  const [bx, by, bw, bh] = box;
  const area = { left: bx + left, top: by + top, width: bw - left - right, height: bh - top - bottom };
  const tx = logX ? Math.log10 : (v) => v;
  const ty = logY ? Math.log10 : (v) => v;
  const px = (v) => area.left + ((tx(v) - tx(x0)) / (tx(x1) - tx(x0))) * area.width;
  const py = (v) => area.top + area.height - ((ty(v) - ty(y0)) / (ty(y1) - ty(y0))) * area.height;
  const inverse = (log, v) => (log ? 10 ** v : v);
  const x = (p) => inverse(logX, tx(x0) + ((p - area.left) / area.width) * (tx(x1) - tx(x0)));
  const y = (p) => inverse(
    logY, ty(y0) + ((area.top + area.height - p) / area.height) * (ty(y1) - ty(y0)));
  const decades = (low, high) => {
    const powers = ticks(Math.log10(low), Math.log10(high), 6).filter(Number.isInteger);
    if (powers.length > 1) return powers.map((e) => 10 ** e);
    const first = Math.floor(Math.log10(low)); // a decade or two: 0.2, 0.5, 1, 2, 5 as well
    return [0, 1, 2].flatMap((k) => [1, 2, 5].map((m) => Number((m * 10 ** (first + k)).toPrecision(3))))
      .filter((v) => v >= low && v <= high);
  };

  c.save();
  c.font = colours.font;
  c.lineWidth = 1;
  const xs = xTicks ?? (logX ? decades(x0, x1) : ticks(x0, x1, Math.max(2, Math.floor(area.width / 60))));
  const ys = yTicks ?? (logY ? decades(y0, y1) : ticks(y0, y1, Math.max(2, Math.floor(area.height / 35))));
  c.strokeStyle = colours.grid;
  c.beginPath();
  if (grid) {
    for (const v of xs) { c.moveTo(px(v), area.top); c.lineTo(px(v), area.top + area.height); }
    for (const v of ys) { c.moveTo(area.left, py(v)); c.lineTo(area.left + area.width, py(v)); }
  }
  c.rect(area.left, area.top, area.width, area.height);
  c.stroke();
  c.fillStyle = colours.soft;
  if (numbers) {
    c.textAlign = "center"; c.textBaseline = "top";
    for (const v of xs) c.fillText(number(v), px(v), area.top + area.height + 5);
    c.textAlign = "right"; c.textBaseline = "middle";
    for (const v of ys) c.fillText(number(v), area.left - 5, py(v));
  }
  c.fillStyle = colours.ink;
  c.textAlign = "center"; c.textBaseline = "bottom";
  if (xTitle) c.fillText(xTitle, area.left + area.width / 2, by + bh - 2);
  if (title) {
    c.font = `bold ${colours.font}`;
    c.textBaseline = "top"; c.textAlign = "left";
    c.fillText(title, area.left, by + 4);
    c.font = colours.font;
  }
  if (yTitle) {
    c.save();
    c.translate(bx + 10, area.top + area.height / 2); c.rotate(-Math.PI / 2);
    c.textAlign = "center"; c.textBaseline = "middle";
    c.fillText(yTitle, 0, 0);
    c.restore();
  }
  c.restore();

  const inside = (draw) => {
    c.save();
    c.beginPath(); c.rect(area.left, area.top, area.width, area.height); c.clip();
    draw();
    c.restore();
  };
  return {
    area, px, py, x, y, context: c, inside,
    line(xValues, yValues, { colour = colours.accent, width = 2, dash = [] } = {}) {
      inside(() => {
        c.strokeStyle = colour; c.lineWidth = width; c.setLineDash(dash); c.lineJoin = "round";
        c.beginPath();
        let open = false; // a value that is no number leaves a gap
        for (let i = 0; i < yValues.length; i += 1) {
          const [u, v] = [px(xValues[i]), py(yValues[i])];
          if (!Number.isFinite(u) || !Number.isFinite(v)) { open = false; continue; }
          if (open) c.lineTo(u, v); else c.moveTo(u, v);
          open = true;
        }
        c.stroke();
      });
    },
    points(xValues, yValues, { colour = colours.accent, size = 4, shape = "circle", edge } = {}) {
      inside(() => {
        for (let i = 0; i < xValues.length; i += 1) {
          marker(c, px(xValues[i]), py(yValues[i]), { colour, size, shape, edge });
        }
      });
    },
    // A grid of colours, as bytes R, G, B, A; row 0 is the lowest.
    image(bytes, width, height) {
      const picture = new ImageData(new Uint8ClampedArray(bytes), width, height);
      image(c, picture, area.left, area.top, area.width, area.height, true);
    },
  };
}

// Classes differ in shape as well as in colour.
const SHAPES = ["circle", "square", "triangle", "diamond", "cross", "plus"];

function marker(c, u, v, { colour, size = 4, shape = "circle", edge }) {
  c.beginPath();
  const s = size;
  if (shape === "circle") c.arc(u, v, s, 0, 2 * Math.PI);
  else if (shape === "square") c.rect(u - s * 0.9, v - s * 0.9, 1.8 * s, 1.8 * s);
  else if (shape === "triangle") {
    c.moveTo(u, v - 1.15 * s); c.lineTo(u + 1.1 * s, v + 0.85 * s); c.lineTo(u - 1.1 * s, v + 0.85 * s);
    c.closePath();
  } else if (shape === "diamond") {
    c.moveTo(u, v - 1.3 * s); c.lineTo(u + 1.3 * s, v); c.lineTo(u, v + 1.3 * s); c.lineTo(u - 1.3 * s, v);
    c.closePath();
  } else {
    const t = shape === "cross" ? s * 0.8 : 0;
    const w = shape === "cross" ? s * 0.8 : s * 1.1;
    if (shape === "cross") { c.moveTo(u - t, v - w); c.lineTo(u + t, v + w); c.moveTo(u - t, v + w); c.lineTo(u + t, v - w); }
    else { c.moveTo(u - w, v); c.lineTo(u + w, v); c.moveTo(u, v - w); c.lineTo(u, v + w); }
    c.strokeStyle = colour; c.lineWidth = Math.max(1.5, s / 2);
    c.stroke();
    return;
  }
  c.fillStyle = colour;
  c.fill();
  if (edge) { c.strokeStyle = edge; c.lineWidth = 1; c.stroke(); }
}

// Draw an ImageData into a rectangle: with hard pixels, or smooth.
let workbench = null;
function image(c, data, left, top, width, height, flip = false, smooth = false) {
  workbench ??= document.createElement("canvas");
  workbench.width = data.width;
  workbench.height = data.height;
  workbench.getContext("2d").putImageData(data, 0, 0);
  c.save();
  c.imageSmoothingEnabled = smooth;
  if (flip) { c.translate(0, 2 * top + height); c.scale(1, -1); }
  c.drawImage(workbench, left, top, width, height);
  c.restore();
}
