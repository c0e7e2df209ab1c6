"""The manual: what a cashier could confirm, in a tree that mirrors the rooms."""
