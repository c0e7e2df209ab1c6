"""What keeps a command from being carried out is told in one sentence, and as the process's exit code."""

from __future__ import annotations

import hashlib
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from core.errors import DomainError, KaraniError

REFUSED, FOUND_SOMETHING, MISTAKE, INTERRUPTED = 2, 3, 1, 130


@contextmanager
def told() -> Iterator[None]:
    """Around a command. What it raises becomes words on standard error; a mistake of ours is logged under a reference."""
    try:
        yield
    except typer.Exit:
        raise
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except (
        BrokenPipeError
    ):  # the reader of our output, as `head`, has seen enough; nor may the end of Python write more
        os.dup2(os.open(os.devnull, os.O_WRONLY), _standard_output())
        raise typer.Exit from None
    except Exception as error:
        code, lines = words_for(error)
        for line in lines:
            typer.echo(line, err=True)
        raise typer.Exit(code) from None


def _standard_output() -> int:
    return sys.stdout.fileno()


def words_for(error: Exception) -> tuple[int, list[str]]:
    """The exit code and the lines for what went wrong."""
    from sqlalchemy.exc import DBAPIError

    from cli.programme import BadConfiguration
    from cli.sentences import sentence
    from cli.socket import Failed
    from core.errors import Bug
    from storage.schema import NotMigrated

    if isinstance(error, typer.BadParameter):
        return REFUSED, [error.message]
    if isinstance(error, DomainError):
        return REFUSED, [sentence(error)]
    if isinstance(error, BadConfiguration):
        return REFUSED, [f"{key}: {reason}" for key, reason in error.errors]
    if isinstance(error, Failed):
        return MISTAKE, [str(error)]
    if isinstance(error, NotMigrated) or (isinstance(error, KaraniError) and not isinstance(error, Bug)):
        return REFUSED, [str(error)]
    if isinstance(error, DBAPIError) and error.orig is not None:
        return REFUSED, [f"The database cannot be used: {str(error.orig).splitlines()[0]}"]
    return MISTAKE, [f"A mistake of ours: reference {_logged(error)} in the log."]


def _logged(error: Exception) -> str:
    """Equal mistakes have equal references."""
    import structlog

    trace = "".join(traceback.format_exception(error))
    reference = hashlib.blake2b(trace.encode(), digest_size=6).hexdigest()
    structlog.get_logger().error("command_failed", reference=reference, exc_info=error)
    return reference
