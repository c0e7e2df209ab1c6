"""Twilio: SMS through its REST interface, and what it tells us about messages, signed."""
