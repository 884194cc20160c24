"""What a kernel counts of each protocol: packets that came, went, and were thrown away (proc_net(5))."""

from __future__ import annotations

from collections import Counter


def counters(text: str) -> Counter[str]:
    """The numbers of /proc/net/snmp or /proc/net/netstat by protocol and name, as in {"Ip.InReceives": 7}.

    `text` is the file's: two lines a protocol, the first with the names, the second with the numbers. The names in snmp
    are those of RFC 1213. Raises ValueError for another text.
    """
    found: Counter[str] = Counter()
    lines = text.splitlines()
    for names, numbers in zip(lines[::2], lines[1::2], strict=True):
        protocol, _, rest = names.partition(":")
        same, _, values = numbers.partition(":")
        if protocol != same:
            raise ValueError(f"a line of names for {protocol!r} is followed by one of numbers for {same!r}")
        found.update({f"{protocol}.{name}": int(v) for name, v in zip(rest.split(), values.split(), strict=True)})
    return found
