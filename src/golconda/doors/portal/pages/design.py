"""The story page: every part of the portal's look in one place, in every state."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from golconda.doors.portal import snippets
from golconda.doors.portal.column_facts import tables
from golconda.doors.portal.pages.product import Action
from golconda.doors.portal.terms_view import lines, steps
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from starlette.responses import Response

    from golconda.doors.portal.visit import Visit

_STATES = ("sign_in", "request", "requested", "countered", "active", "suspended", "owner", "no_offer")

_PRODUCT: dict[str, Any] = {
    "name": "aviation/flights",
    "organisation": {
        "name": "aviation",
        "title": {"en": "Civil Aviation Data Centre", "zh": "民航运行数据中心"},
    },
    "title": {"en": "Flight operations 2013", "zh": "2013年航班运行"},
    "description": {"en": "Every departure from New York."},
    "domain": "transport",
    "grade": "shared",
    "synthetic": True,
    "version": 2,
    "versions": [{"number": 2, "published": "2026-11-24T08:00:00Z"}],
    "tables": [
        {
            "name": "flights",
            "title": {"en": "Flights"},
            "rows": 1000,
            "columns": [
                {"name": "dep_delay", "type": "DOUBLE", "nullable": True, "description": "minutes"},
                {"name": "origin", "type": "VARCHAR", "nullable": False},
                {"name": "tailnum", "type": "VARCHAR", "nullable": True},
            ],
        }
    ],
    "published": "2026-11-24T08:00:00Z",
    "findings": [
        {"table": "flights", "column": "dep_delay", "name": "missing", "value": 24, "exactness": "exact"},
        {"table": "flights", "column": "dep_delay", "name": "mean", "value": 12.639},
        {
            "table": "flights",
            "column": "origin",
            "name": "top_values",
            "value": [{"value": "EWR", "rows": 359}, {"value": "JFK", "rows": 331}],
        },
        {
            "table": "flights",
            "column": "tailnum",
            "name": "distinct",
            "value": 410,
            "exactness": "approximate",
        },
    ],
    "matched": ["title", "column dep_delay"],
    "state_for_reader": {"state": "active"},
}

_CLAUSES = [
    {
        "clause": "masks.tailnum",
        "text": {"en": "tailnum becomes a pseudonym.", "zh": "tailnum 替换为假名。"},
        "class": "enforced",
    },
    {
        "clause": "duties.attribute",
        "text": {"en": "Name the source when you publish.", "zh": "发布时注明来源。"},
        "class": "attested",
    },
]

_METERS = [
    {
        "what": "queries",
        "per": "day",
        "limit": 200,
        "used": 12,
        "reserved": 1,
        "left": 187,
        "window": "2026-11-24",
    },
    {
        "what": "rows",
        "per": "month",
        "limit": 10**6,
        "used": 870_000,
        "reserved": 0,
        "left": 130_000,
        "window": "2026-11",
    },
    {
        "what": "bytes",
        "per": "total",
        "limit": 10**9,
        "used": 10**9,
        "reserved": 0,
        "left": 0,
        "window": "total",
    },
]

_SIGNATURES = [
    {
        "party": "aviation",
        "by": "aviation/steward",
        "custody": "own",
        "key": "5f0c2d9a7be14c33",
        "valid": True,
        "time": "2026-11-24T08:00:00Z",
    },
    {
        "party": "acme",
        "by": "acme/li",
        "custody": "attested",
        "key": "a911e0d27c5b4f08",
        "valid": False,
        "time": "2026-11-24T09:30:00Z",
    },
]

_AGREEMENT = {"id": "agr-0123456789", "product": "aviation/flights", "tables": ["flights"], "terms": {}}

_REQUEST: dict[str, Any] = {
    "state": "agreed",
    "agreement": "agr-0123456789",
    "signatures": _SIGNATURES,
    "proposals": [
        {
            "by": "acme",
            "created": "2026-11-23T08:00:00Z",
            "hash": "sha256:5c1f0e2a9b7d",
            "terms": {"purposes": ["research"], "aggregate": {"min_group": 5}, "price": {"plan": "free"}},
        },
        {
            "by": "aviation",
            "created": "2026-11-24T08:00:00Z",
            "hash": "sha256:90ab12cd34ef",
            "terms": {"purposes": ["research"], "aggregate": {"min_group": 10}, "period": "P30D"},
        },
    ],
}


def show(visit: Visit) -> Response:
    """Show the story page."""
    story = SimpleNamespace(
        product=_PRODUCT,
        table=tables(_PRODUCT)[0],
        clauses=_CLAUSES,
        meters=_METERS,
        signatures=_SIGNATURES,
        request=_REQUEST,
        steps=steps(_REQUEST),
        first_terms=lines(_REQUEST["proposals"][0]["terms"]),
        snippets=snippets.under(_AGREEMENT, address=visit.address()),
        actions=[Action(state, "" if state == "no_offer" else "#main") for state in _STATES],
        error=InvalidInput(
            "terms-unknown-clause",
            "There is no clause 'colums' in the terms.",
            hint="Did you mean columns?",
            name="colums",
            near=["columns"],
        ),
    )
    return visit.page("design.html", story=story)
