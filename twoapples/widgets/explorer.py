"""The training explorer: a training that one can watch, stop, and steer while it runs."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from twoapples.trainer import PROBLEMS, Trainer
from twoapples.widgets.base import Panel, esm
from twoapples.widgets.tables import as_html

__all__ = ["TrainingExplorer", "explore_training"]

_FRAME = 0.04  # seconds from one frame to the next: 25 a second, if the browser takes them
_BUDGET = 0.03  # seconds of training in a frame, so that sliders are heard in between
_GRID = 60  # points along each side of the decision boundary
_PICTURES = 20
_LARGEST = 64  # rows and columns of a weight matrix that are drawn
_WIDTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 50)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


def explore_training(
    data: Any = "spirals",
    widths: Any = (16, 16),
    *,
    layers: Mapping[str, Any] | None = None,
    net: Any = None,
    optimizer: Any = "SGD",
    activation: str = "ReLU",
    rate: float = 0.1,
    batch_size: int = 32,
    seed: int = 0,
) -> TrainingExplorer:
    """Show a training that you can start, stop, rewind, and steer while it runs.

    Parameters
    ----------
    data : str, Dataset, SplitDataset or tuple of arrays
        "six pictures", "xor", "moons", "spirals", "circles", "iris" or "digits"; or your own data,
        ``(X, t)`` or ``(X, t, X_test, t_test)``, which are used as they are.
    widths : sequence of int
        Widths of the hidden layers.
    layers : mapping of str to class, optional
        Your own layers: ``{"Affine": Affine, "ReLU": ReLU, "SoftmaxWithLoss": SoftmaxWithLoss}``,
        with "Sigmoid" and "Tanh" as well if they shall be there to choose from.
    net : class or object, optional
        Your own network: the class `TwoLayerNet`, or a network that you have made.
    optimizer : str, class, object or mapping of str to class
        "SGD", "Momentum" or "Adam"; or your own: ``SGD``, or ``{"SGD": SGD, "Momentum": Momentum}``
        to choose from.
    activation : str
        "ReLU", "Tanh" or "Sigmoid".
    rate : float
        Learning rate at first.
    batch_size : int
        Cases of an update.
    seed : int
        Decides on the first weights and on the order of the cases.

    Returns
    -------
    TrainingExplorer
        The widget; `trainer` is what it drives. Put the call last in a cell to see it.
    """
    settings = (data, widths, activation, optimizer, rate, batch_size, seed)
    # Not started: an error in the learner's layers belongs into the widget.
    return TrainingExplorer(Trainer(*settings, layers=layers, net=net, start=False))


class TrainingExplorer(Panel):
    """The widget that `explore_training` returns; the `trainer` may not have been started yet."""

    kind = "explore_training"
    _esm = esm("explorer.js")

    def __init__(self, trainer: Trainer) -> None:
        super().__init__()
        self.trainer = trainer
        self.speed = max(1, trainer.updates_an_epoch)  # updates from one frame to the next
        self.playing = False
        self._run = 0  # the loop that may go on; another number, another loop

    # --- messages -------------------------------------------------------------------------------

    def answer(self, message: dict[str, Any]) -> None:
        """Obey a control of the widget, and push what there is to see then."""
        trainer = self.trainer
        whole = not message.keys() <= {"rate", "speed", "play", "step", "epoch", "batch"}
        if not trainer.started:
            whole = True
            trainer.rewind()
        does: dict[str, Callable[[Any], object]] = {
            "rate": lambda rate: trainer.set_rate(float(rate)),
            "speed": lambda speed: setattr(self, "speed", max(1, int(speed))),
            "batch": lambda size: trainer.change(batch_size=int(size)),
            "step": lambda steps: trainer.step(int(steps)),
            "epoch": lambda _: trainer.step(trainer.updates_an_epoch),
            "set": lambda changes: trainer.change(**changes),
            "rewind": lambda _: trainer.rewind(),
            "reseed": lambda _: trainer.reseed(),
            "forget": lambda _: trainer.forget(),
            "play": self._play,
        }
        for name, act in does.items():
            if name in message:
                act(message[name])
        if not whole and message.keys() <= {"rate", "speed"}:  # the network is as it was
            self.push({"playing": self.playing, "rates": trainer.history.rates})
            return
        if not self.playing:
            trainer.record()
        self._show_frame(whole)
        if message.keys() & {"step", "epoch", "rewind", "reseed"}:
            self.say(self.sentence())

    def _play(self, on: bool) -> None:
        if on == self.playing:
            return
        self._run += 1
        self.playing = on
        if on:
            self.start_task(self._train(self._run))
        else:
            self.say(f"Paused. {self.sentence()}")

    async def _train(self, run: int) -> None:
        """Train and push frames, until it is paused or nobody looks; others run in between."""
        begin = time.perf_counter()
        try:
            while self._run == run:
                before, begin = begin, time.perf_counter()
                if self.ready_for_frame():
                    self._advance(begin + _BUDGET)
                    self._show_frame()
                    if self.trainer.diverged:
                        break
                elif self.nobody_looks(begin - before):
                    break
                await asyncio.sleep(max(0.0, begin + _FRAME - time.perf_counter()))
        finally:
            if self._run == run:
                self.playing = False
                if self.comm is not None:
                    self.push({"playing": False})

    def _advance(self, end: float) -> None:
        for _ in range(self.speed):
            self.trainer.step()
            if time.perf_counter() > end:
                break

    def left(self) -> None:
        """Stop: nobody sees the training any more."""
        self._run += 1
        self.playing = False
        super().left()

    # --- frames ---------------------------------------------------------------------------------

    def _show_frame(self, whole: bool = False) -> None:
        """Push a frame; a whole one brings what can be chosen, points and kept runs as well."""
        t, h = self.trainer, self.trainer.history
        header: dict[str, Any] = {
            "playing": self.playing,
            "updates": t.updates,
            "epochs": t.epochs,
            "loss": [h.loss[-1], h.test_loss[-1] if h.test_loss else None],
            "accuracy": [h.accuracy[-1], h.test_accuracy[-1] if h.test_accuracy else None],
            "rates": h.rates,
            "norms": t.gradient_norms,
            "notes": self._notes(),
        }
        arrays: dict[str, Any] = {"update": h.update, "loss_curve": h.loss}
        if h.test_loss:
            arrays["test_curve"] = h.test_loss
        matrices = {name: array for name, array in t.network.params.items() if array.ndim == 2}
        header["weights"] = {name: array.shape for name, array in matrices.items()}
        arrays |= {name: array[:_LARGEST, :_LARGEST] for name, array in matrices.items()}
        if t.problem.planar:
            arrays["told"], sure = t.boundary(_GRID)
            arrays["sure"] = np.round(255 * np.nan_to_num(sure)).astype(np.uint8)
        elif t.problem.image_shape:
            header["told"], header["sure"] = t.answers(self._pictures()[0])
        else:
            arrays["confusion"] = t.confusion()
        if whole:
            self._add_choices(header, arrays)
        self.push(header, **arrays)

    def _notes(self) -> list[str]:
        grown = "The numbers have grown beyond all bounds. Rewind, and begin with a smaller rate."
        return [*self.trainer.notes, *([grown] if self.trainer.diverged else [])]

    def _pictures(self) -> tuple[np.ndarray, np.ndarray]:
        p = self.trainer.problem
        X, t = (p.X_test, p.t_test) if len(p.t_test) else (p.X, p.t)
        return X[:_PICTURES], t[:_PICTURES]

    def _add_choices(self, header: dict[str, Any], arrays: dict[str, Any]) -> None:
        t, s, p = self.trainer, self.trainer.settings, self.trainer.problem
        given = t.given_net is not None
        fixed = given and not isinstance(t.given_net, type)  # an object, with widths of its own
        header["choices"] = {
            "data": [s.data] if s.data not in PROBLEMS or fixed else list(PROBLEMS),
            "hidden": [len(s.widths)] if fixed else [1] if given else [0, 1, 2, 3],
            "width": [] if fixed else sorted({*_WIDTHS, *s.widths}),
            "activation": [] if given else list(t.activations),
            "optimizer": list(t.optimizers),
            "batch": sorted({*_BATCHES, s.batch_size}),
        }
        header["chosen"] = {
            "data": s.data,
            "hidden": len(s.widths),
            "width": s.widths[0] if s.widths else 16,
            "activation": s.activation,
            "optimizer": s.optimizer,
            "batch": s.batch_size,
            "speed": self.speed,
            **({"rate": t.rate} if t.rate > 0 else {}),
        }
        header |= {"names": p.names, "features": p.feature_names}
        if p.planar:
            header["window"] = p.window()
            arrays |= {"X": p.X, "t": p.t.astype(np.uint8)}
            if len(p.t_test):
                arrays |= {"X_test": p.X_test, "t_test": p.t_test.astype(np.uint8)}
        elif p.image_shape:
            pictures, labels = self._pictures()
            low, high = float(pictures.min()), float(pictures.max())
            arrays["pictures"] = np.round(255 * (pictures - low) / (high - low)).astype(np.uint8)
            header |= {"image_shape": p.image_shape, "true": labels}
        header["kept"] = [{"label": run.label, "loss": run.history.loss[-1]} for run in t.kept]
        for i, run in enumerate(t.kept):
            arrays[f"kept_update_{i}"] = run.history.update
            arrays[f"kept_loss_{i}"] = run.history.loss

    # --- words ----------------------------------------------------------------------------------

    def sentence(self) -> str:
        """Return where the training stands, in a sentence."""
        t, h = self.trainer, self.trainer.history
        if not t.started:
            return "The training has not begun."
        said = f"After {t.updates} updates ({t.epochs:.1f} epochs): "
        said += f"training loss {_short(h.loss[-1])}, accuracy {h.accuracy[-1]:.3f}"
        if h.test_loss:
            said += f"; test loss {_short(h.test_loss[-1])}, accuracy {h.test_accuracy[-1]:.3f}"
        return said + "."

    def _facts(self) -> list[tuple[str, str]]:
        """Return settings, losses, gradient sizes and kept runs."""
        t = self.trainer
        now = [("now", self.sentence())] if t.started else []
        norms = t.gradient_norms.items()
        return [
            ("data", t.settings.data),
            ("training", t.label),
            *now,
            *((f"size of the gradient of {name}", _short(norm)) for name, norm in norms),
            *(
                (f"kept run {i}", f"{run.label}: training loss {_short(run.history.loss[-1])}")
                for i, run in enumerate(t.kept, start=1)
            ),
            *(("note", note) for note in (self._notes() if t.started else [])),
        ]

    def text(self) -> str:
        """Return the facts, one a line."""
        return "\n".join(["Training explorer", *map(": ".join, self._facts())])

    def html(self) -> str:
        """Return the facts as a table."""
        return as_html("Training explorer", (), self._facts())


def _short(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else str(value)
