"""What Telegram shows us with every update, so that we know it is Telegram (setWebhook's `secret_token`).

It follows from the bot's token and the hook's key: whoever learns the address alone cannot speak as Telegram.
"""

from __future__ import annotations

import hmac

HEADER = "X-Telegram-Bot-Api-Secret-Token"


def secret_token(token: str, hook_key: str) -> str:
    """64 characters of what Telegram allows there (A-Z, a-z, 0-9, _ and -)."""
    return hmac.digest(token.encode(), b"webhook" + hook_key.encode(), "sha256").hex()
