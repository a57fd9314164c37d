"""The portal over a fake exchange, and browsers of people who signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette

from golconda.doors.portal import routes

from .browser import Browser
from .fake_exchange import FakeExchange

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def exchange() -> FakeExchange:
    """Return the demonstration's ten products, nothing agreed."""
    return FakeExchange()


@pytest.fixture
def app(exchange: FakeExchange) -> Starlette:
    """Return the portal as an application."""
    return Starlette(routes=routes(exchange))


@pytest.fixture
def stranger(app: Starlette) -> Browser:
    """Return a browser nobody signed in with."""
    return Browser(app)


@pytest.fixture
def sign_in(app: Starlette) -> Callable[[str], Browser]:
    """Return a way to get a browser that is signed in with a token."""

    def signed_in(token: str) -> Browser:
        browser = Browser(app)
        answer = browser.send("/login", {"token": token})
        assert answer.status_code == 303, answer.text
        return browser

    return signed_in


@pytest.fixture
def reader(sign_in: Callable[[str], Browser]) -> Browser:
    """Return the browser of a reader."""
    return sign_in("token-li")


@pytest.fixture
def steward(sign_in: Callable[[str], Browser]) -> Browser:
    """Return the browser of the steward of aviation."""
    return sign_in("token-steward")
