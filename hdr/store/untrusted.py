"""Take values out of JSON that a stranger may have written: of the right type, within limits, or a plain error.

Knows nothing of what the values mean.
"""

import base64
import binascii
import json
from typing import Any

from hdr.errors import DataError
from hdr.vision.image import MAX_SIDE


def parse_versioned(data: bytes, version: int) -> dict[str, Any]:
    """The JSON object of a file, where it has the version that is read.

    Raises:
        DataError: It is no JSON, no object, or of another version.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError("This is not a template file: it is not JSON. Choose a file that was exported here.") from error
    if not isinstance(content, dict) or type(content.get("version")) is not int:
        raise DataError("This is not a template file: it has no version. Choose a file that was exported here.")
    if content["version"] != version:
        raise DataError(
            f"The template file has version {content['version']}, this software reads version {version}. Update it."
        )
    return content


def typed(part: dict[str, Any], key: str, wanted: type) -> Any:
    """The value of a key, of exactly that type: true is no number.

    Raises:
        DataError: It is missing or of another type.
    """
    value = part.get(key)
    if type(value) is not wanted:
        raise DataError(f"The template file is damaged: {key!r} is missing or of the wrong type.")
    return value


def entries(part: dict[str, Any], key: str, most: int) -> list[dict[str, Any]]:
    """A list of objects, at most so many.

    Raises:
        DataError: It is not.
    """
    found = typed(part, key, list)
    if len(found) > most or not all(isinstance(entry, dict) for entry in found):
        raise DataError(f"The template file is damaged: {key!r} must be a list of at most {most} entries.")
    return list(found)


def numbers(part: dict[str, Any], key: str, count: int) -> tuple[int, ...]:
    """So many whole numbers that can be pixels.

    Raises:
        DataError: They are not.
    """
    found = typed(part, key, list)
    if len(found) != count or not all(type(value) is int and 0 <= value <= MAX_SIDE for value in found):
        raise DataError(f"The template file is damaged: {key!r} must be {count} whole numbers from 0 to {MAX_SIDE}.")
    return tuple(found)


def texts(part: dict[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts.

    Raises:
        DataError: It is not.
    """
    found = typed(part, key, list)
    if not all(isinstance(text, str) for text in found):
        raise DataError(f"The template file is damaged: {key!r} must be a list of texts.")
    return tuple(found)


def picture_bytes(part: dict[str, Any], key: str) -> bytes:
    """The file of a picture, written as base64; whether it is one is not looked at.

    Raises:
        DataError: They are not.
    """
    try:
        return base64.b64decode(typed(part, key, str), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DataError("The picture inside the template file is damaged. Export it again.") from error
