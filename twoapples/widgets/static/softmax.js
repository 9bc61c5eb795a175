// Scores, their softmax and the loss of the true class, see softmax.py.

export default {
  render: panel((ui) => {
    const picture = canvas(460, 290, "probabilities");
    let header = null;
    let p = [];
    let later = null;
    let said = "";

    const box = make("div", { class: "ta-weights" });
    let scores = [];
    const temperature = slider({
      label: "temperature T", name: "temperature", min: 0.1, max: 10, log: true, value: 1,
      onInput: (value) => ui.ask({ temperature: value }),
    });
    const added = slider({
      label: "added to every score", name: "added", min: 0, max: 1000, step: 50, value: 0,
      onInput: (value) => ui.ask({ added: value }),
    });
    const truth = select({
      label: "true class", name: "true", options: [], onChange: (value) => ui.tell({ true: Number(value) }),
    });
    const start = button({ label: "back to the start", name: "rewind", onClick: () => ui.tell({ rewind: true }) });
    const told = make("div", { class: "ta-told" });

    ui.root.append(make(
      "div", { class: "ta-side-by-side" },
      make("div", { class: "ta-controls ta-scores" }, box, temperature.el, added.el, truth.el, row(start)),
      make("div", { class: "ta-bars" }, picture.el, told),
    ));

    const build = () => {
      const end = Math.max(5, ...header.s.map((value) => Math.ceil(Math.abs(value))));
      scores = header.names.map((name, k) => slider({
        label: `score of ${name}`, name: `score ${k}`, min: -end, max: end, step: 0.1, value: header.s[k],
        format: (value) => value.toFixed(1),
        onInput: () => ui.ask({ s: scores.map((each) => each.value) }),
      }));
      box.replaceChildren(...scores.map((each) => each.el));
      truth.fill(header.names.map((name, k) => [k, name]));
    };

    // One bar, with its number above it. A value that is no number has no bar, only its text.
    const bar = (plot, at, value, text, { colour, width = 0.6, marked }) => {
      const c = plot.context;
      const u = plot.px(at - width / 2);
      const v = plot.px(at + width / 2);
      const ground = plot.area.top + plot.area.height;
      const high = Number.isFinite(value) ? Math.max(plot.area.top, plot.py(Math.max(0, value))) : ground;
      c.fillStyle = colour;
      c.fillRect(u, high, v - u, ground - high);
      if (marked) {
        // Seen without colours too: the bar of the true class has an edge and stripes.
        c.save();
        c.beginPath(); c.rect(u, high, v - u, ground - high); c.clip();
        c.strokeStyle = faint("#FFFFFF", 0.55); c.lineWidth = 2;
        for (let x = u - (ground - high); x < v; x += 9) {
          c.beginPath(); c.moveTo(x, ground); c.lineTo(x + (ground - high), high); c.stroke();
        }
        c.restore();
        c.strokeStyle = ui.theme.ink; c.lineWidth = 1.5;
        c.strokeRect(u, high, v - u, ground - high);
      }
      c.fillStyle = ui.theme.ink;
      [c.font, c.textAlign, c.textBaseline] = [ui.theme.font, "center", "bottom"];
      c.fillText(text, plot.px(at), high - 3);
    };

    const draw = () => {
      if (!header) return;
      const { theme } = ui;
      picture.clear();
      const count = header.names.length;
      const forLoss = header.has_loss ? 120 : 0;
      const c = picture.context;
      const plot = axes(picture, theme, {
        x: [-0.5, count - 0.5], y: [0, 1.08], title: "probabilities", xTicks: [], yTicks: [0, 0.2, 0.4, 0.6, 0.8, 1],
        bottom: 40, box: [0, 0, picture.width - forLoss, picture.height],
      });
      header.names.forEach((name, k) => {
        const marked = header.has_loss && k === header.true;
        if (header.known) bar(plot, k, p[k], header.p_text[k], { colour: theme.palette[0], marked });
        c.fillStyle = theme.ink;
        [c.font, c.textAlign, c.textBaseline] = [theme.font, "center", "top"];
        c.fillText(name, plot.px(k), plot.area.top + plot.area.height + 5);
        if (marked) c.fillText("(true)", plot.px(k), plot.area.top + plot.area.height + 20);
      });
      if (header.has_loss) {
        const longest = header.longest_loss;
        const loss = axes(picture, theme, {
          x: [-0.5, 0.5], y: [0, longest * 1.08], title: "loss", xTicks: [], bottom: 40, left: 34,
          box: [picture.width - forLoss, 0, forLoss, picture.height],
        });
        if (header.loss !== null) {
          const beyond = header.loss > longest ? " ↑" : "";
          bar(loss, 0, Math.min(header.loss, longest), header.loss_text + beyond, { colour: theme.palette[3] });
        }
        c.fillStyle = theme.ink;
        [c.textAlign, c.textBaseline] = ["center", "top"];
        c.fillText(`of ${header.names[header.true]}`, loss.px(0), loss.area.top + loss.area.height + 5);
      }
      const listed = header.known ? header.names.map((name, k) => `${name} ${header.p_text[k]}`).join(", ") : "none";
      picture.label(`Bars of the probabilities: ${listed}. ${header.sentences.join(" ")}`);
    };

    ui.onFrame((newHeader, arrays) => {
      header = newHeader;
      p = arrays.p;
      if (scores.length !== header.names.length) build();
      if (header.placed) {
        header.s.forEach((value, k) => scores[k].set(value));
        temperature.set(header.temperature);
        added.set(header.added);
      }
      truth.set(header.true);
      truth.el.hidden = !header.has_loss;
      told.replaceChildren(...header.sentences.map((text, k) => make(
        "div", { class: k ? "ta-note" : "ta-verdict" }, text,
      )));
      clearTimeout(later);
      const [sentence] = header.sentences;
      later = setTimeout(() => {
        if (sentence !== said) ui.announce(sentence);
        said = sentence;
      }, 400);
      draw();
    });
    ui.onTheme(draw);
    return () => clearTimeout(later);
  }),
};
