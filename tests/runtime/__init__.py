"""The machine and its twins keep the same promises."""
