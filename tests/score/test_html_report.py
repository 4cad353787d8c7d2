"""The report: one file, no network, everything in it, and nothing of a name taken for HTML."""

import re

import pytest
from test_compare import FIRST, SECOND, entry

from hdr.score.html_report import html_report

HISTORY = {"epoch": [0.0], "seconds": [1.0], "accuracy": [0.9], "val_accuracy": [0.9], "loss": [1.0], "val_loss": [1.0]}
ATTACK = {"pgd": [[0.0, 0.9], [0.1, 0.2]], "fgsm": [[0.0, 0.9], [0.1, 0.4]]}
ROBUST = {"n": 10, "corruptions": {"fog": 0.5}, "mean": 0.5, "noise": [[0.0, 0.9]]}


@pytest.fixture(scope="module")
def report():
    return html_report([FIRST, SECOND], "MNIST test")


def test_it_stands_alone(report):
    assert report.startswith("<!doctype html>")
    assert not re.findall(r'<(?:script|img|link|iframe)[^>]*(?:src|href)="?https?:', report)


def test_both_models_and_their_difference_are_in_it(report):
    body = report[report.index("<body>") :]
    assert "<h1>Comparison on MNIST test</h1>" in body
    assert "CNN against RNN" in body
    assert "50.00%" in body


def test_sections_without_content_are_left_out(report):
    body = report[report.index("<body>") :]
    assert "<h2>Training</h2>" not in body
    for heading in ("Robustness", "Attacks", "What is no digit"):
        assert f"<h2>{heading}</h2>" not in body
    assert "<h2>Confusion matrices" in body


def test_sections_with_content():
    full = entry([0] * 6, robustness=ROBUST, attack=ATTACK, rejection={"auroc": {"all": 0.9, "letters": 0.8}})
    full.history.update(HISTORY)
    body = html_report([full], "MNIST test")
    assert "<h2>Training</h2>" in body
    for heading in ("Robustness", "Attacks", "What is no digit"):
        assert f"<h2>{heading}</h2>" in body
    assert "AUROC" in body
    assert "wrong per 1,000 accepted" in body
    assert "<h2>Differences" not in body


def test_a_name_is_no_html():
    evil = entry([0] * 6, name="x", card={"title": "<script>alert(1)</script>", "net": "x"})
    body = html_report([evil], "<b>set</b>")
    assert "<script>alert(1)" not in body[body.index("<body>") :].replace("\\u003cscript", "")
    assert "<b>set</b>" not in body
