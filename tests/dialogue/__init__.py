"""Conversations, walked from every side."""
