"""One request of one person: who asks, in what language, with what form; and the ways to answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from golconda.doors.portal.render import render
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from golconda.doors.portal.language import Phrases
    from golconda.doors.portal.ports import Person, Reader

KEEPERS = frozenset({"steward", "regulator", "administrator"})  # whose navigation shows the log


class SignInNeeded(Exception):
    """This page is for people who are signed in."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `person` None = a stranger; `ended` = one whose sign-in is over; `form` is empty unless posted."""

    request: Request
    reader: Reader
    person: Person | None
    ended: bool
    phrases: Phrases
    theme: str
    form_token: Callable[[], str]
    form: Mapping[str, str] = field(default_factory=dict)

    def asked(self, name: str) -> str:
        """Return a trimmed value of the address's query, empty when it is not there."""
        return self.request.query_params.get(name, "").strip()

    def path(self, name: str) -> str:
        """Return a part of the address's path."""
        return str(self.request.path_params[name])

    def written(self, name: str) -> str:
        """Return a trimmed value of the posted form, empty when it is not there."""
        return self.form.get(name, "").strip()

    def reason(self) -> str:
        """Return the reason a person gave, which these acts may not go without."""
        why = self.written("why")
        if not why:
            raise InvalidInput(
                "reason-missing",
                "No reason was given.",
                hint="Write in a sentence why; both sides and the log keep it.",
            )
        return why

    def sign_in_needed(self) -> Person:
        """Return who is signed in, else send the visitor to sign in."""
        if self.person is None:
            raise SignInNeeded
        return self.person

    def acts_for(self, organisation: str) -> bool:
        """Tell whether the person acts for this organisation."""
        return self.person is not None and self.person.organisation == organisation

    def keeps_log(self) -> bool:
        """Tell whether the navigation should offer the log; the node alone decides who reads it."""
        return self.person is not None and not KEEPERS.isdisjoint(map(str, self.person.roles))

    def page(self, template: str, /, status: int = 200, **context: Any) -> Response:  # whatever the template names
        """Answer with a page."""
        text = render(self.phrases.language, template, {"visit": self, **context})
        return HTMLResponse(text, status_code=status)

    def go(self, path: str) -> Response:
        """Answer by sending the browser on, with GET."""
        return RedirectResponse(path, status_code=303)

    def here(self, **changed: str | int | None) -> str:
        """Return this page's address with some of its query changed; None takes a value out."""
        kept = {name: value for name, value in self.request.query_params.multi_items() if name not in changed}
        kept |= {name: str(value) for name, value in changed.items() if value is not None}
        path = quote(self.request.url.path, safe="/@:")
        return f"{path}?{urlencode(kept)}" if kept else path

    def address(self) -> str:
        """Return the node's address as this visitor reached it, for snippets."""
        return str(self.request.base_url).rstrip("/")
