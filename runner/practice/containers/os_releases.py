"""/etc/os-release of the distributions that images are built on."""

from __future__ import annotations

import re

_DEBIAN = {"13": "trixie", "12": "bookworm", "11": "bullseye", "10": "buster", "9": "stretch"}
_UBUNTU = {
    "24.04": "Noble Numbat",
    "22.04": "Jammy Jellyfish",
    "20.04": "Focal Fossa",
    "18.04": "Bionic Beaver",
    "16.04": "Xenial Xerus",
}


def debian(tag: str = "") -> str:
    """Of a tag of debian or of an image built on it: 11, bullseye, 1.25-bookworm …"""
    version = next(
        (number for number, name in _DEBIAN.items() if number == tag.partition(".")[0] or name in tag), "12"
    )
    name = _DEBIAN[version]
    return (
        f'PRETTY_NAME="Debian GNU/Linux {version} ({name})"\nNAME="Debian GNU/Linux"\nVERSION_ID="{version}"\n'
        f'VERSION="{version} ({name})"\nVERSION_CODENAME={name}\nID=debian\nHOME_URL="https://www.debian.org/"\n'
    )


def ubuntu(tag: str = "") -> str:
    names = {name.partition(" ")[0].lower(): number for number, name in _UBUNTU.items()}
    version = tag if tag in _UBUNTU else names.get(tag.partition("-")[0], "24.04")
    name = _UBUNTU[version]
    return (
        f'PRETTY_NAME="Ubuntu {version} LTS"\nNAME="Ubuntu"\nVERSION_ID="{version}"\nVERSION="{version} LTS ({name})"\n'
        f"VERSION_CODENAME={name.partition(' ')[0].lower()}\nID=ubuntu\nID_LIKE=debian\n"
    )


def alpine(tag: str = "") -> str:
    found = re.match(r"3\.\d+(\.\d+)?", tag)
    version = found[0] if found else "3.20.3"
    version += "" if version.count(".") == 2 else ".0"
    return (
        f'NAME="Alpine Linux"\nID=alpine\nVERSION_ID={version}\nPRETTY_NAME="Alpine Linux v{version.rpartition(".")[0]}"\n'
        'HOME_URL="https://alpinelinux.org/"\n'
    )


def red_hat(name: str, id_: str, version: str) -> str:
    return (
        f'NAME="{name}"\nVERSION="{version}"\nID="{id_}"\nID_LIKE="rhel fedora"\nVERSION_ID="{version}"\n'
        f'PRETTY_NAME="{name} {version}"\n'
    )
