"""`karani` and `python main.py`: the program as its command line sees it. What runs is loaded when it is wanted (`wiring.py`):
most commands only ask a process that is running already.

main ──> cli ──> Programme ──> open_app, serve, demo   (wiring)
                           └─> told_and_shrunk, …      (simulation)
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from cli.programme import BadConfiguration
from config import Config, ConfigError, load
from runtime.chance import SystemRandom
from runtime.collector import calm_collector
from runtime.logs import start_logs

if TYPE_CHECKING:
    from usecases import restoration
    from wiring import Running


class Karani:
    """The program as the command line sees it (`cli.programme.Programme`)."""

    def __init__(self) -> None:
        self._file: Path | None = None
        self._config: Config | None = None
        self._is_demo = False

    def load(self, file: Path | None, *, demo: bool = False) -> Config:
        """Read the configuration: the named file, else `karani.toml` where there is one, and the environment."""
        default = Path("karani.toml")
        self._file = file or (default if default.exists() else None)
        try:
            given = load(self._file, os.environ, demo=demo)
        except ConfigError as error:
            raise BadConfiguration(error.errors) from None
        start_logs(given.log_level)
        self._config, self._is_demo = demo_config(given, given.port) if demo else given, demo
        return self._config

    @property
    def config(self) -> Config:
        return self._config or self.load(None)

    def migrate(self) -> list[str]:
        from wiring import migrate

        return migrate(self.config)

    def restore(self, file: Path, *, moved: bool, by: str, told: Callable[[str, int], None]) -> restoration.Restored:
        from wiring import restore

        return restore(self.config, file, moved=moved, by=by, told=told)

    def sweep(self) -> list[str]:
        from wiring import swept

        return swept(self.config.database_url)

    def open(self, *, write: bool) -> AbstractAsyncContextManager[Running]:
        from wiring import demo_clock, open_app

        config = self.config  # a demo's books are read at their own hour
        return open_app(config, write=write, clock=demo_clock(config) if self._is_demo else None)

    async def serve(self, role: str) -> None:
        from wiring import serve

        await serve(self.config, role)

    def simulate(
        self, wishes: Mapping[str, Any], database: str | None, progress: Callable[[Any], None], *, shorter: bool
    ) -> tuple[Any, Any]:
        from runtime.loops import story_loop
        from simulation.report import told_and_shrunk

        calm_collector()
        with asyncio.Runner(loop_factory=story_loop) as runner:
            return runner.run(told_and_shrunk(wishes, database, progress, shorter=shorter))

    def simulate_many(self, wishes: Mapping[str, Any], seeds: str, said: Callable[[Any, Any], None], **how: Any) -> Any:
        from simulation.many import seeds_of, told_many

        calm_collector()
        return told_many(wishes, seeds_of(seeds), said, **how)

    async def demo(self, *, fresh: bool, port: int | None) -> None:
        from wiring import demo

        config = self.load(self._file, demo=True)
        await demo(at_port(config, port or config.port), fresh=fresh)


# --- the demo's configuration -----------------------------------------------------------------------------------------


def demo_config(given: Config, port: int) -> Config:
    """A demo's own data folder and its own keys."""
    folder = given.data_dir / "demo"
    own = {
        "data_dir": folder,
        "database_url": f"sqlite:///{folder}/karani.db",
        "redis_url": None,
        "secret_keys": (SecretStr(_kept_key(folder)),),
    }
    return at_port(given.model_copy(update=own), port)


def at_port(config: Config, port: int) -> Config:
    """A demo's providers are simulators on its own server."""
    base = f"http://127.0.0.1:{port}"
    simulated = {
        "daraja_base_url": f"{base}/sandbox/daraja",
        "africastalking_base_url": f"{base}/sandbox/africastalking",
        "twilio_base_url": f"{base}/sandbox/twilio",
        "telegram_base_url": f"{base}/sandbox/telegram",
    }
    return config.model_copy(update={"port": port, "public_url": base, **simulated})


def _kept_key(folder: Path) -> str:
    """The demo's secret key, made once and kept beside its database for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(base64.urlsafe_b64encode(SystemRandom().token(32)))
    return path.read_text()


# --- the command ------------------------------------------------------------------------------------------------------


def main() -> None:
    """The `karani` command."""
    from cli.app import build

    build(Karani())()


if __name__ == "__main__":
    main()
