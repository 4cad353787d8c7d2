"""Charts: what is drawn is what was given; axes have titles, backgrounds are clear, series can be told apart."""

import numpy as np
import pytest

from hdr import figures

HISTORY = {
    "epoch": [0.0, 1.0],
    "seconds": [10.0, 21.0],
    "accuracy": [0.9, 0.95],
    "val_accuracy": [0.93, 0.97],
    "loss": [0.5, 0.3],
    "val_loss": [0.4, 0.2],
}
MATRIX = np.diag(np.full(10, 90)) + np.eye(10, k=1, dtype=int) * 10
BINS = (np.array([0.1, 0.6, 0.9]), np.array([0.0, 0.5, 0.95]), np.array([3, 20, 400]))

ALL = {
    "accuracy curves": figures.history_curves({"A": HISTORY, "B": HISTORY}, "accuracy", by_time=False, line=0.9985),
    "loss curves": figures.history_curves({"A": HISTORY}, "loss", by_time=True),
    "confusion": figures.confusion_figure(MATRIX),
    "difference": figures.confusion_difference({"A": MATRIX, "B": MATRIX.T}),
    "trade-off": figures.trade_off([figures.Dot("A", 0.5, 0.99, 0.98, 0.995)], "milliseconds", 0.9985),
    "digits": figures.digit_errors({"A": np.linspace(0, 0.1, 10)}),
    "corruptions": figures.corruption_dots({"A": {"shot_noise": 0.9, "fog": 0.5}}, "fog"),
    "noise": figures.noise_curves({"A": [(0.0, 0.99), (0.3, 0.9)]}, 0.3),
    "attacks": figures.attack_curves({"A": {"pgd": [[0.0, 0.99], [0.1, 0.2]], "fgsm": [[0.0, 0.99], [0.1, 0.8]]}}, 0.1),
    "reliability": figures.reliability_diagram({"A": BINS}),
    "rejection": figures.rejection_dots({"A": {"all": 0.9, "letters": 0.8}}),
    "coverage": figures.coverage_curves({"A": (np.array([0.9, 0.5]), np.array([0.7, 1.0]), np.array([0.0, 4.0]))}),
}


@pytest.mark.parametrize("name", ALL)
def test_readable_in_light_and_dark(name):
    layout = ALL[name].layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is None


@pytest.mark.parametrize("name", [name for name in ALL if name not in {"corruptions", "rejection"}])
def test_both_axes_have_a_title(name):
    assert ALL[name].layout.xaxis.title.text
    assert ALL[name].layout.yaxis.title.text


@pytest.mark.parametrize("name", ["corruptions", "rejection", "noise", "coverage", "trade-off", "accuracy curves"])
def test_shares_have_as_many_places_as_they_need(name):
    assert ".3~%" in {ALL[name].layout.xaxis.tickformat, ALL[name].layout.yaxis.tickformat}


@pytest.mark.parametrize("count", [6, 12, 24])
def test_series_differ_in_colour_or_form(count):
    curves = {f"model {index}": [(0.0, 0.9), (0.1, 0.8)] for index in range(count)}
    looks = {(trace.line.color, trace.line.dash) for trace in figures.noise_curves(curves).data}
    assert len(looks) == count


@pytest.mark.parametrize(("epochs", "step"), [(1, 1), (2, 1), (10, 1), (11, None)])
def test_few_epochs_and_trials_are_counted_by_ones(epochs, step):
    history = {"epoch": range(epochs)} | dict.fromkeys(("accuracy", "val_accuracy"), [0.5] * epochs)
    assert figures.history_curves({"A": history}, "accuracy", by_time=False).layout.xaxis.dtick == step
    trials = [(number, 0.5, "complete") for number in range(epochs + 1)]
    assert figures.search_history(trials).layout.xaxis.dtick == step
    assert figures.search_history(trials[:1]).layout.xaxis.dtick == 1


def test_curves_by_epoch_and_by_time():
    by_epoch = figures.history_curves({"A": HISTORY}, "accuracy", by_time=False)
    by_time = figures.history_curves({"A": HISTORY}, "accuracy", by_time=True)
    assert [list(trace.x) for trace in by_epoch.data] == [[1, 2], [1, 2]]
    assert [list(trace.x) for trace in by_time.data] == [[10, 21], [10, 21]]
    assert [list(trace.y) for trace in by_epoch.data] == [HISTORY["val_accuracy"], HISTORY["accuracy"]]
    assert (by_epoch.layout.xaxis.title.text, by_time.layout.xaxis.title.text) == ("epoch", "seconds")


@pytest.mark.parametrize(("metric", "least", "most"), [("accuracy", 0.29, 1.001), ("loss", 0, 2.1)])
def test_the_axis_of_a_single_history_holds_its_training_too(metric, least, most):
    hard = HISTORY | {"accuracy": [0.3, 0.6], "loss": [2.0, 1.0]}
    alone = figures.history_curves({"A": hard}, metric, by_time=False)
    assert alone.layout.yaxis.range == pytest.approx((least, most))
    with_another = figures.history_curves({"A": hard, "B": HISTORY}, metric, by_time=False)
    assert np.ptp(with_another.layout.yaxis.range) < np.ptp(alone.layout.yaxis.range)


def test_of_many_models_each_has_one_entry_in_the_legend_and_the_chart_grows():
    few, many = (
        figures.history_curves({f"model {index}": HISTORY for index in range(count)}, "accuracy", by_time=False)
        for count in (2, 12)
    )
    assert [trace.name for trace in many.data if trace.showlegend] == [f"model {index}" for index in range(12)]
    assert many.layout.height >= few.layout.height + 60
    assert len({(trace.line.color, trace.marker.symbol) for trace in many.data}) == 12
    assert many.data[0].mode == "lines+markers"


def test_series_that_no_legend_can_name_need_no_room_for_it():
    trials = [({"units": units}, 0.9) for units in (32, 64)]
    assert figures.parallel_coordinates(trials).layout.height == 340


def test_dots_are_named_in_the_plot_where_there_is_room():
    named = figures.trade_off([figures.Dot(str(cost), cost, 0.9, 0.8, 0.95) for cost in (1, 9)], "ms")
    assert [(dot.mode, dot.textposition) for dot in named.data] == [
        ("markers+text", "middle right"),
        ("markers+text", "middle left"),
    ]
    crowded = figures.trade_off([figures.Dot(str(cost), cost, 0.9, 0.8, 0.95) for cost in range(1, 13)], "ms")
    assert all(dot.mode == "markers" and dot.showlegend for dot in crowded.data)


def test_the_noise_line_is_named():
    (line,) = ALL["accuracy curves"].layout.shapes
    assert line.y0 == line.y1 == 0.9985
    assert line.name.startswith("99.85%")


@pytest.mark.parametrize(
    ("percent", "errors_only", "diagonal", "beside"),
    [(False, True, 0, 10), (False, False, 90, 10), (True, True, 0, 10), (True, False, 90, 10)],
)
def test_numbers_of_a_matrix(percent, errors_only, diagonal, beside):
    values = figures.shown_values(MATRIX, percent=percent, errors_only=errors_only)
    assert values[0, 0] == diagonal
    assert values[0, 1] == beside
    assert values[9, 9] == (diagonal if not percent else 100 * (diagonal > 0))


def test_percent_of_a_digit_that_is_never_written():
    assert not figures.shown_values(np.zeros((10, 10), int), percent=True, errors_only=False).any()


def test_every_cell_can_be_clicked():
    clickable = figures.confusion_figure(MATRIX).data[1]
    cells = list(zip(clickable.y, clickable.x, clickable.customdata, strict=True))
    assert len(cells) == 100
    assert ("0", "1", 10.0) in cells
    assert ("1", "0", 0.0) in cells


def test_matrices_share_a_scale_where_one_is_given():
    assert figures.confusion_figure(MATRIX, top=50).data[0].zmax == 50
    assert figures.confusion_figure(MATRIX).data[0].zmax == 10
    assert figures.confusion_figure(np.diag(np.full(10, 5))).data[0].zmax == 1


def test_a_difference_is_symmetric_about_zero():
    heat = ALL["difference"].data[0]
    assert (heat.zmin, heat.zmax) == (-10, 10)
    assert heat.z[0][1] == 10
    assert heat.z[1][0] == -10


@pytest.mark.parametrize(
    ("percent", "errors_only", "diagonal", "beside"),
    [(False, True, "", "+20"), (False, False, "+10", "+20"), (True, True, "", "+18.2"), (True, False, "-7.1", "+18.2")],
)
def test_a_difference_heeds_what_its_cells_shall_show(percent, errors_only, diagonal, beside):
    first = np.full((10, 10), 0)
    first[0, :2] = 90, 20
    second = np.full((10, 10), 0)
    second[0, :2] = 80, 0
    second[0, 2] = 10
    figure = figures.confusion_difference({"A": first, "B": second}, percent=percent, errors_only=errors_only)
    assert tuple(figure.data[1].text[:2]) == (diagonal, beside)


def test_intervals_of_the_trade_off():
    (dot,) = ALL["trade-off"].data
    assert dot.error_y.array[0] == pytest.approx(0.005)
    assert dot.error_y.arrayminus[0] == pytest.approx(0.01)
    assert ALL["trade-off"].layout.xaxis.type == "log"


def test_both_attacks_are_told_apart_and_the_chosen_epsilon_is_marked():
    figure = ALL["attacks"]
    pgd, fgsm = figure.data
    assert (pgd.name, list(pgd.y), pgd.line.dash) == ("A", [0.99, 0.2], "solid")
    assert (fgsm.name, list(fgsm.y), fgsm.line.dash) == ("A", [0.99, 0.8], "dot")
    assert pgd.line.color == fgsm.line.color
    assert "solid: PGD, dotted: FGSM" in figure.layout.xaxis.title.text
    assert [line.x0 for line in figure.layout.shapes] == [0.1]


def test_bins_of_few_pictures_are_left_out():
    honest, trace = ALL["reliability"].data
    assert list(trace.x) == [0.6, 0.9]
    assert list(trace.customdata) == [20, 400]
    assert trace.marker.size[1] > trace.marker.size[0]
    assert list(honest.x) == list(honest.y)


def test_coverage_against_error():
    (trace,) = ALL["coverage"].data
    assert (list(trace.x), list(trace.y), list(trace.customdata)) == ([0.7, 1.0], [0.0, 4.0], [0.9, 0.5])


@pytest.mark.parametrize(
    ("wrong", "left"), [([0.0, 0.01, 2.0, 4.0], 0.88), ([1.0, 2.0, 3.0, 4.0], 0.4), ([0.0, 0.0, 0.0, 0.0], 0.4)]
)
def test_the_axis_of_coverage_begins_where_errors_do(wrong, left):
    share = np.array([0.5, 0.7, 0.9, 1.0])
    figure = figures.coverage_curves({"A": (share, share, np.array(wrong))})
    assert figure.layout.xaxis.range[0] == pytest.approx(left)
    assert figure.layout.xaxis.range[1] > 1.0
