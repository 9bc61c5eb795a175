// What all widgets of the course share: controls, the way to Python, the panel. anywidget takes one
// script, so that of a widget is: this file, drawing.js, then the widget's own, which ends with
//
//   export default { render: panel((ui) => { … }) };
//
// `ui` has: root (the element), theme (colours, see `readTheme`), ask, tell, onFrame, onTheme,
// announce. See docs/widgets.md for an example.

// --- elements ---------------------------------------------------------------------------------

// Make an element: make("div", {class: "ta-row", title: "…"}, child, "text").
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// Put controls side by side; they wrap where there is no room.
const row = (...children) => make("div", { class: "ta-row" }, ...children.map(elementOf));
const column = (...children) => make("div", { class: "ta-column" }, ...children.map(elementOf));
const elementOf = (thing) => thing?.el ?? thing;

let controls = 0;
const nextId = () => `ta-control-${(controls += 1)}-${Math.random().toString(36).slice(2, 8)}`;

// A slider with a label and its value. With `log` it moves by factors: min, max and value stay the
// plain numbers, `step` counts in decades. `onInput(value)` is called while it moves.
function slider({
  label, name = label, min, max, step, value, log = false, format = number, onInput = () => {},
}) {
  const id = nextId();
  const there = log ? Math.log10 : (v) => v;
  const back = log ? (v) => Number((10 ** v).toPrecision(3)) : (v) => v;
  const input = make("input", {
    type: "range", id, min: there(min), max: there(max),
    step: step ?? (log ? 0.05 : (max - min) / 100), "data-ta-name": name,
  });
  const shown = make("output", { for: id, class: "ta-value" });
  const read = () => back(Number(input.value));
  const tell = () => {
    shown.textContent = format(read());
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  const set = (v) => { input.value = there(v); tell(); };
  set(value);
  input.addEventListener("input", () => { tell(); onInput(read()); });
  const el = make("div", { class: "ta-slider" }, make("label", { for: id }, label), input, shown);
  return {
    el, input, set,
    get value() { return read(); },
    // While a person holds the slider, what comes from Python does not move it.
    get held() { return input.matches(":active"); },
    enable(on) { input.disabled = !on; },
  };
}

function button({ label, name = label, title, onClick = () => {}, pressed }) {
  const el = make("button", {
    type: "button", class: "ta-button", title, "data-ta-name": name,
    "aria-label": title, "aria-pressed": pressed === undefined ? null : String(pressed),
  }, label);
  el.addEventListener("click", () => onClick());
  return {
    el,
    set(text, hint) {
      el.textContent = text;
      if (hint) { el.title = hint; el.setAttribute("aria-label", hint); }
    },
    press(on) { el.setAttribute("aria-pressed", String(on)); },
    enable(on) { el.disabled = !on; },
  };
}

// A list to choose from; `options` are texts, or pairs of a value and its text.
function select({ label, name = label, options, value, onChange = () => {} }) {
  const id = nextId();
  const field = make("select", { id, "data-ta-name": name });
  const fill = (entries) => {
    field.replaceChildren(...entries.map((entry) => {
      const [v, text] = Array.isArray(entry) ? entry : [entry, entry];
      return make("option", { value: v }, String(text));
    }));
  };
  fill(options);
  if (value !== undefined) field.value = value;
  field.addEventListener("change", () => onChange(field.value));
  const el = make("div", { class: "ta-select" }, make("label", { for: id }, label), field);
  return {
    el, field, fill,
    get value() { return field.value; },
    set(v) { field.value = v; },
    enable(on) { field.disabled = !on; },
  };
}

function checkbox({ label, name = label, value = false, onChange = () => {} }) {
  const id = nextId();
  const input = make("input", { type: "checkbox", id, "data-ta-name": name });
  input.checked = value;
  input.addEventListener("change", () => onChange(input.checked));
  const el = make("div", { class: "ta-checkbox" }, input, make("label", { for: id }, label));
  return {
    el, input,
    get value() { return input.checked; },
    set(v) { input.checked = v; },
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
      if (el.width !== Math.round(made.width * ratio) || el.height !== Math.round(made.height * ratio)) {
        el.width = Math.round(made.width * ratio);
        el.height = Math.round(made.height * ratio);
        el.style.width = `${made.width}px`;
        el.style.aspectRatio = `${made.width} / ${made.height}`;
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, made.width, made.height);
      return context;
    },
    resize(w, h) { made.width = w; made.height = h; made.clear(); },
    // Where on the canvas an event of the mouse happened, in the numbers that one draws in.
    at(event) {
      const box = el.getBoundingClientRect();
      return [
        ((event.clientX - box.left) / box.width) * made.width,
        ((event.clientY - box.top) / box.height) * made.height,
      ];
    },
  };
  made.clear();
  return made;
}

// Follow a pointer that is pressed on a canvas (or another element that has `at`):
// down(x, y, event), move(x, y, event) while it is pressed, up(x, y, event).
function drag(target, { down = () => {}, move = () => {}, up = () => {} }) {
  const el = elementOf(target);
  el.style.touchAction = "none";
  el.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    el.setPointerCapture(event.pointerId);
    down(...target.at(event), event);
  });
  el.addEventListener("pointermove", (event) => {
    if (el.hasPointerCapture(event.pointerId)) move(...target.at(event), event);
  });
  const end = (event) => {
    if (!el.hasPointerCapture(event.pointerId)) return;
    el.releasePointerCapture(event.pointerId);
    up(...target.at(event), event);
  };
  el.addEventListener("pointerup", end);
  el.addEventListener("pointercancel", end);
}

// --- the way to Python ------------------------------------------------------------------------

// At most one message is under way. What waits is sent when Python has answered; of messages with
// the same key only the newest waits, so that no queue of old slider positions builds up.
const lines = new WeakMap();

function lineOf(model) {
  if (!lines.has(model)) lines.set(model, { n: 0, away: null, waiting: [], since: 0, roots: new Set() });
  return lines.get(model);
}

// On the page stands whether the picture is still to follow what was done last: a control moves at
// once, the picture when Python has answered.
function markWaiting(line) {
  const waits = line.away !== null || line.waiting.length > 0;
  for (const root of line.roots) root.dataset.taWaiting = waits ? "yes" : "no";
}

// Ask for something that a newer wish replaces: the position of a slider.
function ask(model, message, key = Object.keys(message).sort().join()) {
  const line = lineOf(model);
  line.waiting = line.waiting.filter((entry) => entry.key !== key);
  line.waiting.push({ key, message });
  sendNext(model);
}

// Ask for something that must not be lost: a press on a button.
function tell(model, message) {
  lineOf(model).waiting.push({ key: null, message });
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
  markWaiting(line);
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

// Call back for each frame that Python pushes, with its header and its arrays; return how to stop.
function onFrame(model, draw) {
  const listen = (message, buffers) => {
    if (message?.ta !== "frame") return;
    const arrays = {};
    message.arrays.forEach(({ name, shape, dtype }, i) => {
      const view = buffers[i];
      const Kind = dtype === "uint8" ? Uint8Array : Float32Array;
      // A typed array has to begin at a multiple of its size; a copy always does.
      const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
      arrays[name] = Object.assign(new Kind(bytes), { shape });
    });
    try {
      draw(revive(message.header), arrays);
    } finally {
      // Frames that nobody asked for are acknowledged, so that Python does not run ahead.
      if (message.frame !== null) model.send({ ta: "taken", frame: message.frame });
    }
  };
  model.on("msg:custom", listen);
  return () => model.off("msg:custom", listen);
}

// --- the panel --------------------------------------------------------------------------------

// Return the `render` of a widget: the root element with what all have in common, and in it what
// `build(ui)` puts there. `build` may return a function that is called when the view goes.
function panel(build) {
  return ({ model, el }) => {
    const kind = model.get("_ta_kind");
    const live = make("div", { class: "ta-aloud", "aria-live": "polite" });
    const status = make("div", { class: "ta-status", "aria-live": "polite", hidden: true });
    const problem = make("div", { class: "ta-problem", role: "alert", hidden: true });
    const words = make("div", {});
    const text = make("details", { class: "ta-text" }, make("summary", {}, "As text"), words);
    const body = make("div", { class: "ta-body" });
    const root = make("div", {
      class: "ta-panel", role: "group", "aria-label": kind.replaceAll("_", " "),
      "data-ta-widget": kind, "data-ta-frame": "0", "data-ta-waiting": "no",
    }, body, problem, status, text, live);
    el.append(root);

    const { roots } = lineOf(model);
    roots.add(root);
    const stops = [() => roots.delete(root)];
    let drawn = 0;
    let later = null;
    const ui = {
      model, root: body, panel: root, theme: readTheme(root),
      ask: (message, key) => ask(model, message, key),
      tell: (message) => tell(model, message),
      announce: (sentence) => { live.textContent = sentence; },
      onTheme: (changed) => stops.push(theme(root, (colours) => { ui.theme = colours; changed(colours); })),
      onFrame: (draw) => stops.push(onFrame(model, (header, arrays) => {
        if (body.hidden) { // the kernel was only busy for longer than our patience
          body.hidden = false;
          text.open = false;
        }
        draw(header, arrays);
        drawn += 1;
        root.dataset.taFrame = String(drawn);
        words.dataset.stale = "yes";
        if (text.open) readText();
        clearTimeout(later);
        later = setTimeout(() => sendStill(model, body, ui.theme), 1200);
      })),
    };

    const readText = () => {
      if (words.dataset.stale === "asked") return;
      words.dataset.stale = "asked";
      setTimeout(() => model.send({ ta: "text" }), 150);
    };
    text.addEventListener("toggle", () => { if (text.open) readText(); });

    const listen = (message) => {
      if (message?.ta === "done") answered(model, message.n);
      else if (message?.ta === "say") ui.announce(message.text);
      else if (message?.ta === "problem") showProblem(problem, message.problem);
      else if (message?.ta === "text") { words.innerHTML = message.html; words.dataset.stale = ""; }
    };
    model.on("msg:custom", listen);
    stops.push(() => model.off("msg:custom", listen));

    // JupyterLab has shortcuts of single keys, D twice deletes a cell. They are not meant here.
    root.addEventListener("keydown", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") {
        event.stopPropagation();
      }
    });

    const patience = setInterval(() => {
      const line = lineOf(model);
      const waits = line.away !== null && performance.now() - line.since > 1500;
      if (status.hidden === waits) {
        status.hidden = !waits;
        status.textContent = waits
          ? "Waiting for the kernel. It runs another cell, or it was restarted: then run this cell again."
          : "";
      }
    }, 500);
    stops.push(() => clearInterval(patience));

    // Without a kernel no frame ever comes: then the words have to do.
    const silence = setTimeout(() => {
      if (drawn === 0 && problem.hidden && model.get("_ta_text")) {
        body.hidden = true;
        words.innerHTML = model.get("_ta_text");
        text.open = true;
      }
    }, 8000);
    stops.push(() => clearTimeout(silence), () => clearTimeout(later));

    const stop = build(ui);
    if (stop) stops.push(stop);
    model.send({ ta: "hello" });
    return () => {
      for (const end of stops) end();
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
  const pictures = [];
  for (const el of body.querySelectorAll("canvas, svg")) {
    if (!el.getClientRects().length || el.parentElement.closest("svg")) continue;
    const width = Math.round(el.clientWidth || el.getBoundingClientRect().width);
    const height = Math.round(el.clientHeight || el.getBoundingClientRect().height);
    if (!width || !height) continue;
    const sheet = make("canvas", {});
    [sheet.width, sheet.height] = [1.5 * width, 1.5 * height];
    const c = sheet.getContext("2d");
    c.fillStyle = colours.paper;
    c.fillRect(0, 0, sheet.width, sheet.height);
    try {
      const source = el.tagName === "CANVAS" ? el : await svgAsImage(el, width, height);
      c.drawImage(source, 0, 0, sheet.width, sheet.height);
      const alt = el.getAttribute("aria-label") || "";
      pictures.push({ alt, width, src: sheet.toDataURL("image/png") });
    } catch { /* a picture that cannot be kept is left out; its words are kept */ }
  }
  try { model.send({ ta: "still", pictures }); } catch { /* closed in the meantime */ }
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
