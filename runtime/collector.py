"""Python's collector of garbage, told what kind of process this is."""

import gc


def calm_collector() -> None:
    """What is loaded by now stays for ever: the collector need not look at it again, nor look so often (a tenth of P1, a third
    of `verify`)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
