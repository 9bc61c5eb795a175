// draw_digit: a sheet of 8 × 8 pixels to draw on, and how sure the network is of what is on it.

const SIDE = 8;
const INK = 16;
const PIXEL = 34;
const PEN = 0.85; // half the width of the pen, in pixels of the sheet
const LOADS = [
  ["example", "A digit", "Show a handwritten digit of the data"],
  ["letter", "A letter", "Show a letter"],
  ["noise", "Noise", "Draw every pixel at random"],
  ["upside down", "Upside down", "Show a digit turned by half"],
  ["quarter turn", "Quarter turn", "Show a digit turned by a quarter"],
  ["negative", "Negative", "Show a digit with ink and paper changed over"],
  ["moved left", "Moved left", "Show a digit moved one pixel to the left"],
];

function drawPanel(ui) {
  const sheet = canvas(SIDE * PIXEL, SIDE * PIXEL);
  const bars = canvas(430, SIDE * PIXEL);
  const pixels = new Float32Array(SIDE * SIDE);
  const at = { row: 3, column: 3, seen: false };
  let brightness = 1;
  let last = null;
  let pen = null;

  sheet.el.classList.add("ta-sheet");
  sheet.el.tabIndex = 0;
  sheet.el.setAttribute("role", "application");
  sheet.el.setAttribute("aria-roledescription", "sheet of 8 by 8 pixels");

  const clear = button({ label: "Clear", name: "clear", title: "Take all ink off the sheet",
    onClick: () => ui.tell({ load: "blank" }) });
  const loads = LOADS.map(([kind, label, title]) => button({ label, name: kind, title,
    onClick: () => ui.tell({ load: kind }) }));
  const eraser = checkbox({ label: "erase", name: "erase" });
  const bright = slider({ label: "brightness, as a multiple", name: "brightness", min: 0, max: 8, step: 0.25,
    value: 1, format: (v) => v.toFixed(2), onInput: (v) => { brightness = v; drawSheet(); ui.ask({ brightness: v }); } });
  const said = make("p", { class: "ta-said ta-key", "data-ta-name": "said" });
  ui.root.append(
    row(clear, ...loads), row(eraser, bright), said,
    make("div", { class: "ta-pictures" }, sheet.el, bars.el),
    make("p", { class: "ta-note" }, "Draw with the mouse or a finger. With the keyboard: go to the sheet with Tab, "
      + "move with the arrow keys, change a pixel with the space bar, clear the sheet with Delete."),
  );

  const send = () => { drawSheet(); ui.ask({ pixels: Array.from(pixels, (v) => Math.round(v)) }); };

  // Ink from one place to another; a pixel gets as much as the pen covers of it.
  function stroke([u0, v0], [u1, v1]) {
    const steps = Math.max(1, Math.ceil(Math.hypot(u1 - u0, v1 - v0) / 0.2));
    for (let s = 0; s <= steps; s += 1) {
      const u = u0 + ((u1 - u0) * s) / steps;
      const v = v0 + ((v1 - v0) * s) / steps;
      for (let k = 0; k < pixels.length; k += 1) {
        const far = Math.hypot((k % SIDE) + 0.5 - u, Math.floor(k / SIDE) + 0.5 - v);
        const covered = INK * Math.max(0, Math.min(1, PEN + 0.5 - far));
        pixels[k] = eraser.value ? Math.min(pixels[k], INK - covered) : Math.max(pixels[k], covered);
      }
    }
    send();
  }
  const place = (u, v) => [u / PIXEL, v / PIXEL];
  drag(sheet, {
    down: (u, v) => { pen = place(u, v); stroke(pen, pen); },
    move: (u, v) => { const next = place(u, v); stroke(pen, next); pen = next; },
  });
  sheet.el.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const k = () => at.row * SIDE + at.column;
    if (moves[event.key]) {
      at.row = Math.max(0, Math.min(SIDE - 1, at.row + moves[event.key][0]));
      at.column = Math.max(0, Math.min(SIDE - 1, at.column + moves[event.key][1]));
      drawSheet();
    } else if (event.key === " " || event.key === "Enter") {
      pixels[k()] = pixels[k()] >= INK / 2 ? 0 : INK;
      send();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      ui.tell({ load: "blank" });
    } else return;
    event.preventDefault();
    ui.announce(`row ${at.row + 1}, column ${at.column + 1}: ${pixels[k()] >= INK / 2 ? "ink" : "paper"}`);
  });
  for (const name of ["focus", "blur"]) {
    sheet.el.addEventListener(name, () => { at.seen = name === "focus" && sheet.el.matches(":focus-visible"); drawSheet(); });
  }

  // A sheet of paper stays light on a dark page.
  function drawSheet() {
    const c = sheet.clear();
    for (let k = 0; k < pixels.length; k += 1) {
      const grey = Math.round(255 - (255 * Math.min(INK, pixels[k] * brightness)) / INK);
      c.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
      c.fillRect((k % SIDE) * PIXEL, Math.floor(k / SIDE) * PIXEL, PIXEL, PIXEL);
    }
    c.strokeStyle = "rgba(128, 128, 128, 0.35)";
    c.lineWidth = 1;
    c.beginPath();
    for (let k = 1; k < SIDE; k += 1) {
      c.moveTo(k * PIXEL, 0); c.lineTo(k * PIXEL, SIDE * PIXEL);
      c.moveTo(0, k * PIXEL); c.lineTo(SIDE * PIXEL, k * PIXEL);
    }
    c.stroke();
    if (at.seen) {
      c.strokeStyle = PALETTE[3]; c.lineWidth = 4;
      c.strokeRect(at.column * PIXEL + 2, at.row * PIXEL + 2, PIXEL - 4, PIXEL - 4);
    }
    const inked = pixels.reduce((sum, v) => sum + (v >= INK / 2), 0);
    sheet.label(`Sheet: ${last?.[0].title ?? "blank"}, ${inked} of 64 pixels with ink. Arrow keys move, space changes a pixel.`);
  }

  function drawBars([header, { p }]) {
    const colours = ui.theme;
    const c = bars.clear();
    const [left, right, top] = [26, header.scores ? 128 : 56, 22];
    const high = (bars.height - top) / p.length;
    const full = bars.width - left - right;
    c.font = colours.font;
    c.fillStyle = colours.soft;
    c.textBaseline = "top"; c.textAlign = "left";
    c.fillText("digit, and its probability", 4, 4);
    if (header.scores) { c.textAlign = "right"; c.fillText("score", bars.width - 8, 4); }
    c.strokeStyle = colours.grid;
    for (const share of [0, 0.5, 1]) {
      c.beginPath();
      c.moveTo(left + share * full, top); c.lineTo(left + share * full, bars.height);
      c.stroke();
    }
    p.forEach((value, k) => {
      const middle = top + (k + 0.5) * high;
      const chosen = k === header.answer;
      c.fillStyle = chosen ? colours.palette[0] : colours.palette[5];
      c.fillRect(left, middle - 0.36 * high, Math.max(1, value * full), 0.72 * high);
      c.font = chosen ? `bold ${colours.font}` : colours.font;
      c.fillStyle = colours.ink;
      c.textBaseline = "middle"; c.textAlign = "right";
      c.fillText(String(k), left - 8, middle);
      c.textAlign = "left";
      c.fillText(value.toFixed(3), left + full + 8, middle);
      if (header.scores) {
        c.textAlign = "right";
        c.fillText(header.scores[k].toFixed(1), bars.width - 8, middle);
      }
    });
    const told = Array.from(p, (value, k) => `${k}: ${value.toFixed(3)}`).join(", ");
    bars.label(`Probabilities of the ten digits. ${told}.`);
  }

  let wait = null;
  ui.onTheme(() => { drawSheet(); if (last) drawBars(last); });
  ui.onFrame((header, arrays) => {
    const first = last === null;
    last = [header, arrays];
    if (header.loaded) pixels.set(arrays.picture);
    if (first) { bright.set(header.brightness); brightness = header.brightness; }
    drawSheet();
    drawBars(last);
    said.textContent = header.said;
    clearTimeout(wait);
    if (!first) wait = setTimeout(() => ui.announce(header.said), 700);
  });
  return () => clearTimeout(wait);
}

export default { render: panel(drawPanel) };
