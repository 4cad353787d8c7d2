"""What a bench reports stands on standard output and in its file, beside what was there."""

import json

import pytest

from benchmarks.report import earlier_report, parser_of, write_report
from hdr.config import machine


def test_figures_are_printed_and_written(tmp_path, capsys):
    out = tmp_path / "bench.json"
    write_report({"seconds": 1.5, "machine": "an older one"}, out)
    assert json.loads(capsys.readouterr().out) == earlier_report(out) == {"seconds": 1.5, "machine": machine()}


@pytest.mark.parametrize("named", [True, False])
def test_without_a_file(tmp_path, capsys, named):
    assert earlier_report(tmp_path / "none.json" if named else None) == {}
    write_report({}, None)
    assert json.loads(capsys.readouterr().out) == {"machine": machine()}


def test_the_file_is_named_by_an_option():
    parser = parser_of("What it measures.\n\nMore of it.")
    assert parser.description == "What it measures."
    assert parser.parse_args([]).json is None
    assert parser.parse_args(["--json", "a.json"]).json.name == "a.json"
