"""Operator commands, each one use case."""
