"""The story of one transaction each: load, check the right to do it, ask the core, record state, entry and messages."""
