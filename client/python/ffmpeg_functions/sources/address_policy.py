"""Decides from which addresses sources may be downloaded, as lib/sources/connection/address-policy.ts."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from typing import Optional, Sequence

from ..builder_data import SOURCE_PORTS
from .networks import IpAddress, parsed_network, parsed_ports

_NOT_PUBLIC = [
    ipaddress.ip_network(cidr)
    for cidr in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
        "203.0.113.0/24 224.0.0.0/3 168.63.129.16/32 "
        "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"
    ).split()
]
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressPolicy:
    """Allows the usual ports of public addresses that are not this machine's own, and the listed networks."""

    def __init__(self, allowed: Sequence[str] = (), denied: Sequence[str] = (), ports: Sequence[str] = ()) -> None:
        """Raises ValueError for a malformed entry."""
        self._allowed = [parsed_network("source_allowed_networks", entry) for entry in allowed]
        self._denied = [parsed_network("source_denied_networks", entry) for entry in denied]
        listed = [parsed_ports("source_allowed_ports", entry) for entry in ports]
        self._ports = [*map(tuple, SOURCE_PORTS), *listed]

    def allows(self, ip: str, port: int) -> bool:
        """Whether a literal IPv4 or IPv6 address may be connected to. Anything else may not."""
        address = _destination(ip)
        if address is None or any(network.contains(address, port) for network in self._denied):
            return False
        if any(network.contains(address, port) for network in self._allowed):
            return True
        has_usual_port = any(first <= port <= last for first, last in self._ports)
        return has_usual_port and _is_public(address) and not is_own_address(address)


def is_own_address(address: IpAddress) -> bool:
    """Whether an interface of this machine has the address now: only then would packets to it come from it.

    A UDP socket sends nothing when it connects.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((str(address), 9))
        return ipaddress.ip_address(probe.getsockname()[0]) == address
    return False


def _destination(ip: str) -> Optional[IpAddress]:
    """Returns the actual destination: for IPv4-mapped and NAT64 addresses, the IPv4 address in them."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: IpAddress) -> bool:
    if any(address in network for network in _NOT_PUBLIC):
        return False
    return address.version == 4 or address in _GLOBAL_V6
