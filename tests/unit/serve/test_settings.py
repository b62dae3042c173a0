from __future__ import annotations

import json
from typing import Any

import pytest

from emoscope.errors import ServiceError
from emoscope.serve.settings import ServeSettings, read_settings


def test_flags_go_before_environment_before_defaults() -> None:
    environment = {"EMOSCOPE_PORT": "9000", "EMOSCOPE_HOST": "0.0.0.0", "PORT": "1"}
    found = read_settings(environment, {"port": 9001, "model": None})
    assert (found.port, found.host, found.model) == (9001, "0.0.0.0", "")


def test_the_environment_is_text() -> None:
    found = read_settings(
        {
            "EMOSCOPE_PAGE": "false",
            "EMOSCOPE_TIMEOUT_SECONDS": "2.5",
            "EMOSCOPE_CORS_ORIGINS": "https://a.example, https://b.example,",
            "EMOSCOPE_ALLOWED_HOSTS": "a.example, *.b.example",
            "EMOSCOPE_API_KEY": "a-secret-key",
        }
    )
    assert found.allowed_hosts == ("a.example", "*.b.example")
    assert found.page is False
    assert found.timeout_seconds == 2.5
    assert found.cors_origins == ("https://a.example", "https://b.example")
    assert found.api_key is not None
    assert found.api_key.get_secret_value() == "a-secret-key"


def test_secrets_are_hidden_where_settings_are_shown() -> None:
    with_key = read_settings({"EMOSCOPE_API_KEY": "a-secret-key"})
    assert with_key.shown()["api_key"] == "hidden"
    assert ServeSettings().shown()["api_key"] == "not set"
    assert "a-secret-key" not in json.dumps(with_key.shown()) + repr(with_key) + str(with_key)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"port": 70000}, r"port \(EMOSCOPE_PORT\)"),
        ({"port": "eighty"}, "EMOSCOPE_PORT"),
        ({"timeout_seconds": 0}, "EMOSCOPE_TIMEOUT_SECONDS"),
        ({"max_txts": "3"}, "no setting 'max_txts'. Did you mean 'max_texts'"),
        ({"max_texts": 100, "queue_texts": 50}, "at least max_texts, which is 100"),
        ({"queue_characters": 100}, "at least max_body_bytes"),
        ({"log_level": "loud"}, "EMOSCOPE_LOG_LEVEL"),
    ],
)
def test_wrong_settings_are_named(flags: dict[str, Any], message: str) -> None:
    with pytest.raises(ServiceError, match=message):
        read_settings({}, flags)


def test_a_wrong_secret_is_not_shown() -> None:
    with pytest.raises(ServiceError) as refusal:
        read_settings({"EMOSCOPE_API_KEY": "short"})
    assert "EMOSCOPE_API_KEY" in str(refusal.value)
    assert "short" not in str(refusal.value).replace("shorter", "")


@pytest.mark.parametrize(
    "slip", ["EMOSCOPE_API_KYE", "EMOSCOPE_APIKEY", "EMOSCOPE_API_KEYS", "EMOSCOPE_PART"]
)
def test_a_slip_in_a_name_is_refused(slip: str) -> None:
    # a key that is not read would leave the service open
    with pytest.raises(ServiceError, match=f"{slip} is no setting.*Did you mean"):
        read_settings({slip: "something-long"})


def test_variables_of_other_parts_are_left_alone() -> None:
    assert read_settings({"EMOSCOPE_DATA": "/data", "EMOSCOPE_CACHE": "/c"}) == ServeSettings()


def test_every_setting_is_described() -> None:
    described = {variable: about for variable, _, about in ServeSettings.described()}
    assert len(described) == len(ServeSettings.model_fields)
    assert all(about.endswith(".") for about in described.values())
