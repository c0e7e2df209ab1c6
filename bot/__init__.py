"""Doors of chat: the staff's bot."""
