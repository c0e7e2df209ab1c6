"""Safaricom Daraja: M-Pesa in Kenya. Dialect, codes and habits as vendor pages and public captures show them."""
