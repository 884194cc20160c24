"""Descriptors of processes, and what they lead to."""

from __future__ import annotations

import os
import socket

import pytest

from helpers.draw.drawing import Box, Line
from helpers.errors import CourseError
from helpers.lessons.sockets.descriptor_map import OBJECT_HEIGHT, descriptor_map
from tests.draw.geometry import faults

FAMILY = {
    "parent": {3: "socket:[101]", 4: "socket:[102]", 5: "socket:[101]", 6: "/tmp/x/notes"},
    "heir": {3: "socket:[101]", 4: "pipe:[7]"},
    "stranger": {9: "socket:[102]"},
}


def arrows(picture) -> list[Line]:
    return [item for item in picture.drawing.items if isinstance(item, Line) and item.arrow]


def objects(picture) -> list[Box]:
    return [item for item in picture.drawing.items if isinstance(item, Box) and item.height == OBJECT_HEIGHT]


def test_the_text_tells_of_roles_and_not_of_inodes():
    assert str(descriptor_map(FAMILY, "A title")).splitlines() == [
        "A title",
        "parent: 3 -> socket 1, 4 -> socket 2, 5 -> socket 1, 6 -> notes",
        "heir: 3 -> socket 1, 4 -> pipe 1",
        "stranger: 9 -> socket 2",
    ]


def test_the_text_is_the_same_for_other_inodes():
    other = {
        name: {number: link.replace("101", "4711").replace("102", "12") for number, link in held.items()}
        for name, held in FAMILY.items()
    }
    assert descriptor_map(other).text == descriptor_map(FAMILY).text


def test_an_arrow_for_each_descriptor_to_the_box_of_its_object():
    picture = descriptor_map(FAMILY)
    boxes = objects(picture)
    assert len(boxes) == 4
    ends = [arrow.points[-1] for arrow in arrows(picture)]
    led = [next(n for n, box in enumerate(boxes) if (box.x, box.y + box.height / 2) == end) for end in ends]
    assert led == [0, 1, 0, 2, 0, 3, 1]


def test_the_picture_shows_numbers_and_inodes():
    shown = [text.text for text in descriptor_map(FAMILY).drawing.texts()]
    assert [shown.count(number) for number in ("3", "4", "5", "6", "9")] == [2, 2, 1, 1, 1]
    assert {"socket 1", "inode 101", "pipe 1", "inode 7", "notes", "has a path", "stranger"} <= set(shown)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_picture_can_be_read(count: int):
    one = {f"a process with a very long name, number {n}": {n: f"socket:[{n}]"} for n in range(count)}
    many = {"p": {n: f"/tmp/{n}{'y' * 80}" for n in range(count)}, "nothing": {}}
    for processes in (one, many):
        picture = descriptor_map(processes, "A title")
        assert faults(picture.drawing) == []
        boxes = objects(picture)
        assert len(boxes) == count
        assert all(upper.y + upper.height < lower.y for upper, lower in zip(boxes, boxes[1:], strict=False))
        assert boxes[-1].y + OBJECT_HEIGHT < picture.drawing.height


def test_a_process_without_descriptors_says_so():
    assert descriptor_map({"a": {3: "pipe:[1]"}, "b": {}}).text == "a: 3 -> pipe 1\nb: nothing"


def test_the_words_for_who_cannot_see_it():
    assert "stranger: 9 -> socket 2." in descriptor_map(FAMILY).drawing.alt


def test_what_proc_says_of_real_descriptors():
    one, other = socket.socketpair()
    with one, other:
        held = {n: os.readlink(f"/proc/self/fd/{s.fileno()}") for n, s in enumerate((one, other, one))}
    assert descriptor_map({"me": held}).text == "me: 0 -> socket 1, 1 -> socket 2, 2 -> socket 1"


@pytest.mark.parametrize("processes", [{}, {"a": {}}])
def test_nothing_is_open(processes):
    with pytest.raises(CourseError, match="needs a process with an open descriptor"):
        descriptor_map(processes)
