"""The one door for pictures: what is decoded, how colours and turns come out, and what is refused, quickly."""

import io
import struct
import time
import zlib

import numpy as np
import pi_heif
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hdr.errors import ImageError, ImageFormatError, ImageSizeError
from hdr.vision.image import decode_image, fit_within, to_grey

pillow_heif.register_heif_opener()  # writes HEIC files ...
pi_heif.register_heif_opener()  # ... and this reads them, as without the tests
RED, BLUE, WHITE = (220, 30, 40), (20, 40, 210), (255, 255, 255)


def encode(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def two_halves(width: int = 64, height: int = 40) -> Image.Image:
    """Left half red, right half blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def speckle(width: int = 160, height: int = 120) -> Image.Image:
    """A picture that compresses badly, so that every byte of the file counts."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def png_of_size(width: int, height: int) -> bytes:
    """A black 1-bit PNG: a few kB whatever its size."""
    return encode(Image.new("1", (width, height)), "PNG")


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds no pixel."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def flip_byte(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def several_frames(form: str) -> bytes:
    frames = [Image.new("L", (20, 20), value) for value in (0, 128, 255)]
    return encode(frames[0], form, save_all=True, append_images=frames[1:])


# --- what is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("PNG", {"interlace": 1}, 0),
        ("JPEG", {}, 4),
        ("JPEG", {"progressive": True}, 4),
        ("WEBP", {}, 8),
        ("WEBP", {"lossless": True}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("GIF", {}, 0),
        ("HEIF", {}, 8),
    ],
)
def test_formats(form, options, tolerance):
    rgb = decode_image(encode(two_halves(), form, **options))
    assert rgb.dtype == np.uint8
    assert rgb.shape == (40, 64, 3)
    np.testing.assert_allclose(rgb[20, 8], RED, atol=tolerance)
    np.testing.assert_allclose(rgb[20, 56], BLUE, atol=tolerance)


TURNS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}
"""EXIF orientation -> what a viewer does with the stored pixels."""


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_exif_turn(form, orientation):
    stored = np.full((32, 48, 3), 255, np.uint8)
    stored[:16, :16], stored[16:, 32:] = RED, BLUE  # no turn or mirror image of this looks the same
    exif = Image.Exif()
    exif[0x0112] = orientation
    rgb = decode_image(encode(Image.fromarray(stored), form, exif=exif.tobytes(), quality=95))
    wanted = TURNS[orientation](stored)
    assert rgb.shape == wanted.shape
    assert np.abs(rgb.astype(int) - wanted).mean() < 6


def palette_with_transparency() -> Image.Image:
    image = Image.new("P", (20, 20), 0)
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.paste(1, (10, 0, 20, 20))
    return image


@pytest.mark.parametrize(
    ("data", "left", "right"),
    [
        (encode(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG"), WHITE, WHITE),
        (encode(Image.new("RGBA", (20, 20), (0, 0, 0, 128)), "PNG"), (127,) * 3, (127,) * 3),
        (encode(Image.new("RGBA", (20, 20), (9, 8, 7, 255)), "PNG"), (9, 8, 7), (9, 8, 7)),
        (encode(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "WEBP", lossless=True), WHITE, WHITE),
        (encode(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "TIFF"), WHITE, WHITE),
        (encode(Image.new("LA", (20, 20), (0, 64)), "PNG"), (191,) * 3, (191,) * 3),
        (encode(Image.new("L", (20, 20), 5), "PNG", transparency=5), WHITE, WHITE),
        (encode(palette_with_transparency(), "PNG", transparency=0), WHITE, (200, 0, 0)),
        (encode(palette_with_transparency(), "GIF", transparency=0), WHITE, (200, 0, 0)),
    ],
    ids=["RGBA", "half", "opaque", "WEBP", "TIFF", "LA", "L-tRNS", "palette", "GIF"],
)
def test_transparency_is_laid_on_white(data, left, right):
    rgb = decode_image(data)
    np.testing.assert_allclose(rgb[10, 4], left, atol=1)
    np.testing.assert_allclose(rgb[10, 15], right, atol=1)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_clipped(form):
    ramp = np.tile(np.linspace(0, 65535, 256).round().astype(np.uint16), (16, 1))
    rgb = decode_image(encode(Image.fromarray(ramp), form))
    assert rgb.dtype == np.uint8
    np.testing.assert_allclose(rgb[8, :, 0], np.arange(256), atol=1)
    assert (rgb == rgb[..., :1]).all()


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_has_the_right_colours(form):
    rgb = decode_image(encode(two_halves().convert("CMYK"), form))
    np.testing.assert_allclose(rgb[20, 8], RED, atol=6)
    np.testing.assert_allclose(rgb[20, 56], BLUE, atol=6)


def test_first_frame_of_a_phones_mpo_is_read():
    second = Image.new("RGB", (64, 40), WHITE)
    rgb = decode_image(encode(two_halves(), "MPO", save_all=True, append_images=[second]))
    np.testing.assert_allclose(rgb[20, 8], RED, atol=4)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "HEIF"])
def test_data_after_the_picture_does_no_harm(form):
    """Motion photos hang a video behind the JPEG; rescued files end in zeros."""
    data = encode(two_halves(), form)
    assert decode_image(data + b"\0" * 2 * len(data)).shape == (40, 64, 3)


def test_fill_bytes_before_a_marker_do_no_harm():
    """The standard lets any number of them stand there."""
    data = encode(two_halves(), "JPEG")
    place = data.index(b"\xff\xdb")
    np.testing.assert_array_equal(decode_image(data[:place] + b"\xff\xff" + data[place:]), decode_image(data))


@pytest.mark.parametrize(("width", "height"), [(8, 8), (400, 8), (8, 400), (12_000, 240)])
def test_sizes_at_the_limits_are_read(width, height):
    assert decode_image(png_of_size(width, height)).shape == (height, width, 3)


def test_to_grey_is_luma():
    colours = np.array([[(255, 0, 0), (0, 255, 0), (0, 0, 255), WHITE]], np.uint8)
    np.testing.assert_allclose(to_grey(colours)[0], [76, 150, 29, 255], atol=1)


@pytest.mark.parametrize(("shape", "side", "wanted"), [((80, 40, 3), 20, (20, 10, 3)), ((30, 60), 20, (10, 20))])
def test_fit_within_reduces(shape, side, wanted):
    reduced = fit_within(np.full(shape, 77, np.uint8), side)
    assert reduced.shape == wanted
    assert (reduced == 77).all()


def test_fit_within_leaves_small_pictures():
    picture = np.zeros((20, 12, 3), np.uint8)
    assert fit_within(picture, 20) is picture


# --- what is refused ------------------------------------------------------------------------------------------------

PNG, JPEG = encode(speckle(), "PNG"), encode(speckle(), "JPEG")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><path d="M0 0h9"/></svg>'
NO_PICTURES = {
    "empty": b"",
    "text": b"12 34 56\n" * 40,
    "pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 40\nshowpage\n",
    "svg": SVG,
    "ico": encode(Image.new("RGB", (32, 32)), "ICO"),
    "ppm": encode(two_halves(), "PPM"),
    "zeros": bytes(5000),
    "png signature alone": PNG[:8],
    "png cut": PNG[: len(PNG) * 6 // 10],
    "png without end": PNG[: len(PNG) * 99 // 100],
    "png wrong crc": flip_byte(PNG, len(PNG) // 2),
    "jpeg cut": JPEG[: len(JPEG) * 6 // 10],
    "jpeg without end": JPEG[: len(JPEG) * 99 // 100],
    "webp cut": encode(speckle(), "WEBP")[:5000],
    "bmp cut": encode(speckle(), "BMP")[:-5000],
    "tiff cut": encode(speckle(), "TIFF")[:-5000],
    "gif cut": encode(speckle(), "GIF")[:-5000],
    "heic cut": encode(speckle(), "HEIF")[:-5000],
    "heic signature alone": b"\0\0\0\x1cftypheic" + bytes(400),
    "floating point": encode(Image.new("F", (20, 20), 0.5), "TIFF"),
    "32 bits": encode(Image.new("I", (20, 20), 200), "TIFF"),
}


def refusal(data: bytes) -> tuple[ImageError, float]:
    """The error that the bytes give, and the best of three times, seconds."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        with pytest.raises(ImageError) as caught:
            decode_image(data)
        times.append(time.perf_counter() - started)
    return caught.value, min(times)


@pytest.mark.parametrize("name", NO_PICTURES)
def test_refuses_what_is_no_whole_picture(name):
    error, seconds = refusal(NO_PICTURES[name])
    assert type(error) is ImageFormatError
    assert str(error).endswith(".")
    assert seconds < 0.05


WRONG_SIZES = {
    "7 wide": (png_of_size(7, 20), ("7 x 20", "8 x 8")),
    "7 high": (png_of_size(20, 7), ("20 x 7", "8 x 8")),
    "12,001 wide": (png_of_size(12_001, 300), ("12001 x 300", "12,000")),
    "12,001 high": (png_of_size(300, 12_001), ("300 x 12001", "12,000")),
    "21 megapixels": (png_of_size(5000, 4200), ("21.0 mega", "20")),
    "21 megapixels, header only": (png_header(4200, 5000), ("21.0 mega", "20")),
    "bomb": (png_header(60_000, 60_000), ("20 mega",)),
    "too long": (png_of_size(8, 401), ("8 x 401", "50")),
    "too wide": (png_of_size(1020, 20), ("1020 x 20", "50")),
    "too many bytes": (encode(two_halves(), "BMP") + bytes(10_500_000), ("10.5 MB", "10 MB")),
    "animated gif": (several_frames("GIF"), ("several", "one")),
    "animated png": (several_frames("PNG"), ("several", "one")),
    "animated webp": (several_frames("WEBP"), ("several", "one")),
    "several pages": (several_frames("TIFF"), ("several", "one")),
}


@pytest.mark.parametrize("name", WRONG_SIZES)
def test_refuses_wrong_sizes_and_says_actual_and_limit(name):
    data, said = WRONG_SIZES[name]
    error, seconds = refusal(data)
    assert type(error) is ImageSizeError
    assert [part for part in said if part not in str(error)] == []
    assert seconds < 0.05


# --- whatever the bytes ---------------------------------------------------------------------------------------------


def decode_or_refuse(data: bytes) -> None:
    """Warnings are errors in this project, so a warning that leaves `decode_image` fails here too."""
    try:
        rgb = decode_image(data)
    except ImageError as error:
        assert str(error)  # noqa: PT017
    else:
        assert rgb.dtype == np.uint8
        assert rgb.ndim == 3
        assert rgb.shape[2] == 3


SMALL = [encode(two_halves(40, 30), form) for form in ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "HEIF")]
SIGNATURES = [data[:12] for data in SMALL] + [b"%PDF-1.4", b""]


@settings(max_examples=60, deadline=None, database=None)
@given(st.sampled_from(SIGNATURES), st.binary(max_size=300))
def test_random_bytes(signature, noise):
    decode_or_refuse(signature + noise)


@settings(max_examples=150, deadline=None, database=None)
@given(
    st.sampled_from(SMALL),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4), st.integers(0, 4)), max_size=5),
)
def test_corrupted_files(data, changes):
    for share, new, lost in changes:
        at = int(share * len(data))
        data = data[:at] + new + data[at + lost :]
    decode_or_refuse(data)
