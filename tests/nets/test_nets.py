"""Every net of the registry builds as its docstring says, and the papers' nets as they are printed."""

import re

import numpy as np
import pytest

from hdr.learn.settings import settings_for
from hdr.nets import ENSEMBLE, NETS, ClassicalSpec, NetSpec, is_for_comparing, kind_of
from hdr.nets.backend import load_keras

PAPERS = {
    "mendapara_cnn": 34_842,
    "nagpal_cnn": 354_378,
    "viegas_cnn": 421_642,
    "krishna_mlp": 42_310,
    "arun_cnn": 225_034,
    "arun_rnn": 81_674,
}
EXACT = {"cnn": 243_114, "pen": 108_170, "crnn": 1_232_507} | PAPERS
KERAS = [name for name, spec in NETS.items() if isinstance(spec, NetSpec)]
STRIPS = np.random.default_rng(2).random((3, 32, 64, 1), np.float32)
PATHS = np.random.default_rng(3).random((3, 54, 5), np.float32)
NOISE = np.random.default_rng(1).random((3, 28, 28, 1), np.float32)


@pytest.fixture(scope="module", params=KERAS)
def net(request):
    load_keras().utils.set_random_seed(1)
    return request.param, NETS[request.param].build()


def shown(name: str) -> np.ndarray:
    """Three pictures, strips or paths, as the net takes them."""
    return {"digit": NOISE, "string": STRIPS, "path": PATHS}[kind_of(name)]


def build(name: str):
    load_keras().utils.set_random_seed(1)
    return NETS[name].build()


# --- the registry ---------------------------------------------------------------------------------------------------


def test_what_the_registry_holds():
    classical = [name for name, spec in NETS.items() if isinstance(spec, ClassicalSpec)]
    assert ["cnn", "quick_cnn", "rnn", "crnn", "pen", *PAPERS] == KERAS
    assert list(NETS) == KERAS + classical
    assert set(ENSEMBLE) == {"cnn", "rnn"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("cnn", "digit"),
        ("crnn", "string"),
        ("pen", "path"),
        ("svm", "digit"),
        ("mine", "digit"),
        ("string_ensemble", "string"),
    ],
)
def test_what_a_net_reads(name, kind):
    assert kind_of(name) == kind


def test_titles_tell_the_nets_apart():
    assert len({spec.title for spec in NETS.values()}) == len(NETS)
    assert all(spec.about.endswith(".") for spec in NETS.values())


@pytest.mark.parametrize(
    ("name", "accuracy", "about"),
    [
        ("mendapara_cnn", 0.9885, "MNIST"),
        ("nagpal_cnn", 0.9937, "MNIST"),
        ("viegas_cnn", 0.9894, "EMNIST"),
        ("krishna_mlp", 0.971, "MNIST"),
        ("arun_cnn", 0.9915, "MNIST"),
        ("arun_rnn", 0.9874, "MNIST"),
    ],
)
def test_what_the_papers_claim(name, accuracy, about):
    claim = NETS[name].claim
    assert claim.accuracy == accuracy
    assert claim.about.startswith(about)


def test_the_papers_nets_alone_have_a_claim():
    assert [name for name in KERAS if NETS[name].claim] == list(PAPERS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in (*PAPERS, "knn", "naive_bayes", "cnn_hardened")),
        *((name, False) for name in ("cnn", "quick_cnn", "rnn", "crnn", "pen", "ensemble", "string_ensemble")),
    ],
)
def test_our_own_nets_are_to_read_with(name, expected):
    assert is_for_comparing(name) is expected


def test_a_quick_look_trains_a_smaller_net_of_the_registry():
    quick = {name: NETS[name].quick for name in KERAS if NETS[name].quick}
    assert quick == {"cnn": "quick_cnn"}
    assert build("quick_cnn").count_params() < build("cnn").count_params() / 3
    assert settings_for("quick_cnn").epochs < settings_for("cnn").epochs / 3


# --- every net ------------------------------------------------------------------------------------------------------


def test_parameters_as_documented(net):
    name, model = net
    documented = int(re.match(r"([\d,]+) parameters", NETS[name].build.__doc__)[1].replace(",", ""))
    assert round(model.count_params(), -3) == round(documented, -3)
    assert model.count_params() == EXACT.get(name, model.count_params())
    assert name not in PAPERS or documented == model.count_params()


def test_frame_in_probabilities_out(net):
    name, model = net
    shapes = {
        "digit": ((None, 28, 28, 1), (None, 10)),
        "string": ((None, 32, None, 1), (None, None, 11)),
        "path": ((None, 54, 5), (None, 10)),
    }
    assert (model.input_shape, model.output_shape) == shapes[kind_of(name)]
    answers = np.asarray(model(shown(name), training=False))
    assert answers.min() >= 0
    np.testing.assert_allclose(answers.sum(axis=-1), 1.0, atol=1e-5)
    assert np.ptp(answers, axis=0).max() > 0


def test_the_last_dense_layer_is_named_logits(net):
    _, model = net
    dense = [layer for layer in model.layers if isinstance(layer, load_keras().layers.Dense)]
    assert dense[-1].name == "logits"
    assert dense[-1].get_config()["activation"] == "linear"


def test_a_fresh_uncompiled_model_each_time(net):
    name, model = net
    assert not model.compiled
    assert NETS[name].build() is not model


def test_a_net_is_stored_and_loaded_safely(net, tmp_path):
    """Nothing in it needs Keras to run code from the file."""
    name, model = net
    model.save(tmp_path / "model.keras")
    loaded = load_keras().saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    np.testing.assert_allclose(np.asarray(loaded(shown(name))), np.asarray(model(shown(name))), atol=1e-6)


def test_the_recipe_is_valid(net):
    name, _ = net
    assert NETS[name].recipe.items() <= vars(settings_for(name)).items()


# --- the papers' nets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("mendapara_cnn", "conv 8, conv 16, pool, conv 32, conv 32, pool, conv 64, mean, drop 0.2, dense 16, dense 10"),
        ("nagpal_cnn", "conv 128, pool, conv 128, pool, flat, dense 64, dense 10"),
        ("viegas_cnn", "conv 32, pool, conv 64, pool, drop 0.25, flat, dense 128, drop 0.5, dense 10"),
        ("krishna_mlp", "flat, dense 50, dense 50, dense 10"),
        ("arun_cnn", "conv 32, pool, conv 64, pool, flat, drop 0.5, dense 128, dense 10"),
        ("arun_rnn", "lstm 128, dense 10"),
    ],
)
def test_layer_by_layer(name, layers):
    words = {
        "Conv2D": lambda layer: f"conv {layer.filters}",
        "MaxPooling2D": lambda _: "pool",
        "GlobalAveragePooling2D": lambda _: "mean",
        "Dropout": lambda layer: f"drop {layer.rate}",
        "Flatten": lambda _: "flat",
        "Dense": lambda layer: f"dense {layer.units}",
        "LSTM": lambda layer: f"lstm {layer.units}",
    }
    found = [(type(layer).__name__, layer) for layer in build(name).layers]
    assert ", ".join(words[kind](layer) for kind, layer in found if kind in words) == layers


def test_mendaparas_leaky_relu_follows_every_layer_but_the_last():
    kinds = [type(layer).__name__ for layer in build("mendapara_cnn").layers]
    after = [kinds[index + 1] for index, kind in enumerate(kinds) if kind in ("Conv2D", "Dense")]
    assert after == ["LeakyReLU"] * 6 + ["Softmax"]


@pytest.mark.parametrize("name", [name for name in PAPERS if name not in ("mendapara_cnn", "arun_rnn")])
def test_hidden_layers_are_rectified(name):
    hidden = [layer.get_config() for layer in build(name).layers if type(layer).__name__ in ("Conv2D", "Dense")][:-1]
    assert {config["activation"] for config in hidden} == {"relu"}


@pytest.mark.parametrize("name", PAPERS)
def test_the_probabilities_are_made_of_the_logits(name):
    """A softmax; Krishna's are ten sigmoids divided by their sum."""
    keras, model = load_keras(), build(name)
    logits = np.asarray(keras.Model(model.inputs[0], model.get_layer("logits").output)(NOISE)).astype(float)
    parts = 1 / (1 + np.exp(-logits)) if name == "krishna_mlp" else np.exp(logits)
    np.testing.assert_allclose(np.asarray(model(NOISE)), parts / parts.sum(axis=1, keepdims=True), atol=1e-6)


def test_krishnas_sigmoids_may_all_be_tiny():
    """Of ten sigmoids near e^-60 the largest still wins, by its share."""
    model = build("krishna_mlp")
    kernel, bias = model.get_layer("logits").get_weights()
    model.get_layer("logits").set_weights([kernel * 0, bias - 60 + np.log([1, 1, 1, 1, 1, 1, 1, 1, 1, 11])])
    np.testing.assert_allclose(np.asarray(model(NOISE)), [[0.05] * 9 + [0.55]] * 3, rtol=1e-4)


def test_aruns_rnn_reads_the_rows_from_the_top():
    """The same layers on rows in the other order give other answers; on rows as they are, the net's own."""
    model = build("arun_rnn")
    rows = NOISE.reshape(3, 28, 28)
    layers = [layer for layer in model.layers if type(layer).__name__ in ("LSTM", "Dense", "Softmax")]
    found = []
    for order in (rows, rows[:, ::-1], rows.transpose(0, 2, 1)):
        answer = order
        for layer in layers:
            answer = layer(answer)
        found.append(np.asarray(answer))
    np.testing.assert_allclose(found[0], np.asarray(model(NOISE)), atol=1e-6)
    assert not np.allclose(found[0], found[1], atol=1e-4)
    assert not np.allclose(found[0], found[2], atol=1e-4)
