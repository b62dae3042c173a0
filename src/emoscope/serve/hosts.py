"""The names under which clients may call the service: a guard against DNS rebinding.

A foreign page cannot read the answers of a local service, since its origin differs. It can when it
makes its own name resolve to this machine; the ``Host`` header then holds that name. See
https://developer.mozilla.org/docs/Web/Security/Attacks/DNS_rebinding.
"""

from __future__ import annotations

import ipaddress

from emoscope.serve.settings import ServeSettings

_ALWAYS = ("localhost", "*.localhost")


class AllowedHosts:
    """Tells whether a ``Host`` header may be answered.

    Allowed are ``localhost`` and loopback addresses, the address that the service listens on, and
    the names in the settings. A service on every address (``0.0.0.0``, ``::``) does not know under
    which ones it is reached: it also allows any IP address, and names without a dot, as containers
    and machines have in their own network. Neither can be a name of a foreign site.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self._names = {name.lower().rstrip(".") for name in (*_ALWAYS, *settings.allowed_hosts)}
        self._address = _ip(settings.host)
        if self._address is None:
            self._names.add(settings.host.lower())
        self._is_everywhere = not settings.host or (
            self._address is not None and self._address.is_unspecified
        )

    def __contains__(self, header: bytes) -> bool:
        """Whether ``header``, a host with or without a port, is allowed."""
        host = _without_port(header.decode("latin-1").strip().lower())
        if "*" in self._names or host in self._names:
            return True
        address = _ip(host)
        if address is not None:
            return address.is_loopback or self._is_everywhere or address == self._address
        if self._is_everywhere and host.isascii() and host and "." not in host:
            return True
        parents = (host[at + 1 :] for at, letter in enumerate(host[:255]) if letter == ".")
        return any(f"*.{parent}" in self._names for parent in parents)


def _without_port(host: str) -> str:
    if host.startswith("["):
        address, _, port = host[1:].partition("]")
        return address if not port or port.startswith(":") else host
    return host.partition(":")[0].rstrip(".") if host.count(":") <= 1 else host


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
