"""The addresses of ours that the pretend providers call."""

from __future__ import annotations

from storage.organisations import Connection

_HOOKS = {
    "mpesa": {"c2b_validation": "c2b/validation", "c2b_confirmation": "c2b/confirmation", "stk": "stk"},
    "africastalking": {
        "ussd": "ussd",
        "ussd_events": "ussd/events",
        "sms": "sms",
        "sms_delivery": "sms/delivery",
        "sms_optout": "sms/optout",
    },
    "telegram": {"telegram": "telegram"},
    "smtp": {},
    "twilio": {"twilio_sms": "twilio/sms", "twilio_status": "twilio/status"},
}


def hook_urls(connection: Connection, public_url: str) -> dict[str, str]:
    """The full addresses that a provider is given, by name."""
    base = f"{public_url}/hooks/{connection.hook_key}"
    return {name: f"{base}/{path}" for name, path in _HOOKS[connection.account.provider].items()}
