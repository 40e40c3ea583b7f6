"""Parses networks and ports, as lib/sources/connection/network.ts and port-range.ts."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple, Optional, Tuple, Union

IpAddress = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

_ENTRY = re.compile(r"(?:\[(?P<bracketed>[^\]]+)\]|(?P<plain>[^:]+))(?::(?P<port>\d{1,5}))?")
_CIDR = re.compile(r"[^/]+(?:/\d{1,3})?")
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


class Network(NamedTuple):
    """An entry of a list of networks. Without a port, it means every port."""

    range: Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
    port: Optional[int]

    def contains(self, address: IpAddress, port: int) -> bool:
        return self.port in (None, port) and address in self.range


def parsed_network(setting: str, entry: str) -> Network:
    """Parses `10.0.0.0/8`, `127.0.0.1:9000`, `fd00::/8` or `[fd00::/8]:8080`. Raises ValueError."""
    is_bare_v6 = entry.split("/")[0].count(":") > 1 and not entry.startswith("[")
    parts = re.fullmatch(r"(?P<plain>.*)(?P<bracketed>)(?P<port>)", entry) if is_bare_v6 else _ENTRY.fullmatch(entry)
    cidr = "" if parts is None else parts["bracketed"] or parts["plain"] or ""
    port = None if parts is None or not parts["port"] else int(parts["port"])
    try:
        if _CIDR.fullmatch(cidr) is None or (port is not None and not 1 <= port <= 65_535):
            raise ValueError(entry)
        base = ipaddress.ip_address(cidr.split("/")[0])
        if isinstance(base, ipaddress.IPv6Address) and base.ipv4_mapped is not None:
            # It must be written as IPv4.
            raise ValueError(entry)
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        raise ValueError(f'{setting} entry "{entry}" is not an address or CIDR with an optional port') from None
    return Network(network, port)


def parsed_ports(setting: str, entry: str) -> Tuple[int, int]:
    """Parses `9000` or `9000-9010`. Raises ValueError."""
    found = _PORTS.fullmatch(entry)
    if found is not None:
        first, last = int(found[1]), int(found[2] or found[1])
        if 1 <= first <= last <= 65_535:
            return first, last
    raise ValueError(f'{setting} entry "{entry}" is not a port or a range of ports')
