"""Telegram's Bot API: updates as they come, and our side of it over python-telegram-bot as transport."""
