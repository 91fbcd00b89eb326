"""Where a lab that is opened goes: straight to its cluster, where there is nothing to choose, or to the page of places."""

from __future__ import annotations

from collections.abc import Sequence

from runner.labs.model import Lab
from runner.session.lab_catalogue import Attempt, attempts
from runner.session.lab_places import Place, Survey, survey


def way_in(lab: Lab) -> Place | None:
    """The place that needs no choosing; None where the learner is to choose. Reads kubeconfigs and records, asks no cluster."""
    return straight_to(survey(lab), attempts(lab.id))


def straight_to(found: Survey, been: Sequence[Attempt]) -> Place | None:
    """Where the lab was worked on last, else the only place there is; None where the learner is to choose.

    `been` has the newest attempt first. A context whose name leads to another server by now was not agreed to: it is to
    be chosen again. So is a place where a kubeconfig can't be read, which perhaps hides the one that was meant.
    """
    if been:
        latest = been[0]
        place = next((each for each in found.places if each.name == latest.target), None)
        return place if place is not None and (place.practice or place.server == latest.server) else None
    return found.places[0] if len(found.places) == 1 and not found.problems else None
