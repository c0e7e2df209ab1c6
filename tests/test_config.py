"""What an operator may set, and how all mistakes are told at once."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

import pytest

from config import SAFARICOM, Config, ConfigError, check_role, load

KEY = "k" * 32
OLD_KEY = "o" * 40
LEAST = {"KARANI_SECRET_KEYS": KEY}


def wrong(env: Mapping[str, str], path: Path | None = None, *, demo: bool = False) -> dict[str, str]:
    """Everything that is said to be wrong, by key."""
    with pytest.raises(ConfigError) as refusal:
        load(path, env, demo=demo)
    assert len(dict(refusal.value.errors)) == len(refusal.value.errors)
    assert str(refusal.value).splitlines() == [f"{key}: {reason}" for key, reason in refusal.value.errors]
    return dict(refusal.value.errors)


def written(folder: Path, text: str) -> Path:
    path = folder / "karani.toml"
    path.write_text(text, encoding="utf-8")
    return path


# --- what holds when nothing is said ------------------------------------------------------------------------------------


def test_a_demo_needs_no_configuration_at_all() -> None:
    config = load(None, {}, demo=True)

    assert config.database_url == "sqlite:///data/karani.db"
    assert config.is_sqlite
    assert config.redis_url is None
    assert (config.host, config.port, config.public_url) == ("127.0.0.1", 8080, "http://127.0.0.1:8080")
    assert config.secret_keys == ()


def test_a_real_service_needs_a_secret_key() -> None:
    assert wrong({}) == {"KARANI_SECRET_KEYS": "is needed: a secret of 32 characters or more"}


def test_callbacks_are_taken_from_safaricoms_published_addresses() -> None:
    assert load(None, LEAST).source_addresses == tuple(ip_network(address) for address in SAFARICOM)


def test_each_outside_system_has_its_own_address_and_sandbox() -> None:
    config = load(None, LEAST)

    assert config.daraja("sandbox") == "https://sandbox.safaricom.co.ke"
    assert config.daraja("production") == "https://api.safaricom.co.ke"
    assert config.africastalking("production") == "https://api.africastalking.com"


def test_the_gateways_sandbox_is_chosen_by_its_user_name() -> None:
    account = {"KARANI_AFRICASTALKING_USERNAME": "sandbox", "KARANI_AFRICASTALKING_API_KEY": "secret"}

    assert load(None, LEAST | account).africastalking("sandbox") == "https://api.sandbox.africastalking.com"


def test_every_outside_system_can_be_pointed_at_a_simulator() -> None:
    simulator = "http://127.0.0.1:9000"
    names = ("DARAJA", "AFRICASTALKING")

    config = load(None, LEAST | {f"KARANI_{name}_BASE_URL": f"{simulator}/" for name in names})

    assert config.daraja("sandbox") == config.daraja("production") == simulator
    assert config.africastalking("sandbox") == simulator


def test_the_database_lies_in_the_data_folder(tmp_path: Path) -> None:
    config = load(None, LEAST | {"KARANI_DATA_DIR": str(tmp_path)})

    assert config.data_dir == tmp_path
    assert config.database_url == f"sqlite:///{tmp_path}/karani.db"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_service_on_every_interface_is_still_reached_by_an_address(host: str) -> None:
    assert load(None, LEAST | {"KARANI_HOST": host, "KARANI_PORT": "9090"}).public_url == "http://127.0.0.1:9090"


# --- file and environment -----------------------------------------------------------------------------------------------


def test_a_file_may_hold_every_setting(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"""
        host = "0.0.0.0"
        port = 9000
        public_url = "https://fees.example.ke/"
        secret_keys = ["{KEY}", "{OLD_KEY}"]
        database_url = "postgresql://karani:hidden@db/karani"
        source_addresses = ["196.201.214.0/24", "10.0.0.1"]
        trusted_proxies = "10.0.0.0/8, ::1"
        log_level = "WARNING"
        sms_threads = 7
        """,
    )

    config = load(path, {})

    assert config.public_url == "https://fees.example.ke"
    assert [key.get_secret_value() for key in config.secret_keys] == [KEY, OLD_KEY]
    assert not config.is_sqlite
    assert config.source_addresses == (ip_network("196.201.214.0/24"), ip_network("10.0.0.1"))
    assert config.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert (config.log_level, config.sms_threads, config.port) == ("warning", 7, 9000)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, f'port = 9000\nhost = "0.0.0.0"\nsecret_keys = "{OLD_KEY}"')

    config = load(path, {"KARANI_PORT": "9001", "KARANI_SECRET_KEYS": f"{KEY},{OLD_KEY}", "PORT": "1", "HOME": "x"})

    assert (config.host, config.port) == ("0.0.0.0", 9001)
    assert [key.get_secret_value() for key in config.secret_keys] == [KEY, OLD_KEY]


def test_an_empty_variable_is_not_set_but_an_empty_list_of_addresses_is_empty() -> None:
    config = load(None, LEAST | {"KARANI_REDIS_URL": "", "KARANI_PORT": " ", "KARANI_SOURCE_ADDRESSES": ""})

    assert config.redis_url is None
    assert config.port == 8080
    assert config.source_addresses == ()


def test_the_machines_own_environment_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KARANI_PORT", "1234")
    monkeypatch.setenv("PORT", "1234")

    assert load(None, LEAST).port == 8080


def test_what_only_the_tests_read_is_no_mistake() -> None:
    load(None, LEAST | {"KARANI_PROVE": "1", "KARANI_TEST_CHROMIUM": "chromium"})


@pytest.mark.parametrize(
    "given, kept",
    [
        ("postgres://u:p@h/d", "postgresql://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql://u:p@h/d"),
        ("sqlite+aiosqlite:///books.db", "sqlite:///books.db"),
        ("sqlite:////srv/books.db", "sqlite:////srv/books.db"),
    ],
)
def test_the_databases_driver_is_ours_to_choose(given: str, kept: str) -> None:
    assert load(None, LEAST | {"KARANI_DATABASE_URL": given}).database_url == kept


# --- mistakes -----------------------------------------------------------------------------------------------------------


def test_all_mistakes_are_told_together_each_by_the_name_it_was_given_under(tmp_path: Path) -> None:
    path = written(tmp_path, 'port = 99999\nhosst = "x"\nlog_level = "loud"\nwrite_batch = 0\n[table]\nx = 1')
    env = {
        "KARANI_PORTT": "1",
        "KARANI_WRITE_BATCH": "many",
        "KARANI_SECRET_KEYS": "short",
        "KARANI_SOURCE_ADDRESSES": "10.0.0.1,somewhere,10.0.0.300",
        "KARANI_PUBLIC_URL": "fees.example.ke",
        "KARANI_AFRICASTALKING_API_KEY": "atsk_hidden",
    }

    errors = wrong(env, path)

    assert errors == {
        "KARANI_PORTT": "no such setting; did you mean KARANI_PORT?",
        "hosst": "no such setting; did you mean host?",
        "table": "no such setting",
        "port": "Input should be less than or equal to 65535",
        "log_level": "Input should be 'debug', 'info', 'warning' or 'error'",
        "KARANI_WRITE_BATCH": "Input should be a valid integer, unable to parse string as an integer",
        "KARANI_SECRET_KEYS": "key 1 is shorter than 32 characters",
        "KARANI_SOURCE_ADDRESSES": "entry 2: value is not a valid IPv4 or IPv6 network",
        "KARANI_PUBLIC_URL": "must be an address that starts with http:// or https://, without a query",
        "KARANI_AFRICASTALKING_USERNAME": "is needed beside KARANI_AFRICASTALKING_API_KEY",
    }


@pytest.mark.parametrize(
    "key, value",
    [
        ("PORT", "-1"),
        ("PORT", "80.5"),
        ("PUBLIC_URL", "ftp://fees.example.ke"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://fees.example.ke:99999"),
        ("PUBLIC_URL", "https://fees.example.ke:0"),
        ("PUBLIC_URL", "https://[fees"),
        ("PUBLIC_URL", "https://fees.example.ke/?a=b"),
        ("DARAJA_BASE_URL", "sandbox"),
        ("DATABASE_URL", "mysql://u:p@h/d"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "karani.db"),
        ("DATABASE_URL", "postgresql://"),
        ("REDIS_URL", "localhost:6379"),
        ("SECRET_KEYS", f"{KEY},{KEY}"),
        ("SECRET_KEYS", f"{KEY},hidden"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("AFRICASTALKING_SENDER", "KILIMANI VIEW"),
        ("SMS_THREADS", "0"),
    ],
)
def test_a_value_that_cannot_be_is_refused_under_its_key(key: str, value: str) -> None:
    assert list(wrong(LEAST | {f"KARANI_{key}": value})) == [f"KARANI_{key}"]


@pytest.mark.parametrize(
    "text, reason",
    [
        ("port = \n", "Invalid value (at line 1, column 8)"),
        ("port 80", "Expected '=' after a key in a key/value pair (at line 1, column 6)"),
    ],
)
def test_a_file_that_is_no_toml_names_the_line(tmp_path: Path, text: str, reason: str) -> None:
    assert wrong(LEAST, written(tmp_path, text)) == {"karani.toml": reason}


def test_a_file_that_is_missing_or_unreadable_is_named(tmp_path: Path) -> None:
    missing, binary = tmp_path / "other.toml", tmp_path / "karani.toml"
    binary.write_bytes(b"host = '\xff'")

    assert wrong(LEAST, missing) == {"other.toml": "cannot be read (No such file or directory)"}
    assert wrong(LEAST, binary) == {"karani.toml": "is not UTF-8"}


def test_a_gateways_user_name_needs_its_key() -> None:
    assert wrong(LEAST | {"KARANI_AFRICASTALKING_USERNAME": "school"}) == {
        "KARANI_AFRICASTALKING_API_KEY": "is needed beside KARANI_AFRICASTALKING_USERNAME"
    }


# --- secrets ------------------------------------------------------------------------------------------------------------

SECRETS = {
    "KARANI_SECRET_KEYS": "hidden" * 6,
    "KARANI_DATABASE_URL": "postgresql://karani:hidden@db:5432/karani?sslmode=require&password=hidden",
    "KARANI_REDIS_URL": "redis://:hidden@cache:6379/0",
    "KARANI_AFRICASTALKING_USERNAME": "school",
    "KARANI_AFRICASTALKING_API_KEY": "hidden",
}


def test_no_secret_is_ever_printed() -> None:
    config = load(None, SECRETS)

    assert "hidden" not in repr(config)
    assert "hidden" not in str(config)
    assert "hidden" not in str(config.shown())


def test_what_is_shown_names_every_setting_as_it_is_set() -> None:
    shown = load(None, SECRETS).shown()

    assert set(shown) == {f"KARANI_{name.upper()}" for name in Config.model_fields}
    assert shown["KARANI_DATABASE_URL"] == "postgresql://karani:***@db:5432/karani?sslmode=require&password=***"
    assert shown["KARANI_REDIS_URL"] == "redis://:***@cache:6379/0"
    assert shown["KARANI_SECRET_KEYS"] == "***"
    assert shown["KARANI_PUBLIC_URL"] == "http://127.0.0.1:8080"
    assert shown["KARANI_SOURCE_ADDRESSES"].startswith("196.201.212.69/32,")


def test_mistakes_in_secrets_do_not_tell_them() -> None:
    with pytest.raises(ConfigError) as refusal:
        load(
            None,
            {
                "KARANI_SECRET_KEYS": "hidden",
                "KARANI_DATABASE_URL": "mysql://u:hidden@h/d",
                "KARANI_REDIS_URL": "hidden",
            },
        )

    assert "hidden" not in str(refusal.value)
    assert "hidden" not in repr(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None


def test_a_configuration_does_not_change_while_it_is_used() -> None:
    config = load(None, LEAST)

    with pytest.raises(ValueError, match="frozen"):
        config.port = 1  # type: ignore[misc]


# --- roles --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_sqlite_file_belongs_to_one_process(role: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        check_role(load(None, LEAST), role)

    ((key, reason),) = refusal.value.errors
    assert key == "KARANI_DATABASE_URL"
    assert f"--role {role}" in reason
    assert "SQLite" in reason


@pytest.mark.parametrize("role", ["all", "web", "worker"])
def test_on_postgresql_the_work_may_be_shared(role: str) -> None:
    shared = {"KARANI_DATABASE_URL": "postgresql://u:p@h/d", "KARANI_REDIS_URL": "redis://h"}
    check_role(load(None, LEAST | shared), role)


@pytest.mark.parametrize("role", ["web", "worker"])
def test_processes_that_share_the_work_need_redis_for_their_tokens(role: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        check_role(load(None, LEAST | {"KARANI_DATABASE_URL": "postgresql://u:p@h/d"}), role)

    assert [key for key, _ in refusal.value.errors] == ["KARANI_REDIS_URL"]


def test_one_process_may_do_everything_on_sqlite() -> None:
    check_role(load(None, LEAST), "all")


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ConfigError) as refusal:
        check_role(load(None, LEAST), "boss")

    assert refusal.value.errors == [("--role", "must be one of all, web, worker")]


def test_the_configuration_loads_nothing_of_the_service() -> None:
    """Every command reads it first: it must cost little."""
    loaded = "import sys, config; print(sorted({name.partition('.')[0] for name in sys.modules}))"

    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)

    ours_or_heavy = {"aiohttp", "sqlalchemy", "storage", "web", "usecases", "providers", "jinja2"}
    assert not ours_or_heavy & set(re.findall(r"\w+", told.stdout))


NAMES = "print(sorted({name.partition('.')[0] for name in sys.modules}))"


def test_a_command_line_loads_nothing_of_what_runs() -> None:
    """Most commands only ask a running process: they start in a fraction of the time that the program takes."""
    loaded = "import sys, main, cli.app; cli.app.build(main.Karani()); " + NAMES

    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)

    what_runs = {"aiohttp", "sqlalchemy", "storage", "web", "usecases", "providers", "wiring"}
    assert not what_runs & set(re.findall(r"\w+", told.stdout))
