"""Train a stored model's net again from another seed, to see how much of its figure is luck."""

from dataclasses import replace
from pathlib import Path

from hdr.data.augment import augmentation_of
from hdr.data.datasets import load_mnist
from hdr.errors import SettingsError
from hdr.learn.plan import Plan
from hdr.learn.settings import settings_of
from hdr.learn.train import fit_plan, load_plan
from hdr.nets import NETS, kind_of
from hdr.score.metrics import score
from hdr.store.cards import read_card
from hdr.store.measures import read_measures, write_measure
from hdr.store.models import as_input, predictor


def train_seed(name: str, seed: int, folder: Path | None = None) -> float:
    """Train the model's net by its own settings but the seed, and keep its figures on MNIST's test set.

    The weights are thrown away; seed, accuracy and loss go into `measures.json`, a figure of the same seed is replaced.

    Args:
        name: A stored model.
        seed: The other seed, which also draws another validation part.
        folder: Folder of the models.

    Returns:
        Accuracy on MNIST's test set, 0..1.

    Raises:
        ModelError: The model is missing or damaged.
        SettingsError: It is an ensemble, was not trained on MNIST alone and afresh, or the seed is its own.
        DataError: MNIST cannot be found.
    """
    card = read_card(name, folder)
    if card["net"] not in NETS or kind_of(card["net"]) != "digit":
        raise SettingsError(f"Model {name!r} is a {card['net']}, which has no figure on MNIST by seed.")
    if card.get("trained_on", ["mnist"]) != ["mnist"] or "base" in card:
        raise SettingsError(f"Model {name!r} learned from more than MNIST. Repeat its run with another seed instead.")
    settings = settings_of(card)
    if seed == settings.seed:
        raise SettingsError(f"Seed {seed} is the one that model {name!r} was trained with. Choose another.")
    plan = Plan(card["net"], replace(settings, seed=seed), augmentation_of(card.get("augmentation", {})))
    model, _, _ = fit_plan(plan, load_plan(plan))
    test = load_mnist("test")
    scores = score(predictor(model)(as_input(test.images)), test.labels)
    others = [known for known in read_measures(name, folder).get("seeds", []) if known["seed"] != seed]
    write_measure(name, "seeds", [*others, {"seed": seed, "accuracy": scores.accuracy, "loss": scores.loss}], folder)
    return scores.accuracy
