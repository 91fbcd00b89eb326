"""Where on this machine volumes are kept: a folder for each PersistentVolume, and one for the files of each node."""

from __future__ import annotations

import shutil
from pathlib import Path

from runner.practice.machinery.store import Key, Object, Store
from runner.practice.node.volume_sources import VolumeProblem

PROVISIONED = "pv.kubernetes.io/provisioned-by"
NODE_FILES = {
    "etc/hostname": "{node}\n",
    "etc/os-release": 'PRETTY_NAME="Labgate practice node"\nNAME="Labgate practice node"\nID=practice\n',
}
NODE_FOLDERS = (
    "etc/kubernetes",
    "mnt",
    "opt",
    "tmp",
    "var/lib/kubelet",
    "var/log/containers",
    "var/log/pods",
)


class VolumeFolders:
    """Below one folder of the cluster's state; what is in it outlives pods and this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of_volume(self, name: str) -> Path:
        """The folder of a PersistentVolume that is not a node's."""
        return self._folder / "persistent" / name

    def remove_volume(self, name: str) -> None:
        shutil.rmtree(self.of_volume(name), ignore_errors=True)

    def of_node(self, node: str) -> Path:
        """The root of a node's files, made where there is none."""
        root = self._folder / "nodes" / node
        if not root.exists():
            for folder in NODE_FOLDERS:
                (root / folder).mkdir(parents=True, exist_ok=True)
            for path, text in NODE_FILES.items():
                (root / path).write_text(text.format(node=node))
        return root

    def host_path(self, node: str, path: str, kind: str) -> Path:
        """The node's root, with a hostPath of type `kind` in it. Raises VolumeProblem as the kubelet words it."""
        root = self.of_node(node)
        place = (root / path.strip("/")).resolve()
        if not place.is_relative_to(root.resolve()):
            raise VolumeProblem(f"hostPath type check failed: {path} is not a directory")
        if kind == "DirectoryOrCreate" and not place.exists():
            place.mkdir(parents=True)
        elif kind == "FileOrCreate" and not place.exists():
            if not place.parent.is_dir():
                raise VolumeProblem(f"open {path}: no such file or directory")
            place.touch()
        wanted, right = {
            "Directory": ("a directory", place.is_dir()),
            "DirectoryOrCreate": ("a directory", place.is_dir()),
            "File": ("a file", place.is_file()),
            "FileOrCreate": ("a file", place.is_file()),
            "Socket": ("a socket file", False),
            "CharDevice": ("a character device", False),
            "BlockDevice": ("a block device", False),
        }.get(kind, ("", True))
        if not right:
            raise VolumeProblem(f"hostPath type check failed: {path} is not {wanted}")
        return root


def is_provisioned(volume: Object) -> bool:
    """Whether a PersistentVolume was made for its claim by a storage class."""
    return PROVISIONED in (volume["metadata"].get("annotations") or {})


def volume_of_claim(store: Store, namespace: str, claim: str) -> Object | None:
    """The PersistentVolume that a claim is bound to."""
    found = store.get(Key("persistentvolumeclaims", namespace, claim))
    name = (found or {}).get("spec", {}).get("volumeName")
    return store.get(Key("persistentvolumes", "", name)) if name else None
