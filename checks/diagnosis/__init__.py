"""Why something does not hold: causes read off pods, events and Services, each with the way out.

One file a family of causes. Nothing here judges: a finding stands beside a verdict that was given already.
"""

from __future__ import annotations

from checks.diagnosis.balancing import no_address
from checks.diagnosis.creation import not_created
from checks.diagnosis.leaving import namespace_stuck
from checks.diagnosis.names import elsewhere_on_disk, similar_path
from checks.diagnosis.pods import unready_pods

__all__ = [
    "elsewhere_on_disk",
    "namespace_stuck",
    "no_address",
    "not_created",
    "similar_path",
    "unready_pods",
]
