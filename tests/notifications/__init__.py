"""What people are told, in each language."""
