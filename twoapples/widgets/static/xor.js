// Two lines, and the plane of their answers, see xor.py.

const LOOKS = [{ dash: [], colour: 2 }, { dash: [9, 5], colour: 4 }]; // green, purple

export default {
  render: panel((ui) => {
    const left = canvas(360, 360, "the inputs and two lines");
    const right = canvas(360, 360, "the answers of the two perceptrons");
    const moving = movingLines(ui, left, 2);
    const legends = LOOKS.map(() => make("legend"));
    ui.show(
      make("div", { class: "ta-side-by-side" }, left, right),
      moving.told,
      make("div", { class: "ta-side-by-side" }, ...legends.map(
        (legend, k) => make("fieldset", { class: "ta-lines" }, legend, moving.sliders[k]),
      )),
      row(moving.start),
      make(
        "div", { class: "ta-note" },
        "Drag a line to move it, the ring at its arrow's tip to turn it. Keys, with the left picture in focus: "
        + "1 and 2 choose a line, ↑ ↓ move it, ← → turn it, with Shift in small steps.",
      ),
    );

    const named = ({ names, equations }) => names.map((name, k) => `${name}: ${equations[k]}`);
    ui.onFrame((header, arrays, { newest }) => {
      moving.take(header, arrays, newest);
      named(header).forEach((text, k) => { legends[k].textContent = text; });
    });

    ui.onDraw((header, arrays) => {
      const colours = ui.theme;
      const isSquare = (k) => arrays.t[k] === 1;
      const inputs = moving.plane({ names: ["x1", "x2"], title: "the inputs x" });
      LOOKS.forEach(({ colour: at, dash }, k) => {
        const [colour, held] = [colours.palette[at], moving.isChosen(k)];
        inputs.lineBetween(arrays[`line${k + 1}`], { colour, dash, width: held ? 4 : 2 });
        inputs.arrow(arrays[`arrow${k + 1}`], { colour, name: header.names[k], held });
      });
      arrays.t.forEach((_, k) => inputs.point(arrays.x.slice(2 * k), { square: isSquare(k) }));
      left.label(`The four points of XOR, with the lines ${named(header).join(" and ")}.`);

      const plane = drawPlane(right, colours, { ...header, title: "the feature space z" });
      plane.side(arrays.side);
      plane.lineBetween(arrays.line, { colour: colours.ink });
      for (const { place, points, text } of header.corners) {
        // Points that have gone to the same place stand side by side.
        points.forEach((k, i) => plane.point(
          place, { square: isSquare(k), shift: (i - (points.length - 1) / 2) * 19 },
        ));
        const [u, v] = [plane.px(place[0]), plane.py(place[1]) - 13];
        text.toReversed().forEach((written, i) => write(
          plane.context, written, u, v - 14 * i, colours, { align: "center", baseline: "bottom" },
        ));
      }
      right.label(header.sentences.join(" "));
    });
  }),
};
