"""What people text in each language: one module a language, and the one place to add a word of it."""
