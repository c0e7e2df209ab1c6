"""Work that nobody waits for: the workers that drain the outbox, questions to providers, seals."""
