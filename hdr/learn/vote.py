"""A soft vote of stored models, stored as a model itself. Nothing is trained.

Nets of single digits vote by the mean of their probabilities, string nets by that of what they give a text.
"""

from pathlib import Path
from typing import Any

from hdr.errors import DataError, SettingsError
from hdr.learn.held_out import held_out_by_all
from hdr.learn.record import check_name, record_of
from hdr.nets import ENSEMBLE, VOTES, kind_of
from hdr.score.trust import trust_of
from hdr.store.cards import kind_of_model, list_models, model_folder, read_card
from hdr.store.models import Vote, as_input, load_digit_model, load_model, read_golden, save_model


def train_ensemble(
    members: tuple[str, ...] = ENSEMBLE,
    *,
    name: str = "ensemble",
    folder: Path | None = None,
    replace_old: bool = False,
) -> Path:
    """Store a soft vote of stored models: the mean of their probabilities. Nothing is trained.

    Args:
        members: Names of stored models that all read single digits, or all read rows of digits; two or more.
        name: Name of the stored model.
        folder: Folder of the models; where None, that of the model that is replaced, or the person's own.
        replace_old: Whether a stored model of that name may be replaced.

    Returns:
        The stored model's folder.

    Raises:
        SettingsError: There are too few members, or the name is taken or no name.
        ModelError: A member is missing or damaged, or reads something else than the others.
        DataError: MNIST cannot be found, or, to test string nets, the cheques.
    """
    check_name(name, folder, replace_old=replace_old)
    if len(set(members)) < max(2, len(members)) or name in members:
        raise SettingsError("An ensemble has two members or more, each of them once, and it is no member of itself.")
    net = vote_net(members, folder)
    if name in list_models(folder) and kind_of_model(name, folder) != VOTES[net].reads:
        raise SettingsError(f"{name} reads something else than these members. Give another name.")
    vote = _load_members(members, folder, VOTES[net].reads)
    card = {
        "name": name,
        "net": net,
        "title": VOTES[net].title,
        "about": _about([str(member.card["title"]) for member in vote.members]),
        "members": vote.hashes,
        "trained_on": sorted({source for model in vote.members for source in model.card.get("trained_on", [])}),
        "parameters": sum(model.card["parameters"] or 0 for model in vote.members),
        "settings": {},
        "data": "none: its members are trained",
        "validation": "none: nothing is fitted",
        "seconds": 0,
        "metrics": {},
        **(_trust_of_vote(vote) if VOTES[net].reads == "digit" else {}),
    }
    record = record_of(vote, card, read_golden(members[0], folder)[0])
    if not record.card["metrics"]:
        raise DataError("A vote of string nets is tested on the cheques. Set HDR_DATA to a folder that holds them.")
    return save_model(name, vote, record, folder or model_folder(name).parent)


def vote_net(members: tuple[str, ...], folder: Path | None = None) -> str:
    """What a vote of these models is called as a net, by what they read; the shipped vote of its kind bears that name.

    Raises:
        ModelError: A member is missing or damaged.
    """
    kinds = {kind_of(read_card(member, folder)["net"]) for member in members}
    return next((net for net, spec in VOTES.items() if {spec.reads} == kinds), "ensemble")


def _load_members(members: tuple[str, ...], folder: Path | None, reads: str) -> Vote:
    load = load_model if reads == "string" else load_digit_model
    vote = Vote(tuple(load(member, folder) for member in members))
    votes = [member.name for member in vote.members if "members" in member.card]
    if votes:
        raise SettingsError(
            f"A member is a model of its own, and {', '.join(votes)} is a vote. Name its members instead."
        )
    return vote


def _about(titles: list[str]) -> str:
    """One sentence on a vote by the titles of its members."""
    if len(set(titles)) == 1:
        return f"The mean of what {len(titles)} models say, each a {titles[0]} of its own training."
    return f"The mean of what {', '.join(titles[:-1])} and {titles[-1]} say."


def _trust_of_vote(vote: Vote) -> dict[str, Any]:
    """How far the vote's confidence can be trusted, where its members held out the same pictures."""
    validation = held_out_by_all(member.card for member in vote.members)
    return {"trust": trust_of(vote(as_input(validation.images)), validation.labels)} if validation else {}
