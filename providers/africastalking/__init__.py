"""Africa's Talking: SMS through the official SDK, and what the gateway tells us about messages."""
