// draw_digit: a sheet of 8 × 8 pixels to draw on, and how sure the network is of what is on it.

const SIDE = 8;
const INK = 16;
const PIXEL = 34;
const PEN = 0.85; // half the width of the pen, in pixels of the sheet
const LOADS = [
  ["clear", "blank", "Clear", "Take all ink off the sheet"],
  ["example", "example", "A digit", "Show a handwritten digit of the data"],
  ["letter", "letter", "A letter", "Show a letter"],
  ["noise", "noise", "Noise", "Draw every pixel at random"],
  ["upside down", "upside down", "Upside down", "Show a digit turned by half"],
  ["quarter turn", "quarter turn", "Quarter turn", "Show a digit turned by a quarter"],
  ["negative", "negative", "Negative", "Show a digit with ink and paper changed over"],
  ["moved left", "moved left", "Moved left", "Show a digit moved one pixel to the left"],
];
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function drawPanel(ui) {
  const sheet = canvas(SIDE * PIXEL, SIDE * PIXEL);
  const bars = canvas(430, SIDE * PIXEL);
  const pixels = new Float32Array(SIDE * SIDE);
  const at = { row: 3, column: 3, seen: false }; // where the keys are
  let title = "blank";
  let pen = null;

  sheet.el.classList.add("ta-sheet");
  sheet.el.tabIndex = 0;
  sheet.el.setAttribute("role", "application");
  sheet.el.setAttribute("aria-roledescription", "sheet of 8 by 8 pixels");

  const loads = LOADS.map(([name, load, label, tip]) => ui.button(name, { label, title: tip, message: () => ({ load }) }));
  const eraser = checkbox({ name: "erase" });
  const bright = ui.slider("brightness", {
    label: "brightness, as a multiple", max: 8, step: 0.25, value: 1, format: (v) => v.toFixed(2),
    message: (brightness) => { drawSheet(); return { brightness }; },
  });
  const said = make("p", { class: "ta-said ta-key", "data-ta-name": "said" });
  ui.show(
    row(...loads), row(eraser, bright), said, pictures(sheet, bars),
    make("p", { class: "ta-note" }, "Draw with the mouse or a finger. With the keyboard: go to the sheet with Tab, "
      + "move with the arrow keys, change a pixel with the space bar, clear the sheet with Delete."),
  );

  const send = () => { drawSheet(); ui.ask({ pixels: Array.from(pixels, Math.round) }); };

  // Ink from one place to another; a pixel gets as much as the pen covers of it.
  function stroked(from, to) {
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / 0.2));
    for (let s = 0; s <= steps; s += 1) {
      const [u, v] = mixed(from, to, s / steps);
      for (let k = 0; k < pixels.length; k += 1) {
        const far = Math.hypot((k % SIDE) + 0.5 - u, Math.floor(k / SIDE) + 0.5 - v);
        const covered = INK * between(0, PEN + 0.5 - far, 1);
        pixels[k] = eraser.value ? Math.min(pixels[k], INK - covered) : Math.max(pixels[k], covered);
      }
    }
    pen = to;
    send();
  }
  const place = (u, v) => [u / PIXEL, v / PIXEL];
  drag(sheet, {
    down: (u, v) => stroked(place(u, v), place(u, v)),
    move: (u, v) => stroked(pen, place(u, v)),
  });
  keys(sheet.el, (key) => {
    if (key in ARROWS) {
      at.row = between(0, at.row + ARROWS[key][0], SIDE - 1);
      at.column = between(0, at.column + ARROWS[key][1], SIDE - 1);
      drawSheet();
    }
    const k = at.row * SIDE + at.column;
    if (key === " " || key === "Enter") {
      pixels[k] = pixels[k] >= INK / 2 ? 0 : INK;
      send();
    } else if (key === "Delete" || key === "Backspace") ui.tell({ load: "blank" });
    else if (!(key in ARROWS)) return false;
    ui.say(`row ${at.row + 1}, column ${at.column + 1}: ${pixels[k] >= INK / 2 ? "ink" : "paper"}`);
    return true;
  });
  for (const name of ["focus", "blur"]) {
    sheet.el.addEventListener(name, () => {
      at.seen = name === "focus" && sheet.el.matches(":focus-visible");
      drawSheet();
    });
  }

  function drawSheet() {
    sheet.clear();
    const c = sheet.context;
    // A sheet of paper stays light on a dark page.
    const grey = (k) => Array(3).fill(255 - (255 * Math.min(INK, pixels[k] * bright.value)) / INK);
    image(c, [SIDE, SIDE], grey, [0, 0, sheet.width, sheet.height]);
    for (let k = 1; k < SIDE; k += 1) {
      const edge = k * PIXEL;
      for (const line of [[[edge, 0], [edge, sheet.height]], [[0, edge], [sheet.width, edge]]]) {
        stroke(c, line, { colour: "rgba(128, 128, 128, 0.35)" });
      }
    }
    if (at.seen) {
      c.strokeStyle = PALETTE[3]; c.lineWidth = 4;
      c.strokeRect(at.column * PIXEL + 2, at.row * PIXEL + 2, PIXEL - 4, PIXEL - 4);
    }
    const inked = pixels.reduce((sum, v) => sum + (v >= INK / 2), 0);
    sheet.label(`Sheet: ${title}, ${inked} of 64 pixels with ink. Arrow keys move, space changes a pixel.`);
  }

  function drawBars({ scores, answer }, { p }) {
    const colours = ui.theme;
    const { palette, soft } = colours;
    const c = bars.clear();
    const [left, right, top] = [26, scores ? 128 : 56, 22];
    const high = (bars.height - top) / p.length;
    const full = bars.width - left - right;
    write(c, "digit, and its probability", 4, 4, colours, { colour: soft });
    if (scores) write(c, "score", bars.width - 8, 4, colours, { colour: soft, align: "right" });
    for (const share of [0, 0.5, 1]) {
      stroke(c, [[left + share * full, top], [left + share * full, bars.height]], { colour: colours.grid });
    }
    p.forEach((value, k) => {
      const middle = top + (k + 0.5) * high;
      const look = { baseline: "middle", bold: k === answer };
      c.fillStyle = palette[k === answer ? 0 : 5];
      c.fillRect(left, middle - 0.36 * high, Math.max(1, value * full), 0.72 * high);
      write(c, String(k), left - 8, middle, colours, { ...look, align: "right" });
      write(c, value.toFixed(3), left + full + 8, middle, colours, look);
      if (scores) write(c, scores[k].toFixed(1), bars.width - 8, middle, colours, { ...look, align: "right" });
    });
    const told = Array.from(p, (value, k) => `${k}: ${value.toFixed(3)}`).join(", ");
    bars.label(`Probabilities of the ten digits. ${told}.`);
  }

  ui.onFrame((header, { picture }) => {
    ({ title } = header);
    if (header.loaded) pixels.set(picture);
    said.textContent = header.said;
  });
  ui.onDraw((header, arrays) => {
    drawSheet();
    drawBars(header, arrays);
  });
}

export default { render: panel(drawPanel) };
