"""Decides: money, ledger, payments, fees; pure values and functions, without clock, randomness or I/O."""
