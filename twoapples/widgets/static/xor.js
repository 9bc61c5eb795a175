// Two lines, and the plane of their answers, see xor.py.

export default {
  render: panel((ui) => {
    const left = canvas(360, 360, "the inputs and two lines");
    const right = canvas(360, 360, "the answers of the two perceptrons");
    const serial = serials();
    const announce = announcer(ui);
    let header = null;
    let arrays = {};
    let plot = null;
    let chosen = 0;
    let wish = [{ w: [0, 0], b: 0 }, { w: [0, 0], b: 0 }];

    const send = () => ui.ask(
      { lines: wish.map(({ w, b }) => [...w, b]), serial: serial.next() }, "lines",
    );
    const groups = [0, 1].map((k) => {
      const sliders = weightSliders(["w1", "w2", "b"], (line) => {
        wish[k] = line;
        if (chosen !== k) choose(k);
        send();
      });
      const legend = make("legend", {});
      return { sliders, legend, el: make("fieldset", { class: "ta-lines" }, legend, sliders.el) };
    });
    const start = button({
      label: "back to the start", name: "rewind", onClick: () => ui.tell({ rewind: true, serial: serial.next() }),
    });
    const told = make("div", { class: "ta-told" });

    ui.root.append(
      make("div", { class: "ta-side-by-side" }, left.el, right.el),
      told,
      make("div", { class: "ta-side-by-side" }, ...groups.map((group) => group.el)),
      row(start),
      make(
        "div", { class: "ta-note" },
        "Drag a line to move it, the ring at its arrow's tip to turn it. Keys, with the left picture in focus: "
        + "1 and 2 choose a line, ↑ ↓ move it, ← → turn it, with Shift in small steps.",
      ),
    );

    const choose = (k) => {
      chosen = k;
      draw();
    };
    movable(left, {
      state: () => ({
        plot, lines: wish, arrows: [arrays.arrow1, arrays.arrow2], low: header?.low, high: header?.high, chosen,
      }),
      choose,
      place: (k, line) => {
        wish[k] = line;
        groups[k].sliders.set(line, header.reach);
        send();
      },
    });

    const pointAt = (k) => [arrays.x[2 * k], arrays.x[2 * k + 1]];
    const isSquare = (k) => arrays.t[k] === 1;

    const drawLeft = () => {
      const { theme } = ui;
      plot = drawPlane(left, theme, { ...header, names: ["x1", "x2"], title: "the inputs x" });
      plot.font = theme.font;
      [[arrays.line1, arrays.arrow1], [arrays.line2, arrays.arrow2]].forEach(([line, arrow], k) => {
        const style = LINE_STYLES[k];
        const colour = theme.palette[style.colour];
        drawLine(plot, line, { colour, dash: style.dash, width: k === chosen ? 4 : 2 });
        drawArrow(plot, arrow, { colour, name: header.names[k], held: k === chosen });
      });
      for (let k = 0; k < arrays.t.length; k += 1) drawPoint(plot, pointAt(k), { square: isSquare(k) }, theme);
      left.label(
        `The four points of XOR, with the lines ${header.names.map((n, k) => `${n}: ${header.equations[k]}`).join(" and ")}.`,
      );
    };

    const drawRight = () => {
      const { theme } = ui;
      const plane = drawPlane(right, theme, { ...header, title: "the feature space z" });
      drawSide(plane, arrays.side, theme);
      drawLine(plane, arrays.line, { colour: theme.ink });
      const c = plane.context;
      for (const { place, points, text } of header.corners) {
        // Points that have gone to the same place stand side by side.
        points.forEach((k, i) => {
          const shift = (i - (points.length - 1) / 2) * 19;
          drawPoint(plane, place, { square: isSquare(k), shift }, theme);
        });
        [c.font, c.fillStyle, c.textAlign, c.textBaseline] = [theme.font, theme.ink, "center", "bottom"];
        text.forEach((written, i) => {
          c.fillText(written, plane.px(place[0]), plane.py(place[1]) - 13 - 14 * (text.length - 1 - i));
        });
      }
      right.label(header.sentences.join(" "));
    };

    const draw = () => {
      if (!header) return;
      drawLeft();
      drawRight();
    };

    ui.onFrame((newHeader, newArrays) => {
      [header, arrays] = [newHeader, newArrays];
      if (serial.isNewest(header.serial)) {
        wish = header.lines.map(([w1, w2, b]) => ({ w: [w1, w2], b }));
        groups.forEach((group, k) => group.sliders.set(wish[k], header.reach));
      }
      groups.forEach((group, k) => {
        group.legend.textContent = `${header.names[k]}: ${header.equations[k]}`;
      });
      fillSentences(told, header.sentences, header.separable);
      announce(header.sentences[0]);
      draw();
    });
    ui.onTheme(draw);
  }),
};
