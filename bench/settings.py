"""The configuration that measured processes run with. It imports no more than they do."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from config import SAFARICOM, Config


def config(data_dir: Path, *, database_url: str = "", redis_url: str = "", port: int = 8080) -> Config:
    """Production's settings, but that one more address may send callbacks (ours, the last of the list), and that texts and
    prompts lead nowhere."""
    return Config(
        data_dir=data_dir,
        database_url=database_url or f"sqlite:///{data_dir}/karani.db",
        redis_url=redis_url or None,
        secret_keys=(SecretStr("a secret key of the benchmarks, for nothing else"),),
        source_addresses=(*SAFARICOM, "127.0.0.1"),  # type: ignore[arg-type]
        daraja_base_url="http://127.0.0.1:9",
        africastalking_base_url="http://127.0.0.1:9",
        port=port,
    )
