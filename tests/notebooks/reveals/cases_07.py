"""Notebook 07: the TCP/IP layers."""

BAD_SUM = "Ip.InReceives, Ip.InDelivers, Udp.InErrors, Udp.InCsumErrors"
HARDWARE = {"Destination MAC", "Source MAC"}
HOPS = {"Time to Live", "Header Checksum"}
ONE_THREE, ALL = ["b'one'", "b'three'"], ["b'one'", "b'two'", "b'three'"]


def too_long(limit: int) -> bytes:
    """An ICMP message «fragmentation needed» (RFC 1191, section 4)."""
    return bytes([3, 4, 0, 0, 0, 0]) + limit.to_bytes(2)


CASES = {
    "07.frame-size": {
        "a": [{"frame_bytes": 84}, {"frame_bytes": 72}],
        "b": {"frame_bytes": 58},
        "c": {"frame_bytes": 38},
        "d": {"frame_bytes": 18},
        "none": {"frame_bytes": 9},
    },
    "07.wrong-checksum": {
        "a": {"fates": {"UDP checksum": "Udp.InDatagrams"}, "replies": 0},
        "b": {"fates": {"UDP checksum": BAD_SUM}, "replies": 1},
        "c": {"fates": {"UDP checksum": BAD_SUM}, "replies": 0},
        "none": {"fates": {"UDP checksum": "nothing"}, "replies": 0},
    },
    "07.same-loss": {
        "a": {"got_udp": ONE_THREE, "got_tcp": ONE_THREE},
        "b": [{"got_udp": ONE_THREE, "got_tcp": ["b'one'", "b'twothree'"]}, {"got_udp": ONE_THREE, "got_tcp": ALL}],
        "c": {"got_udp": ALL, "got_tcp": ["b'onetwothree'"]},
        "d": {"got_udp": ONE_THREE, "got_tcp": ["b'one'"]},
        "none": [{"got_udp": ["b'one'"], "got_tcp": ALL}, {"got_udp": ONE_THREE, "got_tcp": []}],
    },
    "07.after-the-router": {
        "a": {"changed_fields": HARDWARE | HOPS},
        "b": {"changed_fields": HARDWARE | HOPS | {"Source Address", "Destination Address"}},
        "c": {"changed_fields": HARDWARE},
        "d": {"changed_fields": set()},
        "none": [{"changed_fields": HOPS}, {"changed_fields": HARDWARE | HOPS | {"Source Address"}}],
    },
    "07.narrow-link": {
        "a": {"passed_on": [596, 452], "sent_back": []},
        "b": {"passed_on": [1028], "sent_back": []},
        "c": {"passed_on": [], "sent_back": []},
        "d": {"passed_on": [], "sent_back": [too_long(600)]},
        "none": [
            {"passed_on": [], "sent_back": [too_long(0)]},
            {"passed_on": [], "sent_back": [bytes([11, 0]) + bytes(6)]},
            {"passed_on": [600], "sent_back": []},
        ],
    },
    "07.lost-fragment": {
        "a": {"came": [(1000, 1000)]},
        "b": {"came": [(1000, 568)]},
        "c": {"came": []},
        "d": {"came": [(568, 568)]},
        "none": {"came": [(432, 432)]},
    },
    "07.broadcast": {
        "a": {"complaints": [], "reached": 2},
        "b": {"complaints": ["one", "two"], "reached": 2},
        "c": {"complaints": ["two"], "reached": 2},
        "none": [{"complaints": ["one", "two", "router"], "reached": 2}, {"complaints": [], "reached": 1}],
    },
    "07.join-a-group": {
        "a": {"went_to": []},
        "b": {"went_to": ["224.0.0.22"]},
        "c": {"went_to": ["239.1.2.3"]},
        "none": [{"went_to": ["224.0.0.22", "239.1.2.3"]}, {"went_to": ["224.0.0.1"]}],
    },
}
