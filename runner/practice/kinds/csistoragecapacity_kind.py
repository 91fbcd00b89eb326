"""CSIStorageCapacity: how much storage is left where."""

from __future__ import annotations

from runner.practice.kinds.storage_rules import storage_capacity
from runner.practice.machinery.kind import FOREVER, Kind, Version

CSI_STORAGE_CAPACITY = Kind(
    group="storage.k8s.io",
    name="CSIStorageCapacity",
    plural="csistoragecapacities",
    validate=storage_capacity,
    versioned_updates_until=FOREVER,
    versions=(Version("v1", since=24), Version("v1beta1", since=21, until=26)),
)
