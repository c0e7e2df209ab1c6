"""Configuration: `karani.toml` and `KARANI_…` in the environment, which wins. All that is wrong is said at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from core.errors import KaraniError

PREFIX = "KARANI_"
FOR_TESTS = ("KARANI_TEST_", "KARANI_PROVE")
"""Variables that only the tests read, and that their processes inherit."""

SAFARICOM = (
    "196.201.212.69",
    "196.201.212.74",
    "196.201.212.127",
    "196.201.212.128",
    "196.201.212.129",
    "196.201.212.132",
    "196.201.212.136",
    "196.201.212.138",
    "196.201.213.44",
    "196.201.213.114",
    "196.201.214.200",
    "196.201.214.206",
    "196.201.214.207",
    "196.201.214.208",
)
"""Where Daraja's callbacks come from, as published in practice; not contractual, therefore a setting."""

DARAJA = {"sandbox": "https://sandbox.safaricom.co.ke", "production": "https://api.safaricom.co.ke"}
AFRICASTALKING = {
    "sandbox": "https://api.sandbox.africastalking.com",
    "production": "https://api.africastalking.com",
}
TWILIO = "https://api.twilio.com"
TELEGRAM = "https://api.telegram.org"
SHORTEST_KEY = 32


class ConfigError(KaraniError):
    """The configuration cannot be used. `errors` holds every wrong key with the reason, and never a value."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{key}: {reason}" for key, reason in errors))
        self.errors = list(errors)


# --- how values are written -------------------------------------------------------------------------------------------


def _listed(value: object) -> object:
    """A list may be written with commas, as the environment can only hold text."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _http(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or parts.query or parts.fragment:
        raise ValueError("must be an address that starts with http:// or https://, without a query")
    return value.rstrip("/")


def _local_server(value: str) -> str:
    host, _, port = value.rpartition(":")
    if host not in ("127.0.0.1", "localhost") or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError("must be a server on this machine, as 127.0.0.1:2525: others are spoken to by TLS only")
    return value


def _database(value: str) -> str:
    """Without the driver, which is ours to choose."""
    scheme, _, rest = value.partition("://")
    kind = scheme.split("+")[0]
    if kind == "sqlite" and rest.startswith("/") and rest not in ("/", "/:memory:"):
        return f"sqlite://{rest}"
    if kind in ("postgres", "postgresql") and rest:
        return f"postgresql://{rest}"
    raise ValueError("must be sqlite:///path/to/file.db or postgresql://user:password@host:port/name")


def _redis(value: str) -> str:
    if urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("must be redis://host:port/number, rediss:// or unix://")
    return value


def _keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    texts = [key.get_secret_value() for key in keys]
    if short := [number for number, text in enumerate(texts, 1) if len(text) < SHORTEST_KEY]:
        raise ValueError(f"key {short[0]} is shorter than {SHORTEST_KEY} characters")
    if len(set(texts)) < len(texts):
        raise ValueError("the same key is given twice")
    return keys


def _default_database(values: dict[str, Any]) -> str:
    return f"sqlite:///{values.get('data_dir', 'data')}/karani.db"


def _default_public_url(values: dict[str, Any]) -> str:
    host = values.get("host", "127.0.0.1")
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{values.get('port', 8080)}"  # noqa: S104 - no address to bind


Addresses = Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(_listed)]
Keys = Annotated[tuple[SecretStr, ...], BeforeValidator(_listed), AfterValidator(_keys)]
HttpUrl = Annotated[str, AfterValidator(_http)]
LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"],
    BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
]
ROLES = ("all", "web", "worker")


# --- what can be set --------------------------------------------------------------------------------------------------


class Config(BaseSettings):
    """Every setting; `port` here is `port` in `karani.toml` and `KARANI_PORT` in the environment."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    data_dir: Path = Path("data")
    """Holds everything that lasts: database file, socket, lock."""
    database_url: Annotated[str, AfterValidator(_database)] = Field(default_factory=_default_database, repr=False)
    """A SQLite file, by default in the data folder, or PostgreSQL."""
    redis_url: Annotated[str, AfterValidator(_redis)] | None = Field(default=None, repr=False)
    """Sessions, tokens and leases that several processes share; none means in this process."""
    secret_keys: Keys = ()
    """Encrypt what is personal or secret. The first seals, all open; only a demo may have none."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    public_url: HttpUrl = Field(default_factory=_default_public_url)
    """How providers and phones reach us."""
    trusted_proxies: Addresses = ()
    """Whose word we take for the address of a caller."""
    source_addresses: Addresses = Field(default=SAFARICOM, validate_default=True)
    """From where Daraja's callbacks are taken as authentic; an empty list means from anywhere."""

    daraja_base_url: HttpUrl | None = None
    """Instead of both of Safaricom's own."""
    africastalking_base_url: HttpUrl | None = None
    africastalking_username: str = ""
    africastalking_api_key: SecretStr | None = None
    africastalking_sender: str = Field(default="", max_length=11)
    """The registered name or short code that texts come from; empty means the account's own."""
    twilio_base_url: HttpUrl = TWILIO
    telegram_token: SecretStr | None = None
    """Of the bot of every organisation that has none of its own in its set-up."""
    telegram_base_url: HttpUrl = TELEGRAM
    smtp_server: Annotated[str, AfterValidator(_local_server)] | None = None
    """A simulator on this machine that takes all mail, instead of each organisation's own server."""
    log_level: LogLevel = "info"
    write_queue: int = Field(default=4_096, ge=1, le=1_000_000)
    """How many commands may wait to be written before new ones are refused."""
    write_batch: int = Field(default=256, ge=1, le=10_000)
    """How many may share one commit."""
    sms_threads: int = Field(default=4, ge=1, le=64)
    """How many messages are handed to gateways at once."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` was given, so that nothing of a machine leaks into a test or a demo."""
        return (init_settings,)

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    def daraja(self, environment: str) -> str:
        """Where a provider account of that environment (`sandbox` or `production`) speaks to Safaricom."""
        return self.daraja_base_url or DARAJA[environment]

    def africastalking(self, environment: str) -> str:
        """Where an account of that environment hands over its texts."""
        return self.africastalking_base_url or AFRICASTALKING[environment]

    def shown(self) -> dict[str, str]:
        """Every setting as text for people and logs, secrets as `***`."""
        return {_variable(name): _shown(getattr(self, name)) for name in type(self).model_fields}


_PASSWORD = re.compile(r"(://[^/?#]*?:|[?&]password=)(?:(?<=:)[^/?#]*(?=@)|(?<==)[^&#]*)")
"""The password in a URL: before the host's @, or among the query's words."""


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "***"
    if isinstance(value, tuple):
        return ",".join(_shown(part) for part in value)
    return _PASSWORD.sub(r"\1***", "" if value is None else str(value))


# --- reading it -------------------------------------------------------------------------------------------------------


def load(path: Path | None, env: Mapping[str, str], *, demo: bool = False) -> Config:
    """The configuration from a file, if one is named, and the environment. Raises `ConfigError` with all that is wrong."""
    errors: list[tuple[str, str]] = []
    from_file = _file(path, errors) if path else {}
    ours = {name: value for name, value in env.items() if name.startswith(PREFIX) and not name.startswith(FOR_TESTS)}
    known = {_variable(name): name for name in Config.model_fields}
    errors += [(name, _unknown(name, list(known))) for name in ours if name not in known]
    errors += [(name, _unknown(name, list(known.values()))) for name in from_file if name not in Config.model_fields]

    from_env = {known[name]: value for name, value in ours.items() if name in known and _says_something(name, value)}
    values = {name: value for name, value in from_file.items() if name in Config.model_fields} | from_env
    config: Config | None = None
    try:
        config = Config(**values)
    except ValidationError as error:
        errors += _reasons(error, from_file.keys() - from_env.keys())
    errors += _missing(values, demo=demo)
    if errors or config is None:
        raise ConfigError(errors)
    return config


def _file(path: Path, errors: list[tuple[str, str]]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        errors.append((path.name, f"cannot be read ({error.strerror})"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        errors.append((path.name, str(error) if isinstance(error, tomllib.TOMLDecodeError) else "is not UTF-8"))
    return {}


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _unknown(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    return f"no such setting; did you mean {near[0]}?" if near else "no such setting"


def _says_something(name: str, value: str) -> bool:
    """An empty variable means that it is not set, except for a list, which may be empty."""
    return bool(value.strip()) or name == _variable("source_addresses")


def _reasons(error: ValidationError, in_file: set[str]) -> list[tuple[str, str]]:
    """Each wrong key, by the name under which it was given, once."""
    found: dict[str, str] = {}
    for wrong in error.errors(include_url=False, include_context=False, include_input=False):
        if wrong["type"] == "default_factory_not_called":  # a default that follows from a wrong value is no mistake
            continue
        name, *place = wrong["loc"]
        at = f"entry {place[0] + 1}: " if place and isinstance(place[0], int) else ""
        found.setdefault(str(name), at + wrong["msg"].removeprefix("Value error, "))
    return [(name if name in in_file else _variable(name), reason) for name, reason in found.items()]


def _missing(values: Mapping[str, Any], *, demo: bool) -> list[tuple[str, str]]:
    errors = []
    if not demo and not values.get("secret_keys"):
        errors.append((_variable("secret_keys"), f"is needed: a secret of {SHORTEST_KEY} characters or more"))
    username, key = "africastalking_username", "africastalking_api_key"
    for given, needed in ((username, key), (key, username)):
        if values.get(given) and not values.get(needed):
            errors.append((_variable(needed), f"is needed beside {_variable(given)}"))
    return errors


def check_role(config: Config, role: str) -> None:
    """Raise `ConfigError` when this process may not serve in that role with this configuration."""
    if role not in ROLES:
        raise ConfigError([("--role", f"must be one of {', '.join(ROLES)}")])
    if role != "all" and config.is_sqlite:
        reason = (
            f"--role {role} shares the work between processes, and a SQLite file belongs to one: "
            "use --role all, or PostgreSQL"
        )
        raise ConfigError([(_variable("database_url"), reason)])
    if role != "all" and config.redis_url is None:
        # Each process would fetch its own Daraja token, and a new token ends the one before it.
        raise ConfigError(
            [(_variable("redis_url"), f"is needed for --role {role}: the processes share tokens and sessions")]
        )
