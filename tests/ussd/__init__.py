"""The USSD door, dialled as a gateway would."""
