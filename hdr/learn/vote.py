"""A soft vote of stored models, stored as a model itself: the mean of their probabilities. Nothing is trained."""

from pathlib import Path
from typing import Any

from hdr.data.datasets import load_mnist
from hdr.errors import SettingsError
from hdr.learn.held_out import held_out_by_all
from hdr.learn.record import check_name, record_of
from hdr.nets import ENSEMBLE
from hdr.score.trust import trust_of
from hdr.store.cards import model_folder
from hdr.store.models import Vote, as_input, load_digit_model, save_model


def train_ensemble(
    members: tuple[str, ...] = ENSEMBLE,
    *,
    name: str = "ensemble",
    folder: Path | None = None,
    replace_old: bool = False,
) -> Path:
    """Store a soft vote of stored models: the mean of their probabilities. Nothing is trained.

    Args:
        members: Names of stored models, two or more.
        name: Name of the stored model.
        folder: Folder of the models; where None, that of the model that is replaced, or the person's own.
        replace_old: Whether a stored model of that name may be replaced.

    Returns:
        The stored model's folder.

    Raises:
        SettingsError: There are too few members, or the name is taken or no name.
        ModelError: A member is missing or damaged, or reads no single digits.
        DataError: MNIST cannot be found.
    """
    check_name(name, folder, replace_old=replace_old)
    if len(set(members)) < max(2, len(members)) or name in members:
        raise SettingsError("An ensemble has two members or more, each of them once, and it is no member of itself.")
    vote = Vote(tuple(load_digit_model(member, folder) for member in members))
    votes = [member.name for member in vote.members if "members" in member.card]
    if votes:
        raise SettingsError(
            f"A member is a model of its own, and {', '.join(votes)} is a vote. Name its members instead."
        )
    titles = " and ".join(str(member.card["title"]) for member in vote.members)
    card = {
        "name": name,
        "net": "ensemble",
        "title": "Ensemble",
        "about": f"The mean of what {titles} say.",
        "members": vote.hashes,
        "trained_on": sorted({source for model in vote.members for source in model.card.get("trained_on", [])}),
        "parameters": sum(model.card["parameters"] or 0 for model in vote.members),
        "settings": {},
        "data": "none: its members are trained",
        "validation": "none: nothing is fitted",
        "seconds": 0,
        "metrics": {},
        **_trust_of_vote(vote),
    }
    record = record_of(vote, card, load_mnist("train").images[:16])
    return save_model(name, vote, record, folder or model_folder(name).parent)


def _trust_of_vote(vote: Vote) -> dict[str, Any]:
    """How far the vote's confidence can be trusted, where its members held out the same pictures."""
    validation = held_out_by_all(member.card for member in vote.members)
    return {"trust": trust_of(vote(as_input(validation.images)), validation.labels)} if validation else {}
