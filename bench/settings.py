"""The configuration that measured processes run with. It imports no more than they do."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from config import SAFARICOM, Config

SECRET_KEY = "a-secret-key-of-the-benchmarks-for-nothing-else"  # noqa: S105 - it keeps nothing
SMS_THREADS = 4
NOWHERE = "http://127.0.0.1:9"


def variables(data_dir: Path, port: int) -> dict[str, str]:
    """The same configuration for a process that reads its environment."""
    return {
        "KARANI_DATA_DIR": str(data_dir),
        "KARANI_SECRET_KEYS": SECRET_KEY,
        "KARANI_SOURCE_ADDRESSES": ",".join((*SAFARICOM, "127.0.0.1")),
        "KARANI_DARAJA_BASE_URL": NOWHERE,
        "KARANI_AFRICASTALKING_BASE_URL": NOWHERE,
        "KARANI_PORT": str(port),
    }


def config(data_dir: Path, *, database_url: str = "", redis_url: str = "", port: int = 8080) -> Config:
    """Production's settings, but that one more address may send callbacks (ours, the last of the list), and that texts and
    prompts lead nowhere."""
    return Config(
        data_dir=data_dir,
        database_url=database_url or f"sqlite:///{data_dir}/karani.db",
        redis_url=redis_url or None,
        secret_keys=(SecretStr(SECRET_KEY),),
        source_addresses=(*SAFARICOM, "127.0.0.1"),
        daraja_base_url=NOWHERE,
        africastalking_base_url=NOWHERE,
        port=port,
    )
