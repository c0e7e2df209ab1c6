"""Tables and queries: domain values in, domain values out; one query module per noun, and the Writer."""
