"""Solutions to the exercises of notebook 03. Try first: a wrong answer is told what is wrong with it."""

# 03.1: A reads, B reads, A adds, B adds, A writes, B writes. Both have read 0 before one of them writes, and both write
# 1. Every order does it in which the second process reads before the first has written.
choices = "ABABAB"


def transfer(balances, locks, source, target, amount):
    """03.2: take the lock of the smaller number first, whichever way the money goes.

    All processes then take the two locks in one order. A process that waits for the second lock holds only the first
    one, and no other process can hold the second one and wait for the first: there is no circle.
    """
    first, second = sorted((source, target))
    with locks[first], locks[second]:
        balances[source] -= amount
        balances[target] += amount


def take_two(number, mutex, changed):
    """03.3: look under the mutex, wait with the mutex, and look again with `while`.

    Between the look and the sleep no signal can be lost, because a process that adds items needs the mutex for it. When
    wait() returns, somebody else may have taken the items already: its return is only a reason to look again.
    """
    with mutex:
        while number[0] < 2:
            changed.wait(mutex)
        number[0] -= 2
        return number[0]


def update(path, look, change, ofd_lock):
    """03.4: an OFD lock belongs to the open file description that open() made here.

    look() and change() close descriptors of their own; that would lose a record lock, and does not touch this one. The
    mode "r+b" opens the file for writing, as an exclusive lock needs it, and does not empty it. The lock goes when the
    `with` block closes the file.
    """
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
        change(path)
