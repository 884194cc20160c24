"""Notebook 08: seven applications."""

from tests.notebooks.reveals import seen

CASES = {
    "08.two-visits": seen("opened", a=[1], b=[2], c=[3], none=[0, 4]),
    "08.dot": seen("sent_line", a=[b""], b=[b".\r\n"], c=[b"..\r\n"], d=[b" .\r\n"], none=[b"=2E\r\n", b"\r\n"]),
    "08.data-connection": seen("caller called_port named_by",
        a=[("server", 40000, ["client"])], b=[("client", 40000, ["server"])],
        c=[("client", 20, []), ("client", 20, ["server"])], d=[("server", 20, [])],
        none=[("nobody", 0, []), ("client", 21, []), ("client", 40000, ["client", "server"])],
    ),
    "08.echo": seen("sent_back",
        a=[b"******"], b=[b"secret"], c=[b"      "], d=[b""], none=[b"*", b"Login incorrect"],
    ),
    "08.first-block": seen("first_port asked_from",
        a=[(43210, 51000)], b=[(69, 51000)], c=[(20, 51000)], d=[(51000, 51000)], none=[(70, 51000)],
    ),
    "08.block-lost": seen("after_loss",
        a=[[]], b=[["ACK 1"]], c=[["DATA 2, 512 bytes"]], d=[["DATA 3, 256 bytes"]],
        none=[["RRQ picture.bin octet"], ["DATA 1, 512 bytes"]],
    ),
    "08.community": seen("second_answers", a=[[(16, True)]], b=[[]], c=[[(0, True)]], none=[[(0, False)]]),
    "08.twenty-texts": seen("came_back",
        a=[(1, 0, True)], b=[(1, 7, True), (1, 19, True)], c=[(1, 20, False)], d=[(3, 20, False)],
        none=[(0, 0, False), (1, 0, False), (1, 8, False)],
    ),
}
