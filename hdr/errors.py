"""The error tree. Everything that a caller is meant to handle is an `HdrError`.

    HdrError
    ├── ImageError            a picture cannot be used
    │   ├── ImageFormatError      not an image, damaged, or of a format that is not read
    │   ├── ImageSizeError        too many bytes or pixels, too small, too long, several frames
    │   └── ImageContentError     so many marks that it cannot be a page of digits
    ├── DataError             a data set is missing, damaged or of the wrong shape
    ├── ModelError            a model is missing, damaged or no longer gives its old answers
    ├── SettingsError         a setting is unknown or out of range
    ├── StoreError            the database or a file of ours cannot be read or written: a full disk, a locked folder
    └── RunError              a training run is unknown, or in a state in which this cannot be done

A message says what was wrong and what to do, with the expected and the actual value. The library raises;
pages and commands catch `HdrError` and nothing else.
"""


class HdrError(Exception):
    """Base of every error that the package raises on purpose."""


class ImageError(HdrError):
    """A picture cannot be used."""


class ImageFormatError(ImageError):
    """The bytes are not an image, are damaged, or are of a format that is not read."""


class ImageSizeError(ImageError):
    """The picture has too many bytes or pixels, is too small, too long, or has several frames."""


class ImageContentError(ImageError):
    """The picture has so many marks that it cannot be a page of digits."""


class DataError(HdrError):
    """A data set is missing, damaged or of the wrong shape."""


class ModelError(HdrError):
    """A model is missing, damaged, or no longer gives the answers it was saved with."""


class SettingsError(HdrError):
    """A setting is unknown or out of range."""


class StoreError(HdrError):
    """The database or a file of ours cannot be read or written."""


class RunError(HdrError):
    """A training run is unknown, or in a state in which this cannot be done."""
