"""The one door for pictures: guarded bytes -> uint8 RGB, upright, on white; and the way out, as PNG or JPEG.

Pillow decodes, within an allow-list of formats and limits that are checked before any pixel is read.
"""

import io
import warnings

import cv2
import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps

from hdr.errors import ImageFormatError, ImageSizeError

FORMATS = ("PNG", "JPEG", "HEIF", "WEBP", "BMP", "TIFF", "GIF")
READABLE = "PNG, JPEG, HEIC, WEBP, BMP, TIFF or GIF"
"""The formats in words, as their files are called."""
MAX_BYTES, MAX_PAGED_BYTES = 10_000_000, 50_000_000
"""Largest file of one picture, and of a TIFF of several pages."""
MAX_PIXELS = 20_000_000
MIN_SIDE, MAX_SIDE = 8, 12_000
MAX_ASPECT = 50
TIFF_MARKS = (b"II*\0", b"MM\0*")
_KIND_OF_FRAME, _REDUCED = 254, 1
"""TIFF's tag NewSubfileType, and its bit for a smaller copy of another frame."""
_MOST_FRAMES = 1000
pi_heif.register_heif_opener()


def decode_image(data: bytes, frame: int | None = None) -> NDArray[np.uint8]:
    """Decode a picture from untrusted bytes.

    Checked first: size in bytes, format, width and height, number of frames. Then Pillow's integrity check, a second
    opening, the EXIF turn, transparency laid on white; 16-bit and CMYK pictures become 8-bit RGB.

    Args:
        data: Content of a file of one of `FORMATS`.
        frame: Which frame of a TIFF, of those that `page_frames` gives; where None, the file must hold one page alone.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        ImageFormatError: Not an image, damaged, or of another format.
        ImageSizeError: Too many bytes or pixels, too small, too long, or several frames.
    """
    if not data:
        raise ImageFormatError(f"The file is empty. Choose a picture: {READABLE}.")
    most = MAX_BYTES if frame is None else MAX_PAGED_BYTES
    if len(data) > most:
        raise ImageSizeError(
            f"The file has {len(data) / 1e6:.1f} MB, at most {most / 1e6:.0f} MB are read. Save it smaller."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata and of sizes that are refused here anyway
        pages = page_frames(data) if frame is None else []
        frame = pages[0] if len(pages) == 1 else frame
        _check(data, frame)
        return _load(data, frame)


def page_frames(data: bytes) -> list[int]:
    """Which frames of a TIFF are its pages, smaller copies of them left out; none of any other or damaged file."""
    if not data.startswith(TIFF_MARKS) or len(data) > MAX_PAGED_BYTES:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _pages(_open(data))
        except (ImageFormatError, ImageSizeError):
            return []


def to_grey(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 RGB (H, W, 3) -> luma (H, W)."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageSizeError(
            f"{error}. At most {MAX_PIXELS / 1e6:.0f} megapixels are read. Save it smaller."
        ) from error
    except Exception as error:  # damaged files make Pillow raise nearly anything
        raise ImageFormatError(
            f"This is not a picture that can be read. Use {READABLE}; pages may be a PDF."
        ) from error


def _pages(image: Image.Image) -> list[int]:
    """Which frames of a TIFF are its pages, one at least."""
    pages = []
    try:
        for frame in range(_MOST_FRAMES):
            image.seek(frame)
            if not image.getexif().get(_KIND_OF_FRAME, 0) & _REDUCED:
                pages.append(frame)
    except EOFError:
        pass
    except Exception as error:
        raise ImageFormatError("The picture file is damaged. Copy or save it again.") from error
    return pages or [0]


def _open_at(data: bytes, frame: int | None) -> Image.Image:
    image = _open(data)
    if frame is not None:
        image.seek(frame)
    return image


def _check(data: bytes, frame: int | None) -> None:
    image = _open_at(data, frame)
    _check_size(*image.size)
    if image.format in ("JPEG", "MPO") and not _jpeg_has_end(data):
        raise ImageFormatError("The JPEG file breaks off before its end. Copy or take the picture again.")
    if frame is None and image.format != "MPO" and _has_second_frame(image):  # a phone's MPO holds a depth map besides
        raise ImageSizeError(
            "The file holds several frames or pages, one is read. Save the one that you want as a picture of its own."
        )
    try:
        _open(data).verify()
    except ImageFormatError:
        raise
    except Exception as error:
        raise ImageFormatError("The picture file is damaged. Copy or save it again.") from error


def _check_size(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise ImageSizeError(f"The picture is {width} x {height} pixels, at least {MIN_SIDE} x {MIN_SIDE} are needed.")
    if max(width, height) > MAX_SIDE:
        raise ImageSizeError(
            f"The picture is {width} x {height} pixels, no side may exceed {MAX_SIDE:,}. Cut it or save it smaller."
        )
    if width * height > MAX_PIXELS:
        raise ImageSizeError(
            f"It has {width * height / 1e6:.1f} megapixels, at most {MAX_PIXELS / 1e6:.0f} are read. Reduce it."
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageSizeError(
            f"The picture is {width} x {height} pixels: more than {MAX_ASPECT} times as long as wide. Cut it."
        )


def _jpeg_has_end(data: bytes) -> bool:
    """Whether the end marker follows the first scan; spares decoding megapixels of a file that breaks off."""
    position = 2
    while data[position : position + 1] == b"\xff" and data[position + 1 : position + 2] != b"\xda":
        is_fill = data[position + 1 : position + 2] == b"\xff"  # any number of these may stand before a marker
        position += 1 if is_fill else 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return data.find(b"\xff\xd9", position) >= 0


def _has_second_frame(image: Image.Image) -> bool:
    try:
        image.seek(1)
    except EOFError:
        return False
    except Exception as error:
        raise ImageFormatError("The picture file is damaged. Copy or save it again.") from error
    return True


def _load(data: bytes, frame: int | None) -> NDArray[np.uint8]:
    try:
        image = _open_at(data, frame)
        ImageOps.exif_transpose(image, in_place=True)
        return _to_rgb(image)
    except ImageFormatError:
        raise
    except Exception as error:
        raise ImageFormatError("The picture file is damaged or breaks off. Copy or save it again.") from error


def _to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode in ("F", "I"):
        raise ImageFormatError(
            "Pictures of floating-point, 32-bit or negative numbers are not read. Save it with 8 or 16 bits."
        )
    if image.mode.startswith("I"):
        grey = np.clip(np.asarray(image, dtype=np.int64) >> 8, 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        pixels = np.asarray(layer)
        if pixels[..., 3].min() == 255:
            return cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB)
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.array(image.convert("RGB"))


def fit_within(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Reduce a picture, grey or RGB, so that no side exceeds `side` pixels; smaller pictures stay as they are."""
    scale = side / max(picture.shape[:2])
    if scale >= 1.0:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """uint8 (H, W) or RGB (H, W, 3) -> the bytes of a PNG file."""
    return cv2.imencode(".png", _to_bgr(picture))[1].tobytes()


def encode_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """uint8 (H, W) or RGB (H, W, 3) -> the bytes of a JPEG file of good quality."""
    return cv2.imencode(".jpg", _to_bgr(picture), [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def _to_bgr(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
