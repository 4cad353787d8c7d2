"""The forms that the bench draws: writing follows the rules and lies in its fields, distortion keeps its word."""

import os
import subprocess
import sys

import numpy as np
import pytest

from hdr.config import PROJECT
from hdr.data.datasets import Dataset
from hdr.vision.form import Registration
from hdr.vision.normalise import normalise_digit
from scripts.draw_forms import (
    FIELDS,
    HEIGHT,
    WAYS,
    WIDTH,
    blank_template,
    distort,
    draw_blank,
    draw_hand,
    draw_truth,
    fill,
)


@pytest.fixture(scope="module")
def digits(draw) -> Dataset:
    images = np.stack([normalise_digit(draw((90, 80), str(d), 18, 18, 44, 5)) for d in range(10)])
    return Dataset("pen", images, np.arange(10))


@pytest.mark.usefixtures("no_mnist")
def test_without_mnist_the_message_stands_alone(tmp_path):
    command = [sys.executable, "-m", "scripts.draw_forms", str(tmp_path / "forms")]
    refuse = {"https_proxy": "http://127.0.0.1:9"}  # no network
    ran = subprocess.run(command, cwd=PROJECT, env=os.environ | refuse, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.startswith("Error: ")
    assert "Traceback" not in ran.stderr


def test_what_is_written_follows_every_rule():
    rng = np.random.default_rng(4)
    for _ in range(20):
        truth = draw_truth(rng)
        for field in FIELDS:
            assert all(field.rule.complaint(part) is None for part in truth[field.name].split("/")), field.name
        assert int(truth["Total"]) == sum(map(int, truth["Amounts"].split("/")))


def test_the_writing_lies_in_the_fields(digits):
    rng, blank = np.random.default_rng(4), draw_blank()
    page = fill(blank, draw_truth(rng), draw_hand(digits, rng), rng)
    changed = (page != blank).any(axis=2)
    for x, y, width, height in (field.box for field in FIELDS):
        assert changed[y : y + height, x : x + width].mean() > 0.02
        changed[y : y + height, x : x + width] = False
    assert changed.mean() < 0.0005


@pytest.mark.parametrize("way", WAYS)
def test_distortion_says_where_the_form_went(way):
    picture, matrix = distort(draw_blank(), way, 2.0, np.random.default_rng(6))
    corners = Registration(matrix).corners((0, 0, WIDTH, HEIGHT))
    upright = np.abs(corners[1] - corners[0])
    turn = np.rad2deg(np.arctan2(upright[1], upright[0]))
    assert {"rotated": 0.5 < turn < 15.5, "photographed": turn < 25}.get(way, turn < 1)
    assert min(picture.shape[:2]) > 800


def test_the_template_is_sound():
    template = blank_template()
    assert template.size == (WIDTH, HEIGHT)
    assert [field.name for field in template.fields] == [field.name for field in FIELDS]
