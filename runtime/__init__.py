"""The machine: real time, ids, chance, threads, sockets, shared state; each beside the inline twin that tests use."""
