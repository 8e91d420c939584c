"""Settings: each wrong value is named, nothing opens to the network by accident."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import rate
from contract.settings import GROUPS, Process
from contract.settings import Settings as GatewaySettings
from firmware.device import cadence
from firmware.environment import Environment
from inference.settings import Settings as InferenceSettings
from influx.settings import InfluxSettings
from scripts import settings_page
from scripts.settings import ROOT, Settings, SettingsError, load, name

NO_FILE = Path("/nonexistent/.env")
OPEN = {"EDGETWIN_HOST": "0.0.0.0", "EDGETWIN_API_TOKEN": "0f3c9a52e7d14b86a1905dc27e48f63b"}


def refused(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(env_file=NO_FILE, environ={f"EDGETWIN_{key}": value for key, value in environ.items()})
    return str(caught.value)


def test_defaults_are_loopback_and_below_the_root() -> None:
    settings = load(env_file=NO_FILE, environ={})
    assert settings.loopback
    assert settings.data_dir == ROOT / "var"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BROKER_PORT", "http"),
        ("GATEWAY_PORT", "0"),
        ("DASHBOARD_PORT", "65536"),
        ("SITE", "my shop/+"),
        ("BROKER_USERNAME", "a:b"),
        ("HOST", "no-such-host.invalid"),
        ("RETENTION_DAYS", "-1"),
        ("RATE_HZ", "nan"),
        ("FLEET", "many"),
        ("FLEET", "dragon:1"),
        ("LOG_LEVEL", "LOUD"),
        ("INFLUXDB_URL", "localhost:8086"),
        ("KAFKA_BOOTSTRAP_SERVERS", "broker"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:9092,http://b:9092"),
        ("KAFKA_TOPIC_PREFIX", "works 2."),
        ("KAFKA_MECHANISM", "GSSAPI"),
        ("KAFKA_PARTITIONS", "0"),
        ("PRICE_PER_KWH", "inf"),
        ("RETENTION_DAYS", "1e30"),
        ("RATE_HZ", "1000"),
        ("TIME_ZONE", "Europe/Londn"),
        ("TIME_ZONE", "../etc/passwd"),
        ("FAULTS", "rust@3"),
    ],
)
def test_a_bad_value_is_named_with_what_it_was(variable: str, value: str) -> None:
    assert refused(**{variable: value}).startswith(f"EDGETWIN_{variable}={value}: ")


def test_all_bad_values_are_named_at_once() -> None:
    text = refused(BROKER_PORT="x", SEED="y")
    assert {line.split("=")[0] for line in text.splitlines()} == {
        "EDGETWIN_BROKER_PORT",
        "EDGETWIN_SEED",
    }


def test_a_secret_is_not_repeated_in_the_error() -> None:
    assert "s3cret" not in refused(BROKER_USERNAME="me", BROKER_PASSWORD="s3cret\nallow")


@pytest.mark.parametrize("servers", ["127.0.0.1:9092", "localhost:9092,[::1]:9093", ""])
def test_a_login_to_kafka_on_this_machine_needs_no_tls(servers: str) -> None:
    login = {"EDGETWIN_KAFKA_USERNAME": "me", "EDGETWIN_KAFKA_PASSWORD": "Sesame"}
    environ = login | {"EDGETWIN_KAFKA_BOOTSTRAP_SERVERS": servers}
    assert load(env_file=NO_FILE, environ=environ).kafka_username == "me"


def test_a_login_to_kafka_is_whole_and_never_in_the_clear_over_a_network() -> None:
    login = {"KAFKA_USERNAME": "me", "KAFKA_PASSWORD": "Sesame"}
    servers = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092,kafka.works:9092"}
    assert "EDGETWIN_KAFKA_TLS must be 1" in refused(**login, **servers)
    assert "Sesame" not in refused(**login, **servers)
    assert "set both or none" in refused(KAFKA_USERNAME="me")


def test_two_servers_cannot_share_a_port() -> None:
    text = refused(GATEWAY_PORT="9000", DASHBOARD_PORT="9000")
    assert "EDGETWIN_GATEWAY_PORT and EDGETWIN_DASHBOARD_PORT are both 9000" in text


def test_a_network_address_needs_a_token() -> None:
    with pytest.raises(SettingsError, match="lets other machines in, so EDGETWIN_API_TOKEN"):
        load(env_file=NO_FILE, environ={"EDGETWIN_HOST": "0.0.0.0"})


def test_a_token_that_can_be_guessed_opens_nothing_and_is_not_repeated() -> None:
    with pytest.raises(SettingsError, match="EDGETWIN_API_TOKEN repeats itself") as caught:
        load(env_file=NO_FILE, environ=OPEN | {"EDGETWIN_API_TOKEN": "s3cret" * 10})
    assert "openssl rand -hex 32" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_network_address_with_a_token_is_accepted() -> None:
    assert not load(env_file=NO_FILE, environ=OPEN).loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_loopback_needs_no_credential(host: str) -> None:
    assert load(env_file=NO_FILE, environ={"EDGETWIN_HOST": host}).loopback


def test_the_editor_is_for_loopback_only() -> None:
    with pytest.raises(SettingsError, match="EDGETWIN_EDITOR=1"):
        load(env_file=NO_FILE, environ=OPEN | {"EDGETWIN_EDITOR": "1"})


def test_half_a_login_is_refused() -> None:
    assert "set both or none" in refused(BROKER_USERNAME="shop")


def test_a_data_directory_too_long_for_the_socket_is_refused() -> None:
    assert "choose a shorter path" in refused(DATA_DIR="/tmp/" + "x" * 100)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("EDGETWIN_SITE=from-file\nEDGETWIN_SEED=7\nEDGETWIN_CURRENCY=\n")
    settings = load(env_file=file, environ={"EDGETWIN_SITE": "from-environment"})
    assert (settings.site, settings.seed, settings.currency) == ("from-environment", 7, "GBP")


def test_a_misspelt_name_in_the_file_is_refused_with_the_right_one(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("EDGETWIN_GATEWAY_PROT=8000\n")
    with pytest.raises(SettingsError, match=r"Did you mean EDGETWIN_GATEWAY_PORT\?"):
        load(env_file=file, environ={})


def test_a_line_that_cannot_be_read_is_named_without_its_value(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text('EDGETWIN_SEED=7\nEDGETWIN_API_TOKEN="s3cret\n')
    with pytest.raises(SettingsError, match=r"Line 2 of .*EDGETWIN_API_TOKEN") as caught:
        load(env_file=file, environ={})
    assert "s3cret" not in str(caught.value)


def test_what_the_processes_get_is_what_was_loaded() -> None:
    settings = load(env_file=NO_FILE, environ=OPEN | {"EDGETWIN_RATE_HZ": "2.5"})
    assert load(env_file=NO_FILE, environ=settings.environment()) == settings


# Not the host: it is looked up, and a name server's pace is not ours.
FIELDS = sorted(Settings.model_fields.keys() - {"host"})


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30)))
def test_any_text_gives_settings_or_a_sentence(values: dict[str, str]) -> None:
    environ = {name(field): value for field, value in values.items()}
    try:
        outcome = str(load(env_file=NO_FILE, environ=environ).environment())
    except SettingsError as error:
        outcome = str(error)
    assert "EDGETWIN_" in outcome


def test_the_example_documents_every_setting_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text()
    documented = dict(re.findall(r"^#(EDGETWIN_\w+)=(.*)$", text, re.MULTILINE))
    defaults = load(env_file=NO_FILE, environ={})
    assert documented.keys() == {name(field) for field in Settings.model_fields}
    assert load(env_file=NO_FILE, environ=documented) == defaults


def test_the_example_and_the_page_say_what_the_settings_say() -> None:
    how = "run: python -m scripts.settings_page"
    assert settings_page.EXAMPLE.read_text(encoding="utf-8") == settings_page.example(), how
    assert settings_page.table() in settings_page.PAGE.read_text(encoding="utf-8"), how


def test_every_setting_is_in_one_group_and_explained() -> None:
    fields = [field for group in GROUPS for field in group.model_fields]
    assert sorted(fields) == sorted(Settings.model_fields)
    for group in GROUPS:
        assert all(info.description for info in group.model_fields.values())


@pytest.mark.parametrize("part", [GatewaySettings, InferenceSettings, InfluxSettings, Environment])
def test_a_process_has_no_setting_of_its_own(part: type[Process]) -> None:
    for field, info in part.model_fields.items():
        assert info.default == Settings.model_fields[field].default


def test_the_dashboard_has_the_defaults_we_document() -> None:
    text = (ROOT / "node-red/lib/config.mjs").read_text(encoding="utf-8")
    ports = re.findall(r'port\(env, "EDGETWIN_(\w+)", (\d+)\)', text)
    texts = re.findall(r'env\.EDGETWIN_(\w+) \|\| "(.*?)"', text)
    assert {name for name, _ in ports} == {"GATEWAY_PORT", "DASHBOARD_PORT", "BROKER_PORT"}
    for name_, default in [*ports, *texts]:
        assert str(Settings.model_fields[name_.lower()].default) == default, name_


def test_a_person_may_ask_for_the_rates_that_boards_have() -> None:
    assert rate.HIGHEST_HZ == cadence.HIGHEST_HZ
