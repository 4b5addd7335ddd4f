"""Which IP addresses belong to the public internet.

An own table: `ipaddress.is_global` calls several forms public that end on this machine or in its network
(NAT64, 6to4, `::127.0.0.1`), and its answers differ between releases of Python.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# All of IPv4 is public but these.
_SPECIAL_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # the host of a virtual machine on Azure
        "169.254.0.0/16",  # link-local, metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Nothing of IPv6 is public but this …
_GLOBAL_V6 = IPv6Network("2000::/3")
# … without these, some of which carry an IPv4 address that only looks harmless.
_SPECIAL_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Tells whether an IP address in text form is a host of the public internet. What is no address is not."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        return _is_public_v6(found)
    return _is_public_v4(found)


def _is_public_v6(address: IPv6Address) -> bool:
    mapped = address.ipv4_mapped
    if mapped is not None:
        return _is_public_v4(mapped)
    return address in _GLOBAL_V6 and not any(address in block for block in _SPECIAL_V6)


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in block for block in _SPECIAL_V4)
