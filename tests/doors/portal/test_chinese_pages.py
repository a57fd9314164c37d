"""Chinese pages are Chinese: every page in every state, read without code, data and names, holds no Latin word."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from golconda.doors.serving.site import site
from golconda.node.open import init_node

from .browser import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from golconda.node.node import Node

TERMS = """
purposes: [epidemic-statistics]
columns: [region, age, phone]
where: region <> 'R3'
masks: {phone: partial, age: {generalise: {step: 10}}}
limits: [{queries: 200, per: day}, {bytes: 1000000, per: month}]
period: P30D
prohibit: [combine, derive, distribute]
price: {plan: subscription, amount: "2.00", currency: CNY, per: month}
"""
SPOKEN = ("aria-label", "title", "placeholder", "data-label")
OURS = {"Golconda", "YAML", "ODCS", "SQL", "Delta", "Sharing", "Python", "curl", "UTC", "GOLCONDA", "TOKEN", "CNY"}
OURS |= {"golconda", "publish", "FILE", "as", "NAME"}  # the command that an empty catalogue proposes
CLAUSES = {"columns", "where", "masks", "aggregate", "min_group", "min", "group", "limits", "queries", "per", "day"}
CLAUSES |= {"period", "partial", "AND", "OR", "NOT", "IN", "LIKE", "IS", "NULL"}  # as a terms file writes them
UNITS = {"KB", "MB", "GB"}
MARK = {"EN"}  # beside a title that is not in the page's language; it has a spoken title
DATA = {"region", "age", "phone", "city", "acme", "li", "wang", "care", "epidemic", "statistics", "visits", "steward"}
DATA |= {"colums", "agee", "none", "such", "zz", "gone"}  # what is asked for in vain
WORD = re.compile(r"[A-Za-z]{2,}")
IDENTITY = re.compile(r"\([a-z-]+\)|(agr|req|off)-[0-9a-z]+|sha256:[0-9a-f]+|[0-9a-f]{8,}|R\d|\b(BIGINT|VARCHAR)\b")


class Text(HTMLParser):
    """Gathers what a page says in its own language, outside code and data to paste."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._around: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        foreign = given.get("lang", "zh-Hans")[:2] != "zh" if given.get("lang") else False
        silent = foreign or tag in ("code", "pre", "textarea", "style") or any(self._around[-1:])
        if not silent:
            self.said += [given[name] or "" for name in SPOKEN if given.get(name)]
        if tag not in ("meta", "link", "input", "br", "rect", "path", "circle"):
            self._around.append(silent)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "link", "input", "br", "rect", "path", "circle"):
            self._around.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._around[-1:]):
            self.said.append(data)


def foreign_words(page: str) -> set[str]:
    """Return the Latin words that are neither names of ours nor data."""
    reader = Text()
    reader.feed(page)
    words = {word for text in reader.said for word in WORD.findall(IDENTITY.sub(" ", text))}
    return words - OURS - CLAUSES - UNITS - MARK - DATA


class Later:
    """A clock that can be set on."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def now(self) -> datetime:
        """Return the set time."""
        return self.time


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Give a node of the city whose titles are Chinese."""
    rows = "\n".join(f"R{n % 4},{20 + n % 50},138-{n:08d}" for n in range(400))
    (tmp_path / "visits.csv").write_text(f"region,age,phone\n{rows}\n")
    with init_node(tmp_path / "city", organisation="city", titles={"zh": "市数据局"}, clock=Later()) as made:
        owner = made.owner_session("cli")
        owner.publish([str(tmp_path / "visits.csv")], name="care", titles={"zh": "就医"}, domain="health")
        owner.offer("care", TERMS, title={"zh": "用于统计"})
        owner.add_organisation("acme", titles={"zh": "数据公司"})
        yield made


def chinese(node: Node, principal: str | None = None, role: str | None = None) -> Browser:
    """Return a browser that speaks Chinese."""
    browser = Browser(site(node), accept_language="zh-CN")
    if principal:
        token = node.owner_session("cli").new_token(principal, role=role, days=300)["token"]
        assert browser.send("/login", {"token": token}).status_code == 303
    return browser


def everything(node: Node) -> Iterator[str]:
    """Yield every page in every state, refusals included."""
    stranger, reader, steward = chinese(node), chinese(node, "acme/li"), chinese(node, "city/wang", "steward")
    care, gone = "/products/city/care", "/products/city/gone"

    def seen(browser: Browser, *paths: str) -> Iterator[str]:
        for path in paths:
            yield browser.get(path, Accept="text/html").text

    yield from seen(stranger, "/", "/?q=zz", "/?q=年龄&domain=health", care, gone, "/login", f"{care}?version=9", "/a")
    yield stranger.send("/login", {"token": "x"}).text
    yield stranger.post("/login", {}).text
    yield from seen(reader, care, f"{care}/request", "/log", "/requests", "/agreements", "/requests/req-0")
    yield reader.send(f"{care}/request", {"purpose": "research", "offer": "off-0"}).text
    offer = node.owner_session("cli").product("care")["offers"][0]["id"]
    for end in ("reject", "suspend", "revoke", "terminate", "expire"):
        asked = {"purpose": "epidemic-statistics", "offer": offer}
        request = reader.send(f"{care}/request", asked).headers["location"].partition("?")[0]
        yield from seen(reader, care, request, "/requests")
        for terms in (
            "colums: [x]",
            "columns: [agee]",
            "limits: {queries: -1, per: day}",
            "where: sum(age) > 1",
            ": [",
        ):
            yield steward.send(f"{request}/counter", {"terms": terms}, shown_on=request).text
        steward.send(f"{request}/counter", {"terms": TERMS.replace("200", "20")}, shown_on=request)
        yield from seen(reader, care, request)
        yield from seen(steward, request, "/requests")
        if end == "reject":
            yield steward.send(f"{request}/reject", {"why": ""}, shown_on="/").text
            reader.send(f"{request}/reject", {"why": "今年不行。"}, shown_on=request)
            yield from seen(reader, request)
            continue
        agreement = reader.send(f"{request}/approve", {}, shown_on=request).headers["location"]
        yield from seen(reader, agreement, care, request)
        yield from seen(steward, agreement, care, "/agreements")
        path = agreement.partition("?")[0]
        if end in ("suspend", "revoke"):
            steward.send(f"{path}/{end}", {"why": "核查。"}, shown_on=path)
            yield reader.send(f"{path}/resume", {}, shown_on=path).text
        elif end == "terminate":
            node.authenticate(node.owner_session("cli").new_token("acme/li")["token"], "http").terminate(
                path.rpartition("/")[2], why="不再需要。"
            )
        else:
            node.clock.time += timedelta(days=40)
            reader, steward = chinese(node, "acme/li"), chinese(node, "city/wang", "steward")
        yield from seen(reader, path, care, "/agreements")
        yield from seen(steward, path)
        if end == "suspend":
            steward.send(f"{path}/revoke", {"why": "核查。"}, shown_on=path)
    yield from seen(steward, "/log", "/log?kind=agreement.revoked", "/log?kind=none.such")
    yield steward.send("/log", {}).text


def test_no_english_is_left_on_chinese_pages(node: Node) -> None:
    for page in everything(node):
        found = foreign_words(page)
        assert not found, (sorted(found), re.findall(r"<h1>.*?</h1>", page))
