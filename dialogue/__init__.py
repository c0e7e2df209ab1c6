"""Conversations: screens as data, the engine that walks them, and flows with their words in four languages beside them."""
