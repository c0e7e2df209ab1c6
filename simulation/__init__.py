"""Months of a pretended world under one seed and one clock, with every law looked at on the way."""
