// The decision line of a perceptron, see perceptron.py.

export default {
  render: panel((ui) => {
    const picture = canvas(390, 390, "points and a decision line");
    const moving = movingLines(ui, picture, 1);
    const tasks = ui.select("task", { label: "targets" });
    const learning = row(
      ui.button("step", { label: "one delta-rule step" }), ui.select("rate", { label: "learning rate" }),
    );
    const equation = make("div", { class: "ta-equation" });
    const loss = make("div", { class: "ta-equation" });
    const legend = ["■ target 1", "○ target 0", "✗ misclassified", "shaded: score above 0"];
    ui.show(
      make(
        "div", { class: "ta-side-by-side" },
        make("div", {}, picture, make("div", { class: "ta-row ta-note" }, ...legend.map((text) => make("span", {}, text)))),
        make(
          "div", { class: "ta-controls" },
          tasks, ...moving.sliders, equation, loss, moving.told, learning, row(moving.start),
        ),
      ),
      make(
        "div", { class: "ta-note" },
        "Drag the line to move it, the ring at the arrow's tip to turn it. Keys, with the picture in focus: "
        + "↑ ↓ move, ← → turn, with Shift in small steps.",
      ),
    );

    ui.onFrame((header, arrays, { newest }) => {
      moving.take(header, arrays, newest);
      learning.hidden = !header.can_step;
      [equation.textContent] = header.equations;
      loss.textContent = header.loss;
    });

    ui.onDraw((header, { x, t, wrong, side1, line1, arrow1 }) => {
      const plane = moving.plane();
      plane.side(side1);
      plane.lineBetween(line1, { colour: ui.theme.ink });
      plane.arrow(arrow1, { colour: ui.theme.palette[2], name: "w" });
      t.forEach((target, k) => plane.point(x.slice(2 * k), { square: target === 1, wrong: wrong[k] === 1 }));
      const words = [...header.sentences, header.loss].join(" ").trim();
      picture.label(`${t.length} points and the decision line ${header.equations[0]}. ${words}`);
    });
  }),
};
