"""The message catalogue, preferences, quiet hours, dispatch from the outbox and fall-over."""
