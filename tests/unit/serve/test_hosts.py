from __future__ import annotations

import pytest

from emoscope.serve.hosts import AllowedHosts
from emoscope.serve.settings import ServeSettings


def allowed(header: str, host: str = "127.0.0.1", names: tuple[str, ...] = ()) -> bool:
    hosts = AllowedHosts(ServeSettings(host=host, allowed_hosts=names))
    return header.encode("latin-1") in hosts


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "0.0.0.0", "192.168.1.5"])
@pytest.mark.parametrize(
    "header",
    ["localhost", "localhost:8000", "LocalHost.:1", "a.localhost", "127.0.0.1:80", "127.8.8.8",
     "[::1]", "[::1]:8000"],
)  # fmt: skip
def test_loopback_is_always_allowed(header: str, host: str) -> None:
    assert allowed(header, host)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::", "192.168.1.5", "a.lan"])
@pytest.mark.parametrize(
    "header",
    ["rebound.example", "rebound.example:8000", "localhost.rebound.example", "127.0.0.1.example",
     "notlocalhost.example", "[::1].example", ":80", "", ".", "a.example.", "l\u00f6calhost"],
)  # fmt: skip
def test_foreign_names_are_never_allowed_unasked(header: str, host: str) -> None:
    assert not allowed(header, host)


def test_the_address_listened_on_is_allowed() -> None:
    assert allowed("192.168.1.5:8000", "192.168.1.5")
    assert not allowed("192.168.1.6", "192.168.1.5")
    assert allowed("box.lan:8000", "box.lan")
    assert allowed("[fe80::1]:8000", "fe80::1")


@pytest.mark.parametrize("header", ["192.168.1.6", "[2001:db8::1]:80", "emoscope", "emoscope:80"])
def test_a_service_on_every_address_is_reached_by_any_and_by_names_without_a_dot(
    header: str,
) -> None:
    assert allowed(header, "0.0.0.0")
    assert allowed(header, "::")
    assert not allowed(header)


def test_names_are_allowed_by_the_settings() -> None:
    names = ("Emotions.example", "*.b.example")
    assert allowed("emotions.example:80", names=names)
    assert allowed("x.y.b.example", names=names)
    assert not allowed("b.example", names=names)
    assert not allowed("xb.example", names=names)
    assert allowed("anything.at.all", names=("*",))
