"""Every net of the registry builds as its docstring says."""

import re

import numpy as np
import pytest

from hdr.learn.train import settings_for
from hdr.nets import NETS
from hdr.nets.backend import load_keras

EXACT = {"cnn": 243_114}


@pytest.fixture(scope="module", params=NETS)
def net(request):
    load_keras().utils.set_random_seed(1)
    return request.param, NETS[request.param].build()


def test_parameters_as_documented(net):
    name, model = net
    documented = int(re.match(r"([\d,]+) parameters", NETS[name].build.__doc__)[1].replace(",", ""))
    assert round(model.count_params(), -3) == round(documented, -3)
    assert model.count_params() == EXACT.get(name, model.count_params())


def test_frame_in_probabilities_out(net):
    _, model = net
    assert (model.input_shape, model.output_shape) == ((None, 28, 28, 1), (None, 10))
    answers = np.asarray(model(np.random.default_rng(1).random((3, 28, 28, 1), np.float32), training=False))
    np.testing.assert_allclose(answers.sum(axis=1), 1.0, atol=1e-5)
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


def test_the_recipe_is_valid(net):
    name, _ = net
    assert NETS[name].recipe.items() <= vars(settings_for(name)).items()
