"""Dialects of outside systems, against recorded samples and against the pretend world."""
