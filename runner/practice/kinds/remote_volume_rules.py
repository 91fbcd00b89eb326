"""Rules of volumes that other machines serve: NFS, iSCSI, Fibre Channel, Ceph, Azure, Quobyte."""

from __future__ import annotations

import re
from collections.abc import Callable

from runner.practice.machinery.validation.problems import Object, Problems

Rule = Callable[[Problems, str, Object], None]


def needs(*fields: str) -> Rule:
    def check(problems: Problems, at: str, found: Object) -> None:
        for field in fields:
            if not found.get(field):
                problems.required(f"{at}.{field}")

    return check


def nfs(problems: Problems, at: str, found: Object) -> None:
    needs("server", "path")(problems, at, found)
    if found.get("path") and not found["path"].startswith("/"):
        problems.invalid(f"{at}.path", found["path"], "must be an absolute path")


def disk(name: str) -> Rule:
    def check(problems: Problems, at: str, found: Object) -> None:
        needs(name)(problems, at, found)
        if not 0 <= found.get("partition", 0) <= 255:
            problems.invalid(f"{at}.partition", found["partition"], "must be between 1 and 255, inclusive")

    return check


def iscsi(problems: Problems, at: str, found: Object) -> None:
    needs("targetPortal", "iqn")(problems, at, found)
    iqn = found.get("iqn", "")
    if (
        (iqn and not iqn.startswith(("iqn", "eui", "naa")))
        or (
            iqn.startswith("iqn")
            and not re.search(r"iqn\.\d{4}-\d{2}\.([a-zA-Z0-9-.]+)(:[^,;*&$|\s]+)?$", iqn)
        )
        or (iqn.startswith("eui") and not re.fullmatch(r"eui.[0-9a-fA-F]{16}", iqn))
        or (iqn.startswith("naa") and not re.fullmatch(r"naa.[0-9a-fA-F]{32}", iqn))
    ):
        problems.invalid(f"{at}.iqn", iqn, "must be valid format")
    if not 0 <= found.get("lun", 0) <= 255:
        problems.invalid(f"{at}.lun", found["lun"], "must be between 0 and 255, inclusive")
    if (found.get("chapAuthDiscovery") or found.get("chapAuthSession")) and found.get("secretRef") is None:
        problems.required(f"{at}.secretRef")
    if found.get("initiatorName") is not None and not found["initiatorName"].startswith(
        ("iqn", "eui", "naa")
    ):
        problems.invalid(f"{at}.initiatorname", found["initiatorName"], "must be valid format")


def fc(problems: Problems, at: str, found: Object) -> None:
    names_given, ids = found.get("targetWWNs"), found.get("wwids")
    if not names_given and not ids:
        problems.required(f"{at}.targetWWNs", "must specify either targetWWNs or wwids, but not both")
    if names_given and ids:
        problems.invalid(
            f"{at}.targetWWNs", names_given, "targetWWNs and wwids can not be specified simultaneously"
        )
    if names_given:
        if found.get("lun") is None:
            problems.required(f"{at}.lun", "lun is required if targetWWNs is specified")
        elif not 0 <= found["lun"] <= 255:
            problems.invalid(f"{at}.lun", found["lun"], "must be between 0 and 255, inclusive")


def ceph(problems: Problems, at: str, found: Object) -> None:
    needs("monitors")(problems, at, found)


def azure_disk(problems: Problems, at: str, found: Object) -> None:
    needs("diskName", "diskURI")(problems, at, found)
    if found.get("cachingMode") not in (None, "None", "ReadOnly", "ReadWrite"):
        problems.unsupported(f"{at}.cachingMode", found["cachingMode"], ("None", "ReadOnly", "ReadWrite"))
    kind, kinds = found.get("kind"), ("Shared", "Dedicated", "Managed")
    if kind is not None and kind not in kinds:
        problems.unsupported(f"{at}.kind", kind, ("Dedicated", "Managed", "Shared"))
    uri = found.get("diskURI", "")
    if kind == "Managed" and uri.find("/subscriptions/") != 0:
        problems.unsupported(
            f"{at}.diskURI",
            uri,
            (
                "/subscriptions/{sub-id}/resourceGroups/{group-name}/providers/Microsoft.Compute/disks/{disk-id}",
            ),
        )
    if kind != "Managed" and uri and not uri.startswith("https://"):
        problems.unsupported(
            f"{at}.diskURI",
            uri,
            ("https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",),
        )


def azure_file(problems: Problems, at: str, found: Object) -> None:
    needs("secretName", "shareName")(problems, at, found)
    if found.get("secretNamespace") == "":
        problems.required(f"{at}.secretNamespace")


def quobyte(problems: Problems, at: str, found: Object) -> None:
    registry = found.get("registry", "")
    if not registry:
        problems.required(f"{at}.registry", "must be a host:port pair or multiple pairs separated by commas")
    elif len(found.get("tenant", "")) >= 65:
        problems.required(f"{at}.tenant", "must be a UUID and may not exceed a length of 64 characters")
    else:
        for pair in registry.split(","):
            if ":" not in pair:
                problems.invalid(
                    f"{at}.registry",
                    registry,
                    "must be a host:port pair or multiple pairs separated by commas",
                )
    if not found.get("volume"):
        problems.required(f"{at}.volume")
