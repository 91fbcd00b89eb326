"""What a CertificateSigningRequest may say, in kube-apiserver's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Problems

Object = dict[str, Any]

KEY_USAGES = {
    "signing": "digital_signature",
    "digital signature": "digital_signature",
    "content commitment": "content_commitment",
    "key encipherment": "key_encipherment",
    "key agreement": "key_agreement",
    "data encipherment": "data_encipherment",
    "cert sign": "key_cert_sign",
    "crl sign": "crl_sign",
    "encipher only": "encipher_only",
    "decipher only": "decipher_only",
}
"""How x509 calls them."""
EXTENDED_USAGES = {
    "any": "2.5.29.37.0",
    "server auth": "1.3.6.1.5.5.7.3.1",
    "client auth": "1.3.6.1.5.5.7.3.2",
    "code signing": "1.3.6.1.5.5.7.3.3",
    "email protection": "1.3.6.1.5.5.7.3.4",
    "s/mime": "1.3.6.1.5.5.7.3.4",
    "ipsec end system": "1.3.6.1.5.5.7.3.5",
    "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
    "ipsec user": "1.3.6.1.5.5.7.3.7",
    "timestamping": "1.3.6.1.5.5.7.3.8",
    "ocsp signing": "1.3.6.1.5.5.7.3.9",
    "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
    "netscape sgc": "2.16.840.1.113730.4.1",
}
"""Their object identifiers (RFC 5280)."""
USAGES = sorted((*KEY_USAGES, *EXTENDED_USAGES))
ONLY_TRUE = ("Approved", "Denied", "Failed")
SIGNER_FORM = "must be a fully qualified domain and path of the form 'example.com/signer-name'"


def check_usages(problems: Problems, usages: Sequence[str], *, lenient: bool) -> None:
    """`lenient`: as of v1beta1, which takes any, and of what is there already."""
    if not usages:
        problems.required("spec.usages", "usages must be provided" if problems.minor >= 19 else "")
    if lenient:
        return
    for index, usage in enumerate(usages):
        if usage not in USAGES:
            problems.unsupported(f"spec.usages[{index}]", usage, USAGES)
    for index, usage in enumerate(usages):
        if usage in usages[:index]:
            problems.duplicate(f"spec.usages[{index}]", usage)


def check_signer(problems: Problems, signer: str) -> None:
    field = "spec.signerName"
    if not signer:
        problems.required(field, "signerName must be provided")
        return
    domain, *path = signer.split("/")
    if len(path) != 1:
        problems.invalid(field, signer, SIGNER_FORM)
        return
    labels = domain.split(".")
    _first_wrong(problems, field, domain, labels, names.label)
    if len(labels) < 2:
        words = "should be a domain with at least two segments separated by dots"
        problems.invalid(field, domain, words)
    _first_wrong(problems, field, path[0], path[0].split("."), names.subdomain)


def _first_wrong(problems: Problems, field: str, value: str, labels: Sequence[str], rule: Any) -> None:
    for label in labels:
        wrong = rule(label)
        for why in wrong:
            problems.invalid(field, value, f'validating label "{label}": {why}')
        if wrong:
            return


def check_conditions(problems: Problems, conditions: Sequence[Object], *, lenient: bool) -> None:
    seen: list[str] = []
    for index, condition in enumerate(conditions):
        here, kind, status = (
            f"status.conditions[{index}]",
            condition.get("type", ""),
            condition.get("status", ""),
        )
        if not kind and not lenient:
            problems.required(f"{here}.type")
        allowed = ("True",) if kind in ONLY_TRUE else ("False", "True", "Unknown")
        problems.one_of(f"{here}.status", status, allowed)
        other = {"Approved": "Denied", "Denied": "Approved"}.get(kind)
        if other in seen:
            words = "Approved and Denied conditions are mutually exclusive"
            problems.invalid(f"{here}.type", kind, words)
        if kind in seen and not lenient:
            problems.duplicate(f"{here}.type", kind)
        seen.append(kind)
