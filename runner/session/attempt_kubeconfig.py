"""The kubeconfig of an attempt: what the learner sets in it is there again at the next visit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import yaml

from runner.kept_contexts import with_kept
from runner.paths import write_private
from runner.session.attempt_files import KUBECONFIG
from runner.session.target import Target


def with_own_kubeconfig(target: Target, folder: Path) -> Target:
    """The target with a kubeconfig in the attempt's folder, written anew with what was changed in it. Raises OSError.

    A practice cluster's is the lab's own already. That of a context is shared by all labs on that cluster, and a namespace
    that one of them sets is not the others' business.
    """
    if target.practice:
        return target
    own = folder / KUBECONFIG
    pinned = yaml.safe_load(target.kubeconfig.read_text(encoding="utf-8"))
    write_private(own, yaml.safe_dump(with_kept(pinned, own), sort_keys=False))
    return replace(target, kubeconfig=own)
