"""Safaricom Daraja."""
