"""Notebook 16: see the package."""

from tests.notebooks.reveals import seen

CASES = {
    "16.datagrams": seen("arrived", a=[170, 1], b=[5000], c=[1024], d=[2048], none=[0, 1500, 4999]),
    "16.looks": seen("waited", a=[0.06], b=[0.6, 1.1], c=[5.0], none=[0.25, 1.8]),
    "16.same-core": seen("shared_core", a=[1.1], b=[0.1], c=[751.0], none=[3.2, 0.6]),
    "16.two-threads": seen("in_threads", a=[1740.0], b=[1.0], c=[0.2], none=[0.6, 7.0]),
    "16.placement": seen("together apart",
        a=[(30.0, 5.0)], b=[(5.0, 5.0), (5.0, 6.0)], c=[(5.0, 50.0)], none=[(5.0, float("inf"))],
    ),
    "16.more-bytes": seen("growth", a=[1024.0], b=[5.3], c=[1.1], none=[1.7, 300.0]),
}
