"use strict";
// Tooltips and arrow keys for the plots; sorting, filtering and pages for the table of students.
// Text goes into the page as text, never as HTML. Without this script the page keeps its plots,
// lists and tables, except the table of students.

const tip = document.createElement("div");
tip.className = "tip hidden";
tip.setAttribute("aria-hidden", "true"); // what it says is the bar's own name
document.body.append(tip);

function showTip(bar) {
  tip.textContent = bar.getAttribute("aria-label");
  tip.classList.remove("hidden");
  const box = bar.getBoundingClientRect();
  const left = Math.min(box.left + box.width / 2, document.documentElement.clientWidth - 12 - tip.offsetWidth);
  tip.style.left = `${Math.max(8, left) + window.scrollX}px`;
  tip.style.top = `${Math.max(0, box.top - tip.offsetHeight - 6) + window.scrollY}px`;
}

for (const plot of document.querySelectorAll("[data-plot]")) {
  const bars = [...plot.querySelectorAll(".bar")];
  // The script's tooltip takes the place of the browser's slower one.
  for (const bar of bars) bar.querySelector("title").remove();
  const to = (bar) => {
    for (const other of bars) other.setAttribute("tabindex", other === bar ? "0" : "-1");
    bar.focus();
  };
  plot.addEventListener("keydown", (event) => {
    const at = bars.indexOf(event.target);
    const last = bars.length - 1;
    const next = {
      ArrowRight: Math.min(at + 1, last), ArrowDown: Math.min(at + 1, last),
      ArrowLeft: Math.max(at - 1, 0), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last,
    }[event.key];
    if (event.key === "Escape") tip.classList.add("hidden");
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    to(bars[next]);
  });
  plot.addEventListener("pointerover", (event) => {
    const bar = event.target.closest(".bar");
    if (bar) showTip(bar);
  });
  plot.addEventListener("pointerleave", () => tip.classList.add("hidden"));
  plot.addEventListener("focusin", (event) => showTip(event.target));
  plot.addEventListener("focusout", () => tip.classList.add("hidden"));
}

// The table of students. Rows come as arrays: [student, handed in, hours late, state, score, share,
// then for each exercise score and number of what was told].
const data = JSON.parse(document.getElementById("students-data").textContent);
const table = document.getElementById("students-table");
const [search, only, size] = ["search", "only", "size"].map((id) => document.getElementById(id));
const [before, after] = ["before", "after"].map((id) => document.getElementById(id));
const status = document.getElementById("shown");
const FIRST = 6; // columns before the exercises
const MOST_PRINTED = 2000;
const persons = new Set(data.persons);
const unprotected = new Map(Object.entries(data.unprotected).flatMap(([kind, rows]) => rows.map((row) => [row, kind])));
const MARKS = { none: " no sandbox", unknown: " sandbox unknown" };
const comparing = new Intl.Collator(undefined, { numeric: true });
let order = data.rows.map((_, index) => index);
let chosen = order;
let page = 0;

function told(row, exercise) {
  return data.told[row[FIRST + 2 * exercise + 1]];
}

function cells(row) {
  const texts = [row[0], row[1], row[2] ? `${row[2]} h` : "", row[3], row[4], row[5] === null ? null : `${row[5]} %`];
  data.exercises.forEach((_, k) => texts.push(row[FIRST + 2 * k]));
  return texts.map((text) => (text === null || text === undefined ? "–" : String(text)));
}

function draw(from, count) {
  const body = document.createElement("tbody");
  for (const index of chosen.slice(from, from + count)) {
    const row = data.rows[index];
    const line = body.insertRow();
    cells(row).forEach((text, column) => {
      const cell = document.createElement(column ? "td" : "th");
      if (!column) cell.scope = "row";
      const holder = cell.appendChild(document.createElement(column ? "span" : "bdi"));
      holder.textContent = text;
      if (column === 2 || column > 3) cell.className = "number";
      if (column === 3 && unprotected.has(index)) {
        const note = cell.appendChild(document.createElement("span"));
        note.className = "quiet";
        note.textContent = MARKS[unprotected.get(index)];
      }
      const what = column >= FIRST ? told(row, column - FIRST) : null;
      if (what && what.kind !== "right" && what.kind) {
        const note = cell.appendChild(document.createElement("span"));
        note.className = "quiet";
        note.textContent = ` ${what.kind}`;
        if (what.message) note.title = what.message;
      }
      line.append(cell);
    });
  }
  table.tBodies[0].replaceWith(body);
}

function update() {
  const each = Number(size.value) || chosen.length || 1;
  const pages = Math.max(1, Math.ceil(chosen.length / each));
  page = Math.min(Math.max(page, 0), pages - 1);
  draw(page * each, each);
  before.disabled = page === 0;
  after.disabled = page === pages - 1;
  const first = chosen.length ? page * each + 1 : 0;
  status.textContent =
    `${first} to ${Math.min((page + 1) * each, chosen.length)} of ${chosen.length} students` +
    (chosen.length < data.rows.length ? ` (${data.rows.length} in all)` : "");
}

function choose() {
  const wanted = search.value.trim().toLocaleLowerCase();
  const [what, exercise, number] = only.value.split(":");
  chosen = order.filter((index) => {
    const row = data.rows[index];
    if (what === "state" && row[3] !== exercise) return false;
    if (what === "late" && !(row[2] > 0)) return false;
    if (what === "person" && !persons.has(index)) return false;
    if (what === "isolation" && unprotected.get(index) !== exercise) return false;
    if (what === "told" && row[FIRST + 2 * Number(exercise) + 1] !== Number(number)) return false;
    return !wanted || String(row[0]).toLocaleLowerCase().includes(wanted);
  });
  page = 0;
  update();
}

function sort(column, down) {
  const at = column < FIRST ? column : FIRST + 2 * (column - FIRST);
  const value = (index) => data.rows[index][at];
  const sign = down ? -1 : 1;
  const numbers = column === 2 || column > 3;
  const position = new Map(order.map((index, place) => [index, place]));
  order = [...order].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    // Nothing comes last, whichever way the rest is sorted.
    const none = (x === null || x === "") - (y === null || y === "");
    if (none) return none;
    const difference = numbers ? x - y : comparing.compare(x, y);
    return sign * difference || position.get(a) - position.get(b);
  });
  choose();
}

table.tHead.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const head = button.closest("th");
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  sort(head.cellIndex, down);
});
search.addEventListener("input", choose);
only.addEventListener("change", choose);
size.addEventListener("change", () => { page = 0; update(); });
before.addEventListener("click", () => { page -= 1; update(); });
after.addEventListener("click", () => { page += 1; update(); });
for (const button of document.querySelectorAll("button.show")) {
  button.addEventListener("click", () => {
    only.value = button.dataset.only;
    search.value = "";
    choose();
    document.getElementById("students").scrollIntoView();
    table.closest(".wide").focus();
  });
}
// On paper there are no pages to turn.
window.addEventListener("beforeprint", () => draw(0, MOST_PRINTED));
window.addEventListener("afterprint", update);
document.getElementById("no-table").hidden = true;
document.getElementById("table-parts").hidden = false;
update();
