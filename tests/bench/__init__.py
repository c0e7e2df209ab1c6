"""That the benchmarks run, count and agree with the books; what they measure is theirs to say."""
