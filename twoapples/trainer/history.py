"""What a run has recorded: losses, accuracies, and where the learning rate was changed."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["History", "Run"]

_LONGEST = 600  # points of a curve: more than a picture has room for only slow it down


@dataclass
class History:
    """The record of a run; the first entry is from before the first update.

    Attributes
    ----------
    every : int
        The number of updates between two entries. When a record grows too long, every other entry
        is dropped and this number doubles.
    update : list of int
        After how many updates each entry was taken.
    loss, accuracy : list of float
        Of all training cases.
    test_loss, test_accuracy : list of float
        Of all test cases; empty if there are none.
    rates : list of tuple (int, float)
        The learning rate that was set, and after how many updates.
    """

    every: int = 1
    update: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    test_loss: list[float] = field(default_factory=list)
    test_accuracy: list[float] = field(default_factory=list)
    rates: list[tuple[int, float]] = field(default_factory=list)

    def add(
        self, update: int, train: tuple[float, float], test: tuple[float, float] | None
    ) -> None:
        """Append an entry: (loss, accuracy) of the training cases, and of the test cases."""
        self.update.append(update)
        self.loss.append(train[0])
        self.accuracy.append(train[1])
        if test is not None:
            self.test_loss.append(test[0])
            self.test_accuracy.append(test[1])
        if len(self.update) > _LONGEST:
            self._thin()

    def set_rate(self, update: int, rate: float) -> None:
        """Note a learning rate; of several at the same update the last one counts."""
        if self.rates and self.rates[-1][0] == update:
            self.rates.pop()
        if not self.rates or self.rates[-1][1] != rate:
            self.rates.append((update, rate))

    def due(self, update: int) -> bool:
        """Say whether an entry is to be taken after this update."""
        return update % self.every == 0

    def _thin(self) -> None:
        self.every *= 2
        keep = [i for i, update in enumerate(self.update) if self.due(update)]
        for name in ("update", "loss", "accuracy", "test_loss", "test_accuracy"):
            values = getattr(self, name)
            setattr(self, name, [values[i] for i in keep] if values else [])


@dataclass(frozen=True)
class Run:
    """A run that was kept to be compared with."""

    label: str
    history: History
