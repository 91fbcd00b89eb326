"""ValidatingWebhookConfiguration: webhooks that may refuse objects at admission."""

from __future__ import annotations

from runner.practice.kinds.webhook_rules import webhooks
from runner.practice.kinds.webhooks import (
    WEBHOOK_LISTS,
    WEBHOOKS_PRINTER,
    default_webhooks,
    v1beta1_to_storage,
)
from runner.practice.machinery.kind import FOREVER, Conversion, Kind, Version

VALIDATING_WEBHOOK_CONFIGURATION = Kind(
    group="admissionregistration.k8s.io",
    name="ValidatingWebhookConfiguration",
    plural="validatingwebhookconfigurations",
    versions=(Version("v1"), Version("v1beta1", until=21, deprecated=16)),
    categories=("api-extensions",),
    namespaced=False,
    set_defaults=default_webhooks,
    validate=webhooks,
    conversions={"v1beta1": Conversion(v1beta1_to_storage)},
    optional_in={"v1beta1": (("webhooks", "admissionReviewVersions"), ("webhooks", "sideEffects"))},
    versioned_updates_until=FOREVER,
    generation_since=0,
    printer=WEBHOOKS_PRINTER,
    list_types=WEBHOOK_LISTS,
)
