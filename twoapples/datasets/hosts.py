"""Which files the downloaded datasets consist of, who hosts them, and how to know them.

This is the only place that names hosts. A file from any of them is accepted only if its SHA-256 is
the one below, so a mirror need not be trusted. Where the sums are from: data/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """One file: its name at every host, its size in bytes, and its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Collection:
    """A dataset in four gzipped IDX files.

    Attributes
    ----------
    title : str
        What people call it.
    function : str
        The function of this package that reads it; its files are kept in a folder of that name.
    train_images, train_labels, test_images, test_labels : RemoteFile
    mirrors : tuple of str
        Addresses that a file's name is appended to, tried in this order.
    names : tuple of str
        What the classes 0, 1, … are called.
    """

    title: str
    function: str
    train_images: RemoteFile
    train_labels: RemoteFile
    test_images: RemoteFile
    test_labels: RemoteFile
    mirrors: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def files(self) -> tuple[RemoteFile, ...]:
        """The four files, the small ones first: a host that fails shows it soon."""
        files = (self.train_images, self.train_labels, self.test_images, self.test_labels)
        return tuple(sorted(files, key=lambda file: file.size))


MNIST = Collection(
    title="MNIST",
    function="mnist",
    train_images=RemoteFile(
        "train-images-idx3-ubyte.gz",
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    train_labels=RemoteFile(
        "train-labels-idx1-ubyte.gz",
        28_881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    test_images=RemoteFile(
        "t10k-images-idx3-ubyte.gz",
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    test_labels=RemoteFile(
        "t10k-labels-idx1-ubyte.gz",
        4_542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
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
    train_images=RemoteFile(
        "train-images-idx3-ubyte.gz",
        26_421_880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    train_labels=RemoteFile(
        "train-labels-idx1-ubyte.gz",
        29_515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
    test_images=RemoteFile(
        "t10k-images-idx3-ubyte.gz",
        4_422_102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    test_labels=RemoteFile(
        "t10k-labels-idx1-ubyte.gz",
        5_148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
)
