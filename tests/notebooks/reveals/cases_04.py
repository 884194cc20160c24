"""Notebook 04: what processes share, what fork() copies, what a removed name, a cut file and a seal do."""

LACKING = "this machine has no such memory"

CASES = {
    "04.counted": {"a": {"grown": 8192}, "b": {"grown": 4096}, "c": {"grown": 0}, "none": {"grown": 12288}},
    "04.after-fork": {
        "a": {"parent_reads": ["CHILD!", "before"]},
        "b": {"parent_reads": ["CHILD!", "CHILD!"]},
        "c": {"parent_reads": ["before", "before"]},
        "d": {"parent_reads": ["before", "CHILD!"]},
        "none": {"parent_reads": ["", "before"]},
    },
    "04.two-pages": {
        "a": {"of_the_two": 2},
        "b": {"of_the_two": 1},
        "c": {"of_the_two": 0},
        "none": {"of_the_two": 3},
    },
    "04.name-removed": {
        "a": {"removal": "raises EBUSY", "found": [b"still", b"still"]},
        "b": {"removal": None, "found": ["raises ChildEnded", bytes(5)]},
        "c": {"removal": None, "found": [b"still", b"still"]},
        "d": {"removal": None, "found": [b"still", bytes(5)]},
        "none": [
            {"removal": None, "found": [b"still", "raises EACCES"]},
            {"removal": "raises EACCES", "found": [b"still", b"still"]},
            {"removal": LACKING, "found": [None, None]},
        ],
    },
    "04.cut-short": {
        "a": {"looked": "raises EFAULT", "ended_by": "SIGKILL"},
        "b": {"looked": "raises ChildEnded", "ended_by": "SIGBUS"},
        "c": {"looked": 0, "ended_by": "SIGKILL"},
        "d": {"looked": "raises IndexError", "ended_by": "SIGKILL"},
        "none": [
            {"looked": LACKING, "ended_by": ""},
            {"looked": "raises EOFError", "ended_by": "SIGKILL"},
            {"looked": 104, "ended_by": "SIGKILL"},
        ],
    },
    "04.removal-mark": {
        "a": {"by_key": b"nothing", "by_id": b"hello"},
        "b": {"by_key": b"hello", "by_id": b"hello"},
        "c": {"by_key": b"nothing", "by_id": "raises EINVAL"},
        "d": {"by_key": b"hello", "by_id": "raises EINVAL"},
        "none": {"by_key": "", "by_id": ""},
    },
    "04.write-seal": {
        "a": {"sealing": None, "writing": "raises ChildEnded"},
        "b": {"sealing": None, "writing": None},
        "c": {"sealing": "raises EBUSY", "writing": None},
        "none": [
            {"sealing": "raises EPERM", "writing": None},
            {"sealing": "this machine has no memfd_create", "writing": None},
        ],
    },
    "04.two-dots": {
        "a": {"dots": "S."},
        "b": {"dots": ".P"},
        "c": {"dots": "SP"},
        "d": {"dots": ".."},
        "none": {"dots": "S"},
    },
}
