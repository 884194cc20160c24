"""Every quotation is the article's: those of the claims, of the glossary, and in the notebooks."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from helpers.lessons.claims.claim import words
from tests.lessons.claims.article import in_article
from tests.notebooks.checkout import NOTEBOOKS, TOP
from tools.terms import terms_of_the_article

CHINESE = re.compile("[\u4e00-\u9fff]")
QUOTED = re.compile("«([^«»]+)»|^> (.+)$", re.MULTILINE)
NAME = re.compile(r"\w+[_=]\S+")
"""As «syn=j»: the article writes it so."""


def test_a_claim_has_the_articles_words() -> None:
    for name, known in words().items():
        assert in_article(known.article), name
        assert CHINESE.search(known.article) or name == "C30"
        assert not CHINESE.search(known.english)


def test_the_articles_name_of_a_term_is_its_own() -> None:
    names = [name for term in terms_of_the_article() for name in term["article"].split(", ") if name]
    assert [name for name in names if not in_article(name)] == []


@pytest.mark.parametrize("path", [TOP / "README.md", *NOTEBOOKS], ids=lambda path: path.stem)
def test_what_is_quoted_is_the_articles(path: Path) -> None:
    """In Chinese always, and a name where the article is spoken of."""
    texts = [path.read_text()] if path.suffix == ".md" else [cell.source for cell in nbformat.read(path, 4).cells]
    for paragraph in "\n\n".join(texts).split("\n\n"):
        quoted = ["".join(found) for found in QUOTED.findall(paragraph)]
        its = [w for w in quoted if CHINESE.search(w) or ("article" in paragraph and NAME.fullmatch(w))]
        assert [words for words in its if not in_article(words)] == []


def test_slips_and_other_words_are_told_apart() -> None:
    assert in_article("STCP传输协议") and in_article("IPPTOTO_UDP") and in_article("syn=j")
    other = ("IPPROTO_STCP", "IPPTOTO_SCTP", "SCTP传输协议", "syn=m", "客户端关闭连接", "PI")
    assert [words for words in other if in_article(words)] == []
