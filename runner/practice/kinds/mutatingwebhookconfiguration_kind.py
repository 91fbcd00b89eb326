"""MutatingWebhookConfiguration: webhooks that may change objects at admission."""

from __future__ import annotations

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.webhooks import default_webhooks, webhook_configuration
from runner.practice.machinery.tables.columns import Object


def set_defaults(obj: Object, minor: int) -> None:
    default_webhooks(obj, minor)
    for hook in obj.get("webhooks") or ():
        fill(hook, reinvocationPolicy="Never")


MUTATING_WEBHOOK_CONFIGURATION = webhook_configuration(
    "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", set_defaults
)
