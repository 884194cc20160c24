"""The questions of all notebooks as they can be asked away from their notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from helpers.study.contents import NOTEBOOKS, contents

CONTEXT = {
    "00.lost": "A client connects over TCP.",
    "00.port": "A client connects to a server over TCP.",
    "00.refused": "TCP.",
    "00.table": "The kernel lists its TCP sockets in /proc/net/tcp.",
    "01.exec": "In Python, a program opens files with os.open().",
    "02.boundaries": "A pipe: w is its writing end, r its reading end.",
    "02.end": "A pipe: w is its writing end, r its reading end. The child inherits both.",
    "02.priority": "A POSIX message queue.",
    "02.survives": "A POSIX message queue.",
    "02.type": "A System V message queue.",
    "03.counting": "A and B are two processes; number lies in memory that they share, and nothing is locked.",
    "03.killed-holder": "An ordinary mutex (not a robust one) in memory that two processes share.",
    "03.one-look": "A consumer that looks once («if», not «while») whether there is an item, waits on a condition "
    "variable, and takes one. A third process, the thief, takes items too.",
    "03.second-reader": "A read-write lock.",
    "03.signal-first": "A condition variable.",
    "03.two-locks": "left and right are two mutexes, A and B two processes.",
    "04.after-fork": "A process maps memory twice, once MAP_SHARED, once MAP_PRIVATE. Both hold «before».",
    "04.beyond-the-end": "Two processes share a named memory object.",
    "04.copied-bytes": "wchar in /proc/PID/io counts the bytes that a process hands to write() and its like.",
    "04.copied-pages": "MAP_PRIVATE, before a fork.",
    "04.file": "An ordinary file holds two dots. One process maps it MAP_PRIVATE and writes P over the second; "
    "another maps it MAP_SHARED and writes S over the first.",
    "04.marked": "System V shared memory.",
    "04.unlinked": "Named shared memory (shm_open).",
    "05.dead-server": "remote_add() asks a server process over UDP on 127.0.0.1, and waits 5 s for its answer at most.",
    "05.door-credentials": "A door: a function of another process that is called like one's own.",
    "05.reply-lost": "Sun RPC over UDP; the server remembers nothing of earlier calls.",
    "05.stranger-sets": "Sun RPC: the port mapper that notebook 05 builds.",
    "05.wrong-version": "Sun RPC. The server has version 1.",
    "06.door": "A server host with two interfaces.",
    "07.after-the-router": "A UDP datagram goes through a router.",
    "07.frame-size": "TCP over Ethernet.",
    "07.lost-fragment": "UDP over IP.",
    "07.narrow-link": "DF is the flag «don't fragment» of the IP header.",
    "07.same-loss": "A program sends «one», «two», «three», once over UDP and once over TCP.",
    "08.block-lost": "TFTP: each block of data is acknowledged before the next is sent.",
    "08.community": "SNMP: each question to a device carries a word, the community.",
    "08.data-connection": "FTP.",
    "08.dot": "SMTP: a line with nothing but a dot ends the mail.",
    "08.keep-alive": "HTTP/1.1 and Python's http.client.",
    "08.password": "Telnet.",
    "08.transfer-id": "TFTP.",
    "08.truncated": "DNS: a name has 20 texts, more than fit into 512 bytes.",
    "09.compressed": "CSLIP sends only what has changed since the packet before. A connection sends b, a single "
    "byte, after another one.",
    "09.end-inside": "SLIP without its escape: packets cross a serial line.",
    "09.hello": "OSPF: two routers, north and south, on the near LAN with a client; a server beyond them. "
    "224.0.0.5 is the group of all OSPF routers.",
    "09.mtu": "SLIP, and TCP over it.",
    "09.one-bit": "SLIP has no checksum.",
    "09.one-bit-cslip": "CSLIP sends differences; b and c are segments of one byte. The mask says which fields "
    "have changed, A among them: the acknowledgement.",
    "09.one-way": "Two routers, north and south, join a client and a server. The server's route back leads over north.",
    "11.backlog": "TCP on Linux.",
    "12.backoff": "A client sent a SYN and vanished.",
    "12.data-follows": "A TCP handshake.",
    "12.late-syn": "A TCP connection.",
    "12.third-held": "A TCP handshake.",
    "12.third-lost": "A TCP handshake.",
    "13.behind-data": "A TCP connection with data that wait to be sent.",
    "13.both-close": "A TCP connection of A and B.",
    "13.reboot": "A and B have a TCP connection.",
    "14.nagle": "A TCP socket with no option set, so Nagle's algorithm is on.",
    "14.truncated": "A datagram socket.",
    "14.window": "A TCP connection.",
    "15.never-reads": "A chat server with one thread for all clients. It answers with sendall() on blocking sockets.",
    "15.reset": "A chat server with a thread for each client.",
    "15.second-client": "A server with one thread: it serves a client to the end before it accepts the next.",
    "15.two-lines": "A server that calls recv() and answers what came with one line.",
    "15.vanished": "A client was connected and lost its power. No keep-alive is set, and the server sends nothing.",
    "16.placement": "A round trip between two processes.",
    "16.size": "A round trip of 64 bytes over TCP takes about twice as long as through a pipe.",
    "16.udp": "Two processes on one machine.",
    "17.forty": "The article's claims; probes look for a case for each of them and for one against it.",
}
"""What a question leaves out because its notebook has just said it."""

LEFT_OUT = {
    "03.second-look": "asks about the programs LOCK and LOOK of its notebook",
    "09.timestamps": "asks about a conversation that its notebook has just shown",
}
"""Questions that cannot be asked anywhere else, and why."""


@dataclass(frozen=True)
class CourseQuestion:
    """A question with what must be known before, and where it stands. `happened` is the right option."""

    id: str
    before: str
    text: str
    options: tuple[str, ...]
    happened: str
    notebook: str
    """Number and title of its notebook."""
    link: str
    """To its cell."""


def course_questions(happened: dict[str, str], notebooks: Path = NOTEBOOKS) -> list[CourseQuestion]:
    """All that can be asked away from their notebooks, in reading order.

    happened: what the kernel did when this reader revealed a question. For the others the notebook's saved output
    says it; a question of which neither tells is left out.
    """
    found = []
    for each in contents(notebooks):
        for asked in each.questions:
            right = happened.get(asked.id, "")
            right = right if right in asked.options else asked.happened
            if right and asked.id not in LEFT_OUT:
                before, link = CONTEXT.get(asked.id, ""), each.link(asked.cell)
                found.append(CourseQuestion(asked.id, before, asked.text, asked.options, right, each.name, link))
    return found
