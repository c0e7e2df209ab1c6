"""The core, proven by values alone."""
