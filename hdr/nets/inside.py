"""What goes on in a Keras net while it reads one digit: where it looks, its feature maps, its belief row by row.

Takes a net that reads single digits and pictures, uint8 (28, 28), ink 255 on 0; gives plain arrays. Knows nothing of
stored models, charts or pages.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.errors import ModelError, SettingsError
from hdr.nets.backend import load_keras
from hdr.results import Grey

Heat = NDArray[np.float32]
_STEPS = 32
_MAP_MAKERS = ("Conv", "BatchNormalization", "ReLU", "Activation")
"""Parts of the names of layers whose output is a feature map; what follows only reduces it."""
_RECURRENT = ("LSTM", "GRU", "RNN", "Bidirectional")


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """What the convolutions of one stage have found on a picture.

    Attributes:
        title: The stage in plain words.
        maps: float32 (H, W, C), one map for each shape that is looked for; high where it was found.
    """

    title: str
    maps: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.maps.ndim != 3:
            raise ValueError(f"feature maps are (H, W, C), not {self.maps.shape}")


class Inside:
    """A net opened up. Each view is compiled when it is first asked for, which takes up to some seconds.

    The evidence for a digit is its logit less the mean of all ten, for the softmax sees their differences alone.
    """

    def __init__(self, net: Any) -> None:
        """Find the stages of the net; nothing is compiled yet.

        Args:
            net: A Keras model, float32 (N, 28, 28, 1) in 0..1 -> (N, 10), whose last dense layer is named `logits`.

        Raises:
            ModelError: It is no such net: a classical classifier, a vote, or a net that reads strings.
        """
        if not hasattr(net, "get_layer") or net.input_shape[1:] != (28, 28, 1):
            raise ModelError("Only a neural net that reads single digits can be looked into; choose one such as cnn.")
        if not any(layer.name == "logits" for layer in net.layers):
            names = ", ".join(layer.name for layer in net.layers)
            raise ModelError(f"A net must call its last dense layer `logits` to be looked into; its layers: {names}.")
        self._net = net
        self._stages = list(_stages(net))

    @property
    def convolutional(self) -> bool:
        """Whether it has convolutions, and so feature maps and a Grad-CAM."""
        return bool(self._stages)

    @property
    def recurrent(self) -> bool:
        """Whether it reads the picture as a sequence."""
        return any(kind in type(layer).__name__ for layer in self._net.layers for kind in _RECURRENT)

    def answer(self, image: Grey) -> NDArray[np.float32]:
        """Probabilities (10,) of the digits."""
        return self._answers(_as_input(image))[0]

    def integrated_gradients(self, image: Grey, digit: int, steps: int = _STEPS) -> Heat:
        """How much each pixel speaks for a digit, compared with a blank picture (Sundararajan et al. 2017).

        The picture fades in from blank; each pixel gets the share that it had in the rise of the evidence. All shares
        together are the whole rise, up to what the steps leave out. Pixels without ink get none.

        Args:
            image: uint8 (28, 28).
            digit: 0 to 9.
            steps: How many shades between blank and the whole picture are looked at, more of them near blank, where
                the evidence changes fastest.

        Returns:
            Shares (28, 28) in nats; above 0 speaks for the digit, below against it.

        Raises:
            SettingsError: There is no such digit, or no step.
        """
        _check_digit(digit)
        if steps < 1:
            raise SettingsError(f"Integrated gradients need 1 step or more, not {steps}.")
        whole = _as_input(image)
        places = (np.arange(steps, dtype=np.float32)[:, None, None, None] + 0.5) / steps
        slopes = self._slopes(places**2 * whole, digit)
        return ((2 * places * slopes).mean(axis=0) * whole[0])[..., 0]

    def grad_cam(self, image: Grey, digit: int) -> Heat:
        """Where the last convolution finds what speaks for a digit, enlarged to the picture (Selvaraju et al. 2017).

        The paper keeps what is above 0; what is below is kept here too, for it speaks against the digit.

        Args:
            image: uint8 (28, 28).
            digit: 0 to 9.

        Returns:
            Weights (28, 28) without a unit; coarse, and not bound to the ink.

        Raises:
            SettingsError: There is no such digit.
            ModelError: The net has no convolution.
        """
        _check_digit(digit)
        self._need_stages()
        return self._cam(_as_input(image), digit)[0]

    def feature_maps(self, image: Grey) -> list[FeatureMaps]:
        """What each convolution has found on a picture, uint8 (28, 28), from the first to the last.

        Raises:
            ModelError: The net has no convolution.
        """
        self._need_stages()
        found = self._maps(_as_input(image))
        return [FeatureMaps(f"Convolution {number}", maps[0]) for number, maps in enumerate(found, start=1)]

    def beliefs(self, image: Grey) -> NDArray[np.float32]:
        """What the net answers when only the first rows of a picture, uint8 (28, 28), are shown and the rest is blank.

        Returns:
            Probabilities (28, 10); row k is the answer to the first k + 1 rows, the last one that to the whole.
        """
        return self._answers(uncovered(image)[..., None].astype(np.float32) / 255.0)

    def warm_up(self) -> None:
        """Compile every view now, so that the first look takes no longer than the others."""
        blank = np.zeros((28, 28), np.uint8)
        self.beliefs(blank)
        self.integrated_gradients(blank, 0)
        if self._stages:
            self.grad_cam(blank, 0)
            self.feature_maps(blank)

    def _need_stages(self) -> None:
        if not self._stages:
            raise ModelError("This net has no convolution, so no feature maps and no Grad-CAM; choose one such as cnn.")

    @cached_property
    def _answers(self) -> Callable[..., NDArray[np.float32]]:
        return _compiled(lambda images: self._net(images, training=False))

    @cached_property
    def _maps(self) -> Callable[..., list[NDArray[np.float32]]]:
        return _compiled(_part(self._net, self._stages))

    @cached_property
    def _slopes(self) -> Callable[..., NDArray[np.float32]]:
        """Of the evidence for a digit, by pixel: float32 (N, 28, 28, 1)."""
        import tensorflow as tf

        logits = _part(self._net, self._net.get_layer("logits"))

        def slopes(images: Any, digit: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(images)
                evidence = _evidence(logits(images), digit)
            return tape.gradient(evidence, images)

        return _compiled(slopes, digit=True)

    @cached_property
    def _cam(self) -> Callable[..., NDArray[np.float32]]:
        """The last stage's maps, each weighted by its mean slope: float32 (N, 28, 28)."""
        import tensorflow as tf

        look = _part(self._net, [self._stages[-1], self._net.get_layer("logits")])

        def cam(images: Any, digit: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(images)
                maps, logits = look(images)
                evidence = _evidence(logits, digit)
            weights = tf.reduce_mean(tape.gradient(evidence, maps), axis=(1, 2), keepdims=True)
            coarse = tf.reduce_sum(weights * maps, axis=3, keepdims=True)
            return tf.image.resize(coarse, (28, 28))[..., 0]

        return _compiled(cam, digit=True)


def uncovered(image: Grey) -> Grey:
    """A picture, uint8 (28, 28), as it is shown row by row: uint8 (28, 28, 28), the k-th with its first k + 1 rows."""
    shown = np.tril(np.ones((28, 28), np.uint8))
    return image[None] * shown[:, :, None]


def along_strokes(heat: Heat, image: Grey) -> Heat:
    """Let neighbouring ink share what speaks for a digit, so that strokes are seen instead of specks.

    Every pixel gives its share to the ink around it (a Gaussian of one pixel); the sum stays the same. Taking away the
    ink marked so costs a net more of its evidence than taking away the single pixels.

    Args:
        heat: Shares (28, 28) of integrated gradients.
        image: uint8 (28, 28), the picture they are of.

    Returns:
        Shares (28, 28).
    """
    from scipy.ndimage import gaussian_filter

    ink = image.astype(np.float32) / 255.0
    near = gaussian_filter(ink, 1.0, mode="constant")
    given = np.divide(heat, near, out=np.zeros_like(heat), where=ink > 0)
    return ink * gaussian_filter(given, 1.0, mode="constant")


def _stages(net: Any) -> Iterator[Any]:
    """For each convolution the layer that finishes its maps: itself, or what normalises and bends them after it."""
    finished = None
    for layer in net.layers:
        kind = type(layer).__name__
        if kind.startswith("Conv") and finished is not None:
            yield finished
        if kind.startswith("Conv") or (finished is not None and _makes_maps(layer)):
            finished = layer
    if finished is not None:
        yield finished


def _makes_maps(layer: Any) -> bool:
    return len(layer.output.shape) == 4 and any(part in type(layer).__name__ for part in _MAP_MAKERS)


def _part(net: Any, layers: Any) -> Callable[[Any], Any]:
    """The net up to a layer, or several: pictures in, what they put out."""
    outputs = [layer.output for layer in layers] if isinstance(layers, list) else layers.output
    part = load_keras().Model(net.inputs[0], outputs)
    return lambda images: part(images, training=False)


def _evidence(logits: Any, digit: Any) -> Any:
    """The digit's logit less the mean of all ten, (N,)."""
    import tensorflow as tf

    return tf.gather(logits, digit, axis=1) - tf.reduce_mean(logits, axis=1)


def _compiled(function: Callable[..., Any], *, digit: bool = False) -> Callable[..., Any]:
    """A graph for any number of pictures, with a digit where it takes one; NumPy in, NumPy out."""
    import tensorflow as tf

    signature = [tf.TensorSpec((None, 28, 28, 1), tf.float32), *([tf.TensorSpec((), tf.int32)] if digit else [])]
    graph = tf.function(function, input_signature=signature).get_concrete_function()

    def run(*given: Any) -> Any:
        tensors = [tf.convert_to_tensor(value, spec.dtype) for value, spec in zip(given, signature, strict=True)]
        return tf.nest.map_structure(lambda found: found.numpy(), graph(*tensors))

    return run


def _as_input(image: Grey) -> NDArray[np.float32]:
    return image.astype(np.float32)[None, :, :, None] / 255.0


def _check_digit(digit: int) -> None:
    if digit not in range(10):
        raise SettingsError(f"A digit is one of 0 to 9, not {digit}.")
