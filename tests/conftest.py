"""What all tests share: a home of their own, digits from the project's own pen as ink, and that ink on paper."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from hdr.data.pen import digit_strokes, draw_strokes

Draw = Callable[..., NDArray[np.uint8]]


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty `HDR_HOME` for all tests and their processes: a person's own models and default stay out of them."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("HDR_HOME", str(folder))
        yield folder


@pytest.fixture
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data set is here, and none can be had from the network."""

    def refuse(*_args: object, **_options: object) -> None:
        raise TimeoutError("no network in tests")

    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", refuse)


@pytest.fixture(scope="session")
def draw() -> Draw:
    """Writes a line of text into an ink canvas, uint8 (H, W), 255 on 0; a blank in the text leaves a gap."""

    def draw_text(  # noqa: PLR0913, PLR0917 - where, how large and how bold, in every call of the tests
        canvas: tuple[int, int] | NDArray[np.uint8],
        text: str,
        left: float,
        top: float,
        height: float,
        pen: int = 6,
        *,
        pitch: float = 0.9,
        slope: float = 0.0,
    ) -> NDArray[np.uint8]:
        ink = np.zeros(canvas, np.uint8) if isinstance(canvas, tuple) else canvas
        for index, character in enumerate(text):
            if character != " ":
                x = index * pitch * height
                draw_strokes(ink, digit_strokes(int(character), left + x, top + slope * x, height), pen)
        return ink

    return draw_text


@pytest.fixture(scope="session")
def on_paper() -> Draw:
    """Lays ink (H, W) on paper of one brightness, or of one per pixel: uint8 (H, W)."""

    def lay(ink: NDArray[np.uint8], paper: ArrayLike = 235, pen: float = 40) -> NDArray[np.uint8]:
        share = ink / 255.0
        return np.clip(np.round(np.asarray(paper) * (1 - share) + pen * share), 0, 255).astype(np.uint8)

    return lay
