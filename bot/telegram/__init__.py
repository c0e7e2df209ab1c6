"""The staff's chat at Telegram: updates in, answers and buttons out."""
