"""Notebook 12: the three-way handshake."""

CASES = {
    "12.counted": {
        "a": {"in_use": ["TCP: inuse 2", "TCP: inuse 2"]},
        "b": {"in_use": ["TCP: inuse 3", "TCP: inuse 4"]},
        "c": {"in_use": ["TCP: inuse 1", "TCP: inuse 2"]},
        "d": {"in_use": ["TCP: inuse 0", "TCP: inuse 2"]},
        "none": [{"in_use": ["TCP: inuse 17", "TCP: inuse 18"]}, {"in_use": ["exit status 1", "exit status 1"]}],
    },
    "12.unanswered": {
        "a": {"repeated": [1, 3, 7]},
        "b": {"repeated": [1, 2, 3]},
        "c": {"repeated": [3, 9, 21]},
        "none": [{"repeated": []}, {"repeated": [1]}, {"repeated": [0, 0, 1]}, {"repeated": [1, 3, 8]}],
    },
    "12.third-lost": {
        "a": {"repairs": []},
        "b": {"repairs": ["server: SYN ACK", "client: ACK"]},
        "c": {"repairs": ["client: ACK"]},
        "none": [{"repairs": ["server: RST"]}, {"repairs": ["client: FIN ACK", "server: ACK"]}],
    },
    "12.data-follows": {
        "a": [{"waited": [0.004]}, {"waited": [0.3]}],
        "b": [{"waited": [1.03]}, {"waited": [1.6]}],
        "c": {"waited": []},
        "none": [{"waited": [0.6]}, {"waited": [4.2]}],
    },
    "12.late-syn": {
        "a": {"answers": ["SYN ACK"]},
        "b": {"answers": []},
        "c": {"answers": ["RST"]},
        "d": {"answers": ["ACK"]},
        "none": [{"answers": ["RST ACK"]}, {"answers": ["ACK", "ACK"]}, {"answers": ["FIN ACK"]}],
    },
    "12.old-syn": {
        "a": {"resets": ["server"]},
        "b": {"resets": ["client"]},
        "c": {"resets": []},
        "none": [{"resets": ["client", "client"]}, {"resets": ["client", "server"]}],
    },
    "12.send-returned": {
        "a": {"unsent": 0, "unread": 0},
        "b": {"unsent": 0, "unread": 5},
        "c": {"unsent": 5, "unread": 0},
        "none": [{"unsent": 3, "unread": 0}, {"unsent": 5, "unread": 5}],
    },
}
