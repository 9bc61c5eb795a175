// Scores, their softmax and the loss of the true class, see softmax.py.

export default {
  render: panel((ui) => {
    const picture = canvas(460, 290, "probabilities");
    const box = make("div", { class: "ta-weights" });
    const temperature = ui.slider("temperature", { label: "temperature T", min: 0.1, max: 10, log: true });
    const added = ui.slider("added", { label: "added to every score", max: 1000, step: 50 });
    const truth = ui.select("true", { label: "true class" });
    const start = ui.button("rewind", { label: "back to the start" });
    const told = make("div", { class: "ta-told" });
    let scores = [];

    ui.show(make(
      "div", { class: "ta-side-by-side" },
      make("div", { class: "ta-controls ta-scores" }, box, temperature, added, truth, row(start)),
      make("div", { class: "ta-bars" }, picture, told),
    ));

    const build = ({ names, s }) => {
      const end = Math.max(5, ...s.map((value) => Math.ceil(Math.abs(value))));
      scores = names.map((name, k) => slider({
        label: `score of ${name}`, name: `score ${k}`, min: -end, max: end, step: 0.1,
        format: (value) => value.toFixed(1),
        onChange: () => ui.ask({ s: scores.map((each) => each.value) }),
      }));
      box.replaceChildren(...scores.map(elementOf));
    };

    // One bar, with its number above it. A value that is no number has no bar, only its text.
    const bar = ({ context: c, area, ground, px, py }, at, value, text, { colour, marked }) => {
      const [u, v] = [px(at - 0.3), px(at + 0.3)];
      const top = Number.isFinite(value) ? Math.max(area.top, py(Math.max(0, value))) : ground;
      const high = ground - top;
      c.fillStyle = colour;
      c.fillRect(u, top, v - u, high);
      if (marked) {
        // Seen without colours too: the bar of the true class has an edge and stripes.
        c.save();
        c.beginPath(); c.rect(u, top, v - u, high); c.clip();
        for (let x = u - high; x < v; x += 9) {
          stroke(c, [[x, ground], [x + high, top]], { colour: faint("#FFFFFF", 0.55), width: 2 });
        }
        c.restore();
        c.strokeStyle = ui.theme.ink; c.lineWidth = 1.5;
        c.strokeRect(u, top, v - u, high);
      }
      write(c, text, px(at), top - 3, ui.theme, { align: "center", baseline: "bottom" });
    };

    ui.onFrame((header, _, { newest }) => {
      if (scores.length !== header.names.length) build(header);
      if (newest) header.s.forEach((value, k) => scores[k].set(value));
      fillSentences(told, header.sentences);
    });

    ui.onDraw((header, { p }) => {
      const { names, known, p_text: written, has_loss: hasLoss, loss, longest_loss: longest } = header;
      const { palette } = ui.theme;
      picture.clear();
      const truthIs = Number(header.chosen.true);
      const forLoss = hasLoss ? 120 : 0;
      const below = (plot, text, k, line = 0) => write(
        plot.context, text, plot.px(k), plot.ground + 5 + 15 * line, ui.theme, { align: "center" },
      );
      const plot = axes(picture, ui.theme, {
        x: [-0.5, names.length - 0.5], y: [0, 1.08], title: "probabilities", xTicks: [], bottom: 40,
        yTicks: [0, 0.2, 0.4, 0.6, 0.8, 1], box: [0, 0, picture.width - forLoss, picture.height],
      });
      names.forEach((name, k) => {
        const marked = hasLoss && k === truthIs;
        if (known) bar(plot, k, p[k], written[k], { colour: palette[0], marked });
        below(plot, name, k);
        if (marked) below(plot, "(true)", k, 1);
      });
      if (hasLoss) {
        const plane = axes(picture, ui.theme, {
          x: [-0.5, 0.5], y: [0, longest * 1.08], title: "loss", xTicks: [], bottom: 40, left: 34,
          box: [picture.width - forLoss, 0, forLoss, picture.height],
        });
        const text = header.loss_text + (loss > longest ? " ↑" : "");
        if (loss !== null) bar(plane, 0, Math.min(loss, longest), text, { colour: palette[3] });
        below(plane, `of ${names[truthIs]}`, 0);
      }
      const listed = known ? names.map((name, k) => `${name} ${written[k]}`).join(", ") : "none";
      picture.label(`Bars of the probabilities: ${listed}. ${header.sentences.join(" ")}`);
    });
  }),
};
