"""Loans: offered, asked for, decided, given, repaid, and told again from the beginning whenever something changes."""
