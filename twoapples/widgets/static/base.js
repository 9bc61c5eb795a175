// What all widgets of the course share: controls, the way to Python, the panel. anywidget takes one
// script, so that of a widget is: this file, drawing.js, then the widget's own, which ends with
//
//   export default { render: panel((ui) => { … }) };
//
// `ui` is what `panel` makes below: see there, and docs/widgets.md for an example.

// --- elements ---------------------------------------------------------------------------------

// Make an element: make("div", {class: "ta-row", title: "…"}, child, control, "text").
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.map(elementOf));
  return element;
}

const elementOf = (thing) => thing?.el ?? thing;

// Put controls side by side; they wrap where there is no room. And so for pictures.
const row = (...children) => make("div", { class: "ta-row" }, ...children);
const pictures = (...children) => make("div", { class: "ta-pictures" }, ...children);

// Fill a table: rows are lists of cells, of which the first names the row; one row may be marked.
function fillTable(table, { caption, head, rows, chosen = -1 }) {
  const cells = (texts, tag, scope) => texts.map((text) => make(tag, { scope }, text));
  table.replaceChildren(
    ...(caption ? [make("caption", { class: "ta-aloud" }, caption)] : []),
    make("thead", {}, make("tr", {}, ...cells(head, "th", "col"))),
    make("tbody", {}, ...rows.map(([name, ...rest], i) => make(
      "tr", { class: i === chosen && "ta-chosen" },
      ...cells([name], "th", "row"), ...cells(rest, "td"),
    ))),
  );
  return table;
}

// A piece of a line, with its marker if it has one: a legend's sample of a curve.
const sample = (colour, style, mark) => make(
  "span", { "aria-hidden": "true" },
  make("span", { class: "ta-swatch", style: `border-top: 3px ${style} ${colour}` }),
  ...(mark ? [make("span", { class: "ta-mark", style: `color: ${colour}` }, mark)] : []),
);

// Sentences, the most important first; with `good` given it has a mark.
function fillSentences(box, sentences, good) {
  const mark = make("span", { class: "ta-verdict-mark", "aria-hidden": "true" }, good ? "✓ " : "✗ ");
  box.replaceChildren(...sentences.map((text, k) => make(
    "div", { class: k ? "ta-note" : "ta-verdict" },
    ...(k || good === undefined ? [text] : [mark, text]),
  )));
}

// --- controls ---------------------------------------------------------------------------------

// Each has `el` and `enable(on)`; all but a button `value` and `set(value)`; a slider and a list
// `fill(entries)` too.
// `onChange(value)` is called when a person changes it, of a slider while it moves.

let controls = 0;

function labelled(kind, name, label, field, ...more) {
  field.id = `ta-control-${(controls += 1)}-${Math.random().toString(36).slice(2, 8)}`;
  field.dataset.taName = name;
  return {
    el: make("div", { class: `ta-${kind}` }, make("label", { for: field.id }, label), field, ...more),
    field,
    enable(on) { field.disabled = !on; },
  };
}

// A slider with its value beside it. With `log` it moves by factors: min, max and value stay the
// plain numbers, of that many `digits`, and `step` counts in decades. Filled with entries it chooses
// one of them, and its value is the position.
function slider({
  name, label = name, min = 0, max = 1, step, value = min, log = false, digits = 3,
  format = (v) => number(v), onChange = () => {},
}) {
  const there = log ? Math.log10 : Number;
  const back = log ? (v) => Number((10 ** v).toPrecision(digits)) : Number;
  const field = make("input", { type: "range", step: step ?? (log ? 0.05 : (max - min) / 100) });
  const shown = make("output", { class: "ta-value" });
  const control = labelled("slider", name, label, field, shown);
  shown.htmlFor = field.id;
  let written = format;
  let ends = [min, max];
  const read = () => back(field.value);
  const tell = (v) => {
    shown.textContent = written(v);
    field.setAttribute("aria-valuetext", shown.textContent);
  };
  // The thumb stands at a step of the slider, the number says what is. A slider that ended before
  // its value would show another one.
  const set = (v, reach = ends) => {
    ends = reach;
    const [[low, high], at] = [ends.map(there), there(v)];
    field.min = at < low ? Math.floor(at) : low;
    field.max = at > high ? Math.ceil(at) : high;
    if (read() !== v) field.value = at;
    tell(v);
  };
  set(value);
  field.addEventListener("input", () => { tell(read()); onChange(read()); });
  return {
    ...control, set,
    get value() { return read(); },
    fill(entries) {
      field.step = 1;
      written = (k) => String(entries[k]);
      set(Math.min(read(), entries.length - 1), [0, entries.length - 1]);
    },
  };
}

function button({ name, label = name, title, onChange = () => {} }) {
  const el = make("button", {
    type: "button", class: "ta-button", title, "data-ta-name": name, "aria-label": title,
  }, label);
  el.addEventListener("click", () => onChange(true));
  return {
    el,
    label(text) { el.textContent = text; },
    enable(on) { el.disabled = !on; },
  };
}

// A list to choose from. Its entries are values, or pairs of a value and its text; with one of them
// there is nothing to choose, and with none nothing to see.
function select({ name, label = name, options = [], onChange = () => {} }) {
  const field = make("select");
  const control = labelled("select", name, label, field);
  let filled = "";
  const fill = (entries) => {
    if (filled === JSON.stringify(entries)) return;
    filled = JSON.stringify(entries);
    field.replaceChildren(...entries.map((entry) => {
      const [value, text] = Array.isArray(entry) ? entry : [entry, entry];
      return make("option", { value }, typeof text === "number" ? number(text) : text);
    }));
    control.enable(entries.length > 1);
    control.el.hidden = entries.length === 0;
  };
  fill(options);
  field.addEventListener("change", () => onChange(field.value));
  return {
    ...control, fill,
    get value() { return field.value; },
    set(v) { field.value = v; },
  };
}

function checkbox({ name, label = name, onChange = () => {} }) {
  const field = make("input", { type: "checkbox" });
  field.addEventListener("change", () => onChange(field.checked));
  return {
    ...labelled("checkbox", name, label, field),
    get value() { return field.checked; },
    set(v) { field.checked = v; },
  };
}

// A canvas that is sharp on every screen. Draw in CSS pixels: 0 … width, 0 … height.
function canvas(width, height, label = "") {
  const el = make("canvas", { class: "ta-canvas", role: "img", "aria-label": label });
  const context = el.getContext("2d");
  const made = {
    el, context, width, height,
    label(text) { el.setAttribute("aria-label", text); },
    // Empty it, and follow the screen's density, which changes with the browser's zoom.
    clear() {
      const ratio = window.devicePixelRatio || 1;
      const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (el.width !== across || el.height !== down) {
        [el.width, el.height] = [across, down];
        el.style.width = `${width}px`;
        el.style.aspectRatio = `${width} / ${height}`;
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      return context;
    },
    // Where on the canvas an event of the mouse happened, in the numbers that one draws in.
    at(event) {
      const box = el.getBoundingClientRect();
      return [
        ((event.clientX - box.left) / box.width) * width,
        ((event.clientY - box.top) / box.height) * height,
      ];
    },
  };
  made.clear();
  return made;
}

// Follow a pointer that is pressed on a canvas: down(x, y), move(x, y) while it is pressed, up().
function drag(target, { down, move, up = () => {} }) {
  const { el } = target;
  el.style.touchAction = "none";
  el.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    el.setPointerCapture(event.pointerId);
    down(...target.at(event));
  });
  el.addEventListener("pointermove", (event) => {
    if (el.hasPointerCapture(event.pointerId)) move(...target.at(event));
  });
  const end = (event) => {
    if (!el.hasPointerCapture(event.pointerId)) return;
    el.releasePointerCapture(event.pointerId);
    up();
  };
  el.addEventListener("pointerup", end);
  el.addEventListener("pointercancel", end);
}

// Listen to keys: `act(key, event)` says whether the key meant something, or else the page has it.
// What is pressed with Ctrl, Alt or the command key is the browser's.
function keys(el, act) {
  el.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (act(event.key, event)) event.preventDefault();
  });
}

const between = (low, value, high) => Math.max(low, Math.min(high, value));

// --- the way to Python ------------------------------------------------------------------------

// At most one message is under way. What waits is sent when Python has answered; of messages with
// the same key only the newest waits, so that no queue of old slider positions builds up.
const lines = new WeakMap();

function lineOf(model) {
  if (!lines.has(model)) lines.set(model, { n: 0, away: null, waiting: [], since: 0, roots: new Set() });
  return lines.get(model);
}

function queue(model, message, key) {
  const line = lineOf(model);
  if (key !== null) line.waiting = line.waiting.filter((entry) => entry.key !== key);
  line.waiting.push({ key, message });
  sendNext(model);
}

function sendNext(model) {
  const line = lineOf(model);
  if (line.away === null && line.waiting.length > 0) {
    line.n += 1;
    line.away = line.n;
    line.since = performance.now();
    const { message } = line.waiting.shift();
    model.send({ ta: "ask", n: line.n, message }, hurry(model));
  }
  // On the page stands whether the picture is still to follow what was done last: a control moves
  // at once, the picture when Python has answered.
  for (const root of line.roots) root.dataset.taWaiting = line.away === null ? "no" : "yes";
}

// The kernel first says that it is busy, then sends the frame. Jupyter's server leaves it to TCP to
// collect small packets, so the frame would wait until the browser acknowledges the former, and
// browsers take their time: 40 ms on Linux. Whatever we send carries the acknowledgement with it.
function hurry(model) {
  return {
    iopub: {
      status: (message) => {
        if (message.content.execution_state === "busy") model.send({ ta: "hurry" });
      },
    },
  };
}

function answered(model, n) {
  const line = lineOf(model);
  if (line.away !== n) return;
  line.away = null;
  sendNext(model);
}

// Numbers that JSON cannot hold come as {"ta:number": "NaN"}, see _plain in base.py.
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  if ("ta:number" in value) return Number(value["ta:number"]);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revive(v)]));
}

// The arrays of a frame by their names: typed arrays with a `shape`.
function unpack(abouts, buffers) {
  return Object.fromEntries(abouts.map(({ name, shape, dtype }, i) => {
    const { buffer, byteOffset, byteLength } = buffers[i];
    const Kind = dtype === "uint8" ? Uint8Array : Float32Array;
    // A typed array has to begin at a multiple of its size; a copy always does.
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    return [name, Object.assign(new Kind(bytes), { shape })];
  }));
}

// A column of such an array with two axes.
const column = (array, k) => array.filter((_, i) => i % array.shape[1] === k);

// --- the panel --------------------------------------------------------------------------------

// Return the `render` of a widget: the root element with what all have in common, and in it what
// `build(ui)` shows there. `ui` has
//   show(...things)      put controls and elements below each other
//   slider, select, button
//                        make a control that sends {name: value}, or what `message(value)` gives;
//                        it follows what a frame says of its name in `choices` and `chosen`
//   ask(message)         send what a newer wish replaces: the position of a slider
//   tell(message)        send what must not be lost: a press on a button
//   onFrame(take)        take(header, arrays, {first, newest}) for each frame; newest: nothing was
//                        asked for since, so that what is shown may be put to where it says; if it
//                        returns false, there is nothing else to draw
//   onDraw(draw)         draw(header, arrays) after it, and when the page turns light or dark
//   redraw()             draw the last frame again
//   say(sentence)        have it read out
//   announce(sentence)   so, or what a function gives, once things have come to rest; base.js does
//                        so with what a header holds as `said`
//   keep()               keep the picture for a page without kernel, once things have come to rest
//   onLeave(end)         call when the view goes
//   theme                colours, see `readTheme`
//   panel, root          the element of the widget, and in it that of what is shown
function panel(build) {
  return ({ model, el }) => {
    const kind = model.get("_ta_kind");
    const live = make("div", { class: "ta-aloud", "aria-live": "polite" });
    const status = make("div", { class: "ta-status", "aria-live": "polite", hidden: true });
    const problem = make("div", { class: "ta-problem", role: "alert", hidden: true });
    const words = make("div");
    const text = make("details", { class: "ta-text" }, make("summary", {}, "As text"), words);
    const body = make("div", { class: "ta-body" });
    const root = make("div", {
      class: "ta-panel", role: "group", "aria-label": kind.replaceAll("_", " "),
      "data-ta-widget": kind, "data-ta-frame": "0", "data-ta-waiting": "no",
    }, body, problem, status, text, live);
    el.append(root);

    const line = lineOf(model);
    line.roots.add(root);
    const ends = [() => line.roots.delete(root)];
    const bound = {};
    let take = () => {};
    let draw = () => {};
    let last = null;
    let said = "";
    let reading = false;

    // Call something once nothing has asked for it again for a while.
    const settling = (act) => {
      let timer = null;
      ends.push(() => clearTimeout(timer));
      return (delay, ...args) => {
        clearTimeout(timer);
        timer = setTimeout(act, delay, ...args);
      };
    };
    const say = (sentence) => { said = live.textContent = sentence; };
    const sayLater = settling((what) => {
      const sentence = typeof what === "function" ? what() : what;
      if (sentence !== said) say(sentence);
    });
    const keepLater = settling(() => sendStill(model, body, ui.theme));
    const readText = () => {
      if (!text.open || reading) return;
      reading = true;
      setTimeout(() => { reading = false; model.send({ ta: "text" }); }, 150);
    };
    text.addEventListener("toggle", readText);

    const binding = (create, send) => (name, { message, ...options } = {}) => {
      const onChange = (value) => send(message ? message(value) : { [name]: value });
      bound[name] = create({ name, onChange, ...options });
      return bound[name];
    };
    const ask = (message) => queue(model, message, Object.keys(message).sort().join());
    const tell = (message) => queue(model, message, null);
    const ui = {
      ask, tell, panel: root, root: body,
      show: (...things) => body.append(...things.map(elementOf)),
      slider: binding(slider, ask),
      select: binding(select, tell),
      button: binding(button, tell),
      onFrame: (act) => { take = act; },
      onDraw: (act) => { draw = act; },
      redraw: () => { if (last) draw(...last); },
      say,
      announce: (sentence) => sayLater(600, sentence),
      keep: () => keepLater(1200),
      onLeave: (end) => ends.push(end),
    };

    const show = ({ frame, header, arrays }, buffers) => {
      const first = last === null;
      if (body.hidden) { // the kernel was only busy for longer than our patience
        body.hidden = false;
        text.open = false;
      }
      last = [revive(header), unpack(arrays, buffers)];
      const newest = line.waiting.length === 0 && (line.away === null || frame === null);
      const { choices = {}, chosen = {}, said: sentence } = last[0];
      if (sentence) ui.announce(sentence);
      for (const [name, control] of Object.entries(bound)) {
        if (name in choices) control.fill(choices[name]);
        if (name in chosen && newest) control.set?.(chosen[name]);
      }
      if (take(...last, { first, newest }) !== false) draw(...last);
      root.dataset.taFrame = String(Number(root.dataset.taFrame) + 1);
      readText();
      ui.keep();
    };

    const heard = {
      frame: (message, buffers) => {
        try {
          show(message, buffers);
        } finally {
          // Frames that nobody asked for are acknowledged, so that Python does not run ahead.
          if (message.frame !== null) model.send({ ta: "taken", frame: message.frame });
        }
      },
      done: ({ n }) => answered(model, n),
      say: (message) => say(message.text),
      problem: (message) => showProblem(problem, message.problem),
      text: ({ html }) => { words.innerHTML = html; },
    };
    const listen = (message, buffers) => heard[message?.ta]?.(message, buffers);
    model.on("msg:custom", listen);
    ends.push(() => model.off("msg:custom", listen));

    // JupyterLab has shortcuts of single keys, D twice deletes a cell. They are not meant here.
    root.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") {
        event.stopPropagation();
      }
    });

    const patience = setInterval(() => {
      const waits = line.away !== null && performance.now() - line.since > 1500;
      if (status.hidden === waits) {
        status.hidden = !waits;
        status.textContent = waits
          ? "Waiting for the kernel. It runs another cell, or it was restarted: then run this cell again."
          : "";
      }
    }, 500);
    // Without a kernel no frame ever comes: then the words have to do.
    const silence = setTimeout(() => {
      if (last === null && problem.hidden && model.get("_ta_text")) {
        body.hidden = true;
        words.innerHTML = model.get("_ta_text");
        text.open = true;
      }
    }, 8000);
    ends.push(() => clearInterval(patience), () => clearTimeout(silence));

    build(ui);
    ends.push(onTheme(root, (colours) => { ui.theme = colours; ui.redraw(); }));
    model.send({ ta: "hello" });
    return () => {
      for (const end of ends) end();
      try { model.send({ ta: "bye" }); } catch { /* the widget is closed already */ }
    };
  };
}

function showProblem(box, problem) {
  box.hidden = !problem;
  box.replaceChildren();
  if (!problem) return;
  box.append(
    make("div", {}, make("strong", {}, "✗ "), problem.sentence),
    make("pre", { tabindex: "0", "aria-label": "traceback" }, problem.traceback),
  );
}

// --- the picture that stays when the kernel is gone -------------------------------------------

async function sendStill(model, body, colours) {
  const kept = [];
  for (const el of body.querySelectorAll("canvas, svg")) {
    if (!el.getClientRects().length || el.parentElement.closest("svg")) continue;
    const box = el.getBoundingClientRect();
    const [width, height] = [el.clientWidth || box.width, el.clientHeight || box.height].map(Math.round);
    if (!width || !height) continue;
    const sheet = make("canvas");
    [sheet.width, sheet.height] = [1.5 * width, 1.5 * height];
    const c = sheet.getContext("2d");
    c.fillStyle = colours.paper;
    c.fillRect(0, 0, sheet.width, sheet.height);
    try {
      const source = el.tagName === "CANVAS" ? el : await svgAsImage(el, width, height);
      c.drawImage(source, 0, 0, sheet.width, sheet.height);
      const alt = el.getAttribute("aria-label") || "";
      kept.push({ alt, width, src: sheet.toDataURL("image/png") });
    } catch { /* a picture that cannot be kept is left out; its words are kept */ }
  }
  try { model.send({ ta: "still", pictures: kept }); } catch { /* closed in the meantime */ }
}

const STYLES = [
  "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "opacity",
  "font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline", "visibility",
  "display", "text-decoration", "marker-end", "marker-start", "stroke-linecap", "stroke-linejoin",
];

// The styles of an SVG are in the page's style sheets: write them into a copy, and draw that.
async function svgAsImage(svg, width, height) {
  const copy = svg.cloneNode(true);
  const [from, to] = [svg, copy].map((s) => [s, ...s.querySelectorAll("*")]);
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of STYLES) to[i].style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const text = new XMLSerializer().serializeToString(copy);
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await picture.decode();
  return picture;
}
