"""What can go wrong with data that is not shipped. Every message says what to do next."""


class DatasetError(RuntimeError):
    """The data cannot be had as asked; catch this to go on without it."""


class DatasetMissing(DatasetError):
    """The data is not on this machine, and nobody asked to download it."""


class DownloadFailed(DatasetError):
    """No host gave the data, or there is no network."""


class DatasetDamaged(DatasetError):
    """A file is there, but it does not hold what it should."""
