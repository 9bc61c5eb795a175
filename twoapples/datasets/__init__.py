"""Data of the course: made up, shipped with the package, or downloaded when you ask for it.

>>> from twoapples.datasets import six_pictures
>>> data = six_pictures()
>>> data.X.shape, data.T.shape, data.names
((6, 2, 2), (6, 3), ('cat', 'dog', 'ship'))
"""

from twoapples.datasets.cache import data_folder
from twoapples.datasets.errors import (
    DatasetDamaged,
    DatasetError,
    DatasetMissing,
    DownloadFailed,
)
from twoapples.datasets.points import circles, moons, spirals
from twoapples.datasets.records import Dataset, Gate, Gates, SplitDataset
from twoapples.datasets.remote import fashion_mnist, mnist
from twoapples.datasets.shipped import digits, iris
from twoapples.datasets.tiny import gates, six_pictures, xor

__all__ = [
    "Dataset",
    "DatasetDamaged",
    "DatasetError",
    "DatasetMissing",
    "DownloadFailed",
    "Gate",
    "Gates",
    "SplitDataset",
    "circles",
    "data_folder",
    "digits",
    "fashion_mnist",
    "gates",
    "iris",
    "mnist",
    "moons",
    "six_pictures",
    "spirals",
    "xor",
]
