"""Which files the downloaded datasets consist of, who hosts them, and how to know them.

This is the only place that names hosts. A file from any of them is accepted only if its SHA-256 is
the one below, so a mirror need not be trusted. Where the sums are from: data/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twoapples.datasets.cache import VARIABLE

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


@dataclass(frozen=True)
class Collection:
    """A dataset in four gzipped IDX files."""

    title: str
    function: str  # of this package, that reads it; its files are kept in a folder of that name
    megabytes: float  # of the four files together
    sha256: dict[str, str]  # by the files' names, small files first: a host that fails does so soon
    mirrors: tuple[str, ...]  # what a file's name is appended to, tried in this order
    names: tuple[str, ...]  # of the classes 0, 1, …

    def by_hand(self, folder: Path) -> str:
        """Say how people get the files themselves, for `folder`, where they are looked for."""
        names = "\n".join(f"  {name}" for name in self.sha256)
        addresses = "\n".join(f"  {mirror}" for mirror in self.mirrors)
        return (
            f"To get it by hand, fetch these files, on another machine if need be:\n{names}\n"
            f"from one of these addresses (put a file's name behind it):\n{addresses}\n"
            f"and put them, still gzipped, into the folder\n  {folder}\n"
            f'or into any other one, and name that: {self.function}(source="FOLDER"). '
            f"The environment variable {VARIABLE} moves the folder where all downloads are kept."
        )


MNIST = Collection(
    title="MNIST",
    function="mnist",
    megabytes=11.6,
    sha256={
        TEST_LABELS: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        TRAIN_LABELS: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        TEST_IMAGES: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        TRAIN_IMAGES: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        # The authors' own page; it has refused most downloads for years, so it comes last.
        "http://yann.lecun.com/exdb/mnist/",
    ),
    names=tuple("0123456789"),
)

FASHION_MNIST = Collection(
    title="Fashion-MNIST",
    function="fashion_mnist",
    megabytes=30.9,
    sha256={
        TEST_LABELS: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        TRAIN_LABELS: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        TEST_IMAGES: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        TRAIN_IMAGES: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    },
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    names=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
)
