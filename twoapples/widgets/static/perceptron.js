// The decision line of a perceptron, see perceptron.py.

export default {
  render: panel((ui) => {
    const picture = canvas(390, 390, "points and a decision line");
    const serial = serials();
    const announce = announcer(ui);
    let header = null;
    let arrays = {};
    let plot = null;
    let wish = { w: [0, 0], b: 0 };

    const move = (line) => {
      wish = line;
      ui.ask({ w: line.w, b: line.b, serial: serial.next() }, "line");
    };
    const press = (message) => ui.tell({ ...message, serial: serial.next() });

    const sliders = weightSliders(["w1", "w2", "b"], move);
    const tasks = select({ label: "targets", name: "task", options: [], onChange: (task) => press({ task }) });
    const rates = select({
      label: "learning rate", name: "rate", options: [], onChange: (rate) => press({ rate: Number(rate) }),
    });
    const step = button({ label: "one delta-rule step", name: "step", onClick: () => press({ step: true }) });
    const start = button({ label: "back to the start", name: "rewind", onClick: () => press({ rewind: true }) });
    const learning = row(step, rates);
    const equation = make("div", { class: "ta-equation" });
    const loss = make("div", { class: "ta-equation" });
    const told = make("div", { class: "ta-told" });

    ui.root.append(
      make(
        "div", { class: "ta-side-by-side" },
        make(
          "div", {}, picture.el,
          make(
            "div", { class: "ta-row ta-note" },
            ...["■ target 1", "○ target 0", "✗ misclassified", "shaded: score above 0"].map(
              (text) => make("span", {}, text)),
          ),
        ),
        make("div", { class: "ta-controls" }, tasks.el, sliders.el, equation, loss, told, learning, row(start)),
      ),
      make(
        "div", { class: "ta-note" },
        "Drag the line to move it, the ring at the arrow's tip to turn it. Keys, with the picture in focus: "
        + "↑ ↓ move, ← → turn, with Shift in small steps.",
      ),
    );

    movable(picture, {
      state: () => ({
        plot, lines: [wish], arrows: [arrays.arrow], low: header?.low, high: header?.high, chosen: 0,
      }),
      choose: () => {},
      place: (_, line) => {
        sliders.set(line, header.reach);
        move(line);
      },
    });

    const draw = () => {
      if (!header) return;
      const { theme } = ui;
      plot = drawPlane(picture, theme, header);
      plot.font = theme.font;
      drawSide(plot, arrays.side, theme);
      drawLine(plot, arrays.line, { colour: theme.ink });
      drawArrow(plot, arrays.arrow, { colour: theme.palette[2], name: "w" });
      for (let k = 0; k < arrays.t.length; k += 1) {
        const point = [arrays.x[2 * k], arrays.x[2 * k + 1]];
        drawPoint(plot, point, { square: arrays.t[k] === 1, wrong: arrays.wrong[k] === 1 }, theme);
      }
      const words = [...header.sentences, header.loss].join(" ").trim();
      picture.label(`${arrays.t.length} points and the decision line ${header.equation}. ${words}`);
    };

    ui.onFrame((newHeader, newArrays) => {
      [header, arrays] = [newHeader, newArrays];
      if (serial.isNewest(header.serial)) {
        wish = { w: header.w, b: header.b };
        sliders.set(wish, header.reach);
        tasks.fill(header.tasks);
        tasks.set(header.task);
        rates.fill(header.rates.map((rate) => [rate, number(rate)]));
        rates.set(header.rate);
      }
      tasks.el.hidden = header.tasks.length < 2;
      learning.hidden = !header.can_step;
      equation.textContent = header.equation;
      loss.textContent = header.loss;
      fillSentences(told, header.sentences, header.known && header.errors === 0);
      announce(header.sentences[0]);
      draw();
    });
    ui.onTheme(draw);
  }),
};
