"""ValidatingWebhookConfiguration: webhooks that may refuse objects at admission."""

from __future__ import annotations

from runner.practice.kinds.webhooks import webhook_configuration

VALIDATING_WEBHOOK_CONFIGURATION = webhook_configuration(
    "ValidatingWebhookConfiguration", "validatingwebhookconfigurations"
)
