"""Strokes of the Draw page's canvas: what Fabric.js writes down of a drawing, as points.

The canvas's objects go in as JSON has them, strokes in pixels of the canvas come out in the order of drawing. Each path
is `[["M", x, y], ["Q", x, y, x, y], ["L", x, y], ...]`; where it was moved, enlarged or turned afterwards, `left`,
`top`, `scaleX`, `scaleY` and `angle` say so. What is no path is left out. Knows nothing of Streamlit.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from hdr.data.paths import Points, Strokes

_SHIFT = {"left": 0.5, "top": 0.5, "center": 0.0, "right": -0.5, "bottom": -0.5}
"""Where an object's middle lies from the point that `left` and `top` name, in sizes of the object."""


def canvas_strokes(objects: Iterable[dict[str, Any]]) -> Strokes:
    """The paths among a canvas's objects.

    Args:
        objects: `json_data["objects"]` of the canvas.

    Returns:
        Float64 (N, 2) each, N > 0; damaged paths and other objects are left out.
    """
    strokes = []
    for drawn in objects:
        try:
            points = _points(drawn.get("path") or [])
            strokes.append(points if not len(points) or "left" not in drawn else _placed(points, drawn))
        except (ValueError, TypeError, KeyError, IndexError):
            continue
    return [stroke for stroke in strokes if len(stroke) and np.isfinite(stroke).all()]


def _points(commands: list[list[Any]]) -> Points:
    """All points of a path; the bends of its curves are points that the pen was near."""
    numbers = [float(number) for command in commands for number in command[1:]]
    return np.array(numbers, float).reshape(-1, 2)


def _placed(points: Points, drawn: dict[str, Any]) -> Points:
    """The points where the object lies now: Fabric scales and turns a path about the middle of its box."""
    low, high = _box(points)
    scale = np.array([float(drawn.get("scaleX", 1)), float(drawn.get("scaleY", 1))])
    angle = math.radians(float(drawn.get("angle", 0)))
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    size = (high - low + float(drawn.get("strokeWidth", 0))) * scale
    shift = np.array([_SHIFT[drawn.get("originX", "left")], _SHIFT[drawn.get("originY", "top")]])
    middle = np.array([float(drawn["left"]), float(drawn["top"])]) + (shift * size) @ turn
    mirror = np.array([-1 if drawn.get("flipX") else 1, -1 if drawn.get("flipY") else 1])
    return np.asarray((points - (low + high) / 2) * scale * mirror @ turn + middle)


def _box(points: Points) -> tuple[Points, Points]:
    return points.min(axis=0), points.max(axis=0)
