"""A pretend world of providers, phones and chats, as real HTTP servers; only the wiring and the tests may import it."""
