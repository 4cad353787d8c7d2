"""The README's table of figures is what the files of benchmarks/results say, and its pictures are there."""

import re
from pathlib import Path

from scripts.write_figures import END, MODELS_END, MODELS_START, START, model_table, table

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_the_figures_are_those_of_the_result_files():
    assert README.split(START)[1].split(END)[0].strip() == table().strip()


def test_the_models_are_those_that_are_stored():
    assert README.split(MODELS_START)[1].split(MODELS_END)[0].strip() == model_table().strip()


def test_every_picture_and_file_that_it_names_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(links) > 5
    assert [link for link in links if not (PROJECT / link).exists()] == []
