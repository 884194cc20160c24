"""Solutions to the exercises of notebook 03. Try first: a wrong answer is told what is wrong with it."""

#: 03.1: both read before one writes.
choices = "ABABAB"


def transfer(balances, locks, source, target, amount):
    """03.2: the lock of the smaller number first, whichever way the money goes."""
    first, second = sorted((source, target))
    with locks[first], locks[second]:
        balances[source] -= amount
        balances[target] += amount


def take_two(number, mutex, changed):
    """03.3: every return of wait() is only a reason to look again."""
    with mutex:
        while number[0] < 2:
            changed.wait(mutex)
        number[0] -= 2
        return number[0]


def update(path, look, change, ofd_lock):
    """03.4: the lock belongs to what open() made, and goes when that is closed."""
    with open(path, "r+b") as file:
        ofd_lock(file.fileno(), "F_WRLCK")
        look(path)
        change(path)
