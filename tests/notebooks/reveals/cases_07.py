"""Notebook 07: the TCP/IP layers."""

from tests.notebooks.reveals import seen

BAD_SUM = "Ip.InReceives, Ip.InDelivers, Udp.InErrors, Udp.InCsumErrors"
HARDWARE = {"Destination MAC", "Source MAC"}
HOPS = {"Time to Live", "Header Checksum"}
ONE_THREE, ALL = ["b'one'", "b'three'"], ["b'one'", "b'two'", "b'three'"]


def too_long(limit: int) -> bytes:
    """An ICMP message «fragmentation needed» (RFC 1191, section 4)."""
    return bytes([3, 4, 0, 0, 0, 0]) + limit.to_bytes(2)


CASES = {
    "07.frame-size": seen("frame_bytes", a=[84, 72], b=[58], c=[38], d=[18], none=[9]),
    "07.wrong-checksum": seen("fates replies",
        a=[({"UDP checksum": "Udp.InDatagrams"}, 0)], b=[({"UDP checksum": BAD_SUM}, 1)],
        c=[({"UDP checksum": BAD_SUM}, 0)], none=[({"UDP checksum": "nothing"}, 0)],
    ),
    "07.same-loss": seen("got_udp got_tcp",
        a=[(ONE_THREE, ONE_THREE)], b=[(ONE_THREE, ["b'one'", "b'twothree'"]), (ONE_THREE, ALL)],
        c=[(ALL, ["b'onetwothree'"])], d=[(ONE_THREE, ["b'one'"])], none=[(["b'one'"], ALL), (ONE_THREE, [])],
    ),
    "07.after-the-router": seen("changed_fields",
        a=[HARDWARE | HOPS], b=[HARDWARE | HOPS | {"Source Address", "Destination Address"}], c=[HARDWARE],
        d=[set()], none=[HOPS, HARDWARE | HOPS | {"Source Address"}],
    ),
    "07.narrow-link": seen("passed_on sent_back",
        a=[([596, 452], [])], b=[([1028], [])], c=[([], [])], d=[([], [too_long(600)])],
        none=[([], [too_long(0)]), ([], [bytes([11, 0]) + bytes(6)]), ([600], [])],
    ),
    "07.lost-fragment": seen("came",
        a=[[(1000, 1000)]], b=[[(1000, 568)]], c=[[]], d=[[(568, 568)]], none=[[(432, 432)]],
    ),
    "07.broadcast": seen("complaints reached",
        a=[([], 2)], b=[(["one", "two"], 2)], c=[(["two"], 2)], none=[(["one", "two", "router"], 2), ([], 1)],
    ),
    "07.join-a-group": seen("went_to",
        a=[[]], b=[["224.0.0.22"]], c=[["239.1.2.3"]], none=[["224.0.0.22", "239.1.2.3"], ["224.0.0.1"]],
    ),
}
