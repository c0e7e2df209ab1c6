"""What `make bench` runs: each figure as a ratio to a limit measured in the same run."""
