"""The pages of an organisation's staff, below `/staff`: plain HTML that works without a script, on a small phone too."""
