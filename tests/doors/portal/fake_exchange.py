"""An exchange in memory that answers with documents of the node's shapes."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import yaml

from golconda.kernel.errors import AccessRefused, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

ORGANISATIONS = {
    "aviation": {"en": "Civil Aviation Data Centre", "zh": "民航运行数据中心"},
    "environment": {"en": "Meteorology and Environment Centre", "zh": "气象环境监测中心"},
    "health": {"en": "Health Data Centre", "zh": "卫生健康数据中心"},
    "statistics": {"en": "Bureau of Statistics and Standards", "zh": "统计与标准局"},
    "industry": {"en": "Industry and Agri-Insurance Data Co.", "zh": "产业与农险数据公司"},
}

OPEN_TERMS = {"duties": {"attribute": "Meteorology and Environment Centre"}, "price": {"plan": "free"}}
MASKED_TERMS = {
    "purposes": ["delay-research"],
    "masks": {"tailnum": "pseudonym", "flight": {"generalise": {"step": 100}}},
    "where": "origin <> 'LGA'",
    "limits": {"queries": 200, "rows": 1000000, "per": "day"},
    "period": "P30D",
    "prohibit": ["distribute"],
    "price": {"plan": "free"},
}
AGGREGATE_TERMS = {
    "purposes": ["health-economics"],
    "aggregate": {"min_group": 20, "unit": "zper"},
    "masks": {"income": {"generalise": {"step": 5000}}},
    "limits": {"queries": 50, "per": "month"},
    "duties": {"attribute": "Health Data Centre", "delete_after": "P90D"},
    "prohibit": ["distribute", "derive"],
    "price": {"plan": "per-query", "amount": "2.00", "currency": "CNY"},
}

FLIGHTS = (
    ("time_hour", "TIMESTAMPTZ"),
    ("origin", "VARCHAR"),
    ("dest", "VARCHAR"),
    ("carrier", "VARCHAR"),
    ("flight", "BIGINT"),
    ("tailnum", "VARCHAR"),
    ("dep_delay", "DOUBLE"),
    ("arr_delay", "DOUBLE"),
    ("air_time", "DOUBLE"),
    ("distance", "BIGINT"),
)


def _table(name: str, titles: dict[str, str], rows: int, columns: Sequence[tuple[str, str]]) -> dict[str, Any]:
    listed = [{"name": column, "type": kind, "nullable": place > 1} for place, (column, kind) in enumerate(columns)]
    return {"name": name, "title": titles, "rows": rows, "columns": listed}


def _clauses(terms: dict[str, Any]) -> list[dict[str, Any]]:
    classes = {"duties": "attested", "prohibit": "attested", "price": "monitored"}
    return [
        {
            "clause": clause,
            "text": {"en": f"{clause}: {value}", "zh": f"{clause}：{value}"},
            "class": classes.get(clause, "enforced"),
        }
        for clause, value in terms.items()
    ]


def _offer(number: int, titles: dict[str, str], terms: dict[str, Any], *, automatic: bool = False) -> dict[str, Any]:
    return {
        "id": f"off-{number:010d}",
        "title": titles,
        "automatic": automatic,
        "terms": terms,
        "clauses": _clauses(terms),
    }


def _product(
    name: str,
    titles: dict[str, str],
    description: str,
    *,
    domain: str,
    grade: str,
    tables: list[dict[str, Any]],
    offers: list[dict[str, Any]],
    synthetic: bool = False,
) -> dict[str, Any]:
    organisation = name.partition("/")[0]
    rows = sum(table["rows"] for table in tables)
    first = {"major": 1, "by": f"{organisation}/steward"}
    return {
        "name": name,
        "organisation": {"name": organisation, "title": ORGANISATIONS[organisation]},
        "title": titles,
        "description": {"en": description},
        "domain": domain,
        "grade": grade,
        "synthetic": synthetic,
        "version": 2,
        "published": "2026-11-23T06:40:00.000000Z",
        "versions": [
            {"number": 1, "published": "2026-11-20T08:12:00.000000Z", "rows": rows - 100, **first},
            {"number": 2, "published": "2026-11-23T06:40:00.000000Z", "rows": rows, **first},
        ],
        "tables": tables,
        "findings": _findings(tables),
        "offers": offers,
        "contract": "sha256:7f3a90c1",
    }


def _findings(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for table in tables:
        found.append(_finding(table, None, "check:required", {"holds": True, "measured": 0, "says": ""}))
        found.append(_finding(table, None, "check:unique", {"holds": True, "measured": 0, "says": ""}))
        for place, column in enumerate(table["columns"]):
            found.append(_finding(table, column, "missing", min(place * 331, table["rows"] // 3)))
            found.append(_finding(table, column, "distinct", 3 + place * 997, "approximate" if place % 3 else "exact"))
            if column["type"] in ("DOUBLE", "BIGINT"):
                found.append(_finding(table, column, "mean", 12.639 + place, "tolerance"))
                found.append(_finding(table, column, "deviation", 40.21, "tolerance"))
                if place == 4:
                    listed = [{"value": value, "rows": table["rows"] // 8} for value in range(8)]
                    found.append(_finding(table, column, "top_values", listed))
            elif place % 2:
                top = [{"value": value, "rows": table["rows"] // over} for value, over in (("EWR", 3), ("JFK", 4))]
                found.append(_finding(table, column, "top_values", top))
    return found


def _finding(
    table: dict[str, Any], column: dict[str, Any] | None, name: str, value: Any, exactness: str = "exact"
) -> dict[str, Any]:
    place = column["name"] if column else None
    return {"table": table["name"], "column": place, "name": name, "value": value, "exactness": exactness}


def demonstration() -> dict[str, dict[str, Any]]:
    """Return the ten products of the demonstration by name."""
    numbers = [(f"x{place}", "DOUBLE") for place in range(1, 9)]
    people = [
        ("rec_id", "VARCHAR"),
        ("given_name", "VARCHAR"),
        ("surname", "VARCHAR"),
        ("date_of_birth", "DATE"),
    ]
    weather = [("origin", "VARCHAR"), ("time_hour", "TIMESTAMPTZ"), ("precip", "DOUBLE"), ("visib", "DOUBLE")]
    open_offer = _offer(1, {"en": "Open, with attribution", "zh": "开放，须署名"}, OPEN_TERMS, automatic=True)
    masked = _offer(2, {"en": "Research", "zh": "科研使用"}, MASKED_TERMS)
    counted = _offer(3, {"en": "Aggregates", "zh": "仅汇总"}, AGGREGATE_TERMS)
    listed = [
        _product(
            "aviation/flight_operations",
            {"en": "Flight operations 2013", "zh": "2013年航班运行"},
            "Every departure from New York's three airports in 2013, with delays, aircraft and airlines.",
            domain="transport",
            grade="shared",
            tables=[
                _table("flights", {"en": "Flights", "zh": "航班"}, 336_776, FLIGHTS),
                _table(
                    "airports",
                    {"en": "Airports", "zh": "机场"},
                    1_458,
                    [("faa", "VARCHAR"), ("name", "VARCHAR")],
                ),
                _table("planes", {"en": "Aircraft"}, 3_322, [("tailnum", "VARCHAR"), ("seats", "BIGINT")]),
                _table("airlines", {"en": "Airlines"}, 16, [("carrier", "VARCHAR"), ("name", "VARCHAR")]),
            ],
            offers=[masked],
        ),
        _product(
            "environment/airport_weather",
            {"en": "Hourly airport weather", "zh": "机场逐时气象"},
            "Hourly observations at three airports.",
            domain="environment",
            grade="open",
            tables=[_table("weather", {"en": "Weather", "zh": "气象"}, 26_115, weather)],
            offers=[open_offer],
        ),
        _product(
            "environment/beijing_pm25",
            {"en": "Beijing hourly PM2.5", "zh": "北京逐时细颗粒物"},
            "Hourly fine particles and weather in Beijing, 2010 to 2014.",
            domain="environment",
            grade="open",
            tables=[_table("readings", {"en": "Readings", "zh": "观测"}, 43_824, [("no", "BIGINT"), *numbers])],
            offers=[open_offer],
        ),
        _product(
            "health/patient_index",
            {"en": "Patient index, two registries", "zh": "患者主索引（合成）"},
            "Two registries of invented persons with typing errors, for linkage.",
            domain="health",
            grade="personal",
            synthetic=True,
            tables=[
                _table("registry_a", {"en": "Registry A"}, 5_000, people),
                _table("registry_b", {"en": "Registry B"}, 5_000, people),
            ],
            offers=[masked],
        ),
        _product(
            "health/hiv_trial",
            {"en": "HIV trial ACTG175", "zh": "艾滋病试验 ACTG175"},
            "A randomised trial of four treatments.",
            domain="health",
            grade="restricted",
            tables=[_table("trial", {"en": "Trial"}, 2_139, numbers)],
            offers=[],
        ),
        _product(
            "health/care_use",
            {"en": "Care use and cost sharing", "zh": "就医与费用分担"},
            "Visits and costs of insured persons under different cost sharing.",
            domain="health",
            grade="restricted",
            tables=[_table("visits", {"en": "Visits"}, 20_190, [("zper", "BIGINT"), *numbers])],
            offers=[counted],
        ),
        _product(
            "health/births",
            {"en": "Births and city cancer study", "zh": "出生与城市肺癌"},
            "Births by day and a study of smoking.",
            domain="health",
            grade="open",
            tables=[_table("births", {"en": "Births"}, 3_652, [("date", "DATE"), ("births", "BIGINT")])],
            offers=[counted, open_offer],
        ),
        _product(
            "statistics/reference",
            {"en": "Macro and reference"},
            "Quarterly figures, administrative divisions and the working calendar.",
            domain="statistics",
            grade="open",
            tables=[_table("divisions", {"en": "Divisions"}, 59_824, [("code", "VARCHAR"), ("name", "VARCHAR")])],
            offers=[open_offer],
        ),
        _product(
            "industry/machine_condition",
            {"en": "Machine condition", "zh": "设备状态监测（合成）"},
            "Ten thousand readings of a milling machine, made by a program.",
            domain="industry",
            grade="shared",
            synthetic=True,
            tables=[_table("machines", {"en": "Machines"}, 10_000, [("product_id", "VARCHAR"), *numbers])],
            offers=[masked],
        ),
        _product(
            "industry/rice_insurance",
            {"zh": "水稻保险参保"},
            "Uptake of rice insurance by household.",
            domain="industry",
            grade="restricted",
            tables=[_table("households", {"zh": "农户"}, 1_410, [("village", "VARCHAR"), *numbers])],
            offers=[masked],
        ),
    ]
    return {product["name"]: product for product in listed}


@dataclass(frozen=True)
class Someone:
    """Who is signed in."""

    name: str
    organisation: str
    roles: tuple[str, ...]


PEOPLE = {
    "token-li": Someone("industry/li", "industry", ("reader",)),
    "token-steward": Someone("aviation/steward", "aviation", ("steward",)),
    "token-regulator": Someone("statistics/zhou", "statistics", ("regulator",)),
}

PURPOSES = [
    {"code": "research", "title": {"en": "Research", "zh": "科学研究"}, "parent": None},
    {"code": "delay-research", "title": {"en": "Delay research", "zh": "延误研究"}, "parent": "research"},
    {
        "code": "health-economics",
        "title": {"en": "Health economics", "zh": "卫生经济学"},
        "parent": "research",
    },
    {"code": "public-health", "title": {"en": "Public health", "zh": "公共卫生"}, "parent": None},
]


class FixedClock:
    """A clock the test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the set time."""
        return self.time


@dataclass
class FakeExchange:
    """Products, negotiations and agreements in dictionaries."""

    products: dict[str, dict[str, Any]] = field(default_factory=demonstration)
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    agreements: dict[str, dict[str, Any]] = field(default_factory=dict)
    revoked_tokens: set[str] = field(default_factory=set)
    clock: FixedClock = field(default_factory=FixedClock)
    log_holds: bool = True

    def authenticate(self, token: str, door: str) -> FakeSession:
        """Return the session of a known token."""
        assert door == "portal"
        if token not in PEOPLE or token in self.revoked_tokens:
            raise AccessRefused("token-unknown", "This token is not known.", hint="Ask for a new one.")
        return FakeSession(self, PEOPLE[token])

    def public_session(self, door: str) -> FakeSession:
        """Return a stranger's session."""
        assert door == "portal"
        return FakeSession(self, None)


@dataclass
class FakeSession:
    """The use cases, as far as the pages need them."""

    node: FakeExchange
    principal: Someone | None

    def products(self) -> dict[str, Any]:
        """Return all products."""
        return {"products": [self._seen(product) for product in self.node.products.values()]}

    def search(self, text: str) -> dict[str, Any]:
        """Return products whose titles or columns hold the text."""
        found = []
        for product in self.node.products.values():
            columns = [column["name"] for table in product["tables"] for column in table["columns"]]
            matched = sorted({f"column {name}" for name in columns if text.lower() in name.lower()})
            if matched or text.lower() in " ".join(product["title"].values()).lower():
                found.append({**self._seen(product), "score": 1.0, "matched": matched})
        return {"products": found}

    def _seen(self, product: dict[str, Any]) -> dict[str, Any]:
        return {**copy.deepcopy(product), "state_for_reader": self._standing(product["name"])}

    def _standing(self, name: str) -> dict[str, Any]:
        mine = self.principal.organisation if self.principal else None
        if name.partition("/")[0] == mine:
            return {"state": "owner"}
        for agreement in self.node.agreements.values():
            if agreement["product"] == name and agreement["assignee"] == mine:
                return {"state": agreement["state"], "agreement": agreement["id"]}
        for request in self.node.requests.values():
            if request["product"] == name and request["assignee"] == mine and request["state"] != "rejected":
                return {"state": request["state"], "request": request["id"]}
        return {"state": "none"}

    def product(self, name: str) -> dict[str, Any]:
        """Return one product."""
        plain, _, version = name.partition("@")
        if plain not in self.node.products or (version and int(version) > 2):
            raise NotFound(
                "product-unknown", f"There is no product {name} for you.", hint="See golconda products.", product=name
            )
        return self._seen(self.node.products[plain]) | ({"version": int(version)} if version else {})

    def lineage(self, name: str) -> dict[str, Any]:
        """Return where the first column comes from and goes to."""
        product = self.product(name)
        point = {"kind": "product", "product": product["name"], "version": product["version"]}
        table = product["tables"][0]
        first = {**point, "table": table["name"], "column": table["columns"][0]["name"]}
        file = {"kind": "source", "source": "<b>.csv", "version": None, "table": None, "column": "c", "how": "copied"}
        into = {"kind": "service", "service": "delays", "version": 0, "table": None, "column": "*", "how": "aggregated"}
        up, down = [{**file, "name": "<b>.csv.c", "up": []}], [{**into, "name": "delays.n", "down": []}]
        return {"of": product["name"], "columns": [{**first, "name": "first", "up": up, "down": down}]}

    def contract(self, name: str) -> str:
        """Return a contract."""
        return f"apiVersion: v3.1.0\nid: {self.product(name)['name']}\n"

    def purposes(self) -> list[dict[str, Any]]:
        """Return the purposes."""
        return PURPOSES

    def request(self, product: str, *, purpose: str, offer: str | None = None) -> dict[str, Any]:
        """Make a request, or an agreement where the offer is automatic."""
        assert self.principal
        found = self.product(product)
        chosen = next(item for item in found["offers"] if offer in (None, item["id"]))
        allowed = chosen["terms"].get("purposes")
        if allowed and purpose not in allowed:
            raise AccessRefused(
                "purpose-not-covered",
                f"The offer does not cover {purpose}.",
                hint="Choose another.",
                product=product,
                purpose=purpose,
            )
        if chosen["automatic"]:
            made = self.add_agreement(product, chosen["terms"], purpose)
            return {"id": "req-0000000000", "product": product, "state": "agreed", "agreement": made["id"]}
        identity = f"req-{len(self.node.requests):010d}"
        first = _proposal(self.principal.organisation, chosen["terms"], None)
        self.node.requests[identity] = {
            "id": identity,
            "product": product,
            "assignee": self.principal.organisation,
            "purpose": purpose,
            "state": "requested",
            "turn": product.partition("/")[0],
            "proposals": [first],
            "signatures": [_signature(self.principal)],
        }
        return self.node.requests[identity]

    def add_agreement(self, product: str, terms: dict[str, Any], purpose: str) -> dict[str, Any]:
        """Put an agreement for this reader in force."""
        assert self.principal
        identity = f"agr-{len(self.node.agreements):010d}"
        limits = terms.get("limits", {})
        self.node.agreements[identity] = {
            "id": identity,
            "product": product,
            "version": 2,
            "owner": product.partition("/")[0],
            "assignee": self.principal.organisation,
            "purpose": purpose,
            "state": "active",
            "starts": "2026-11-24T08:00:00.000000Z",
            "ends": "2026-12-24T08:00:00.000000Z",
            "clauses": _clauses(terms),
            "terms": terms,
            "signatures": [_signature(self.principal), _signature(PEOPLE["token-steward"], custody="own")],
            "meters": [
                {
                    "what": what,
                    "per": limits["per"],
                    "limit": most,
                    "used": most * 4 // 5,
                    "reserved": 1,
                    "left": most - most * 4 // 5 - 1,
                    "window": "2026-11-24",
                }
                for what, most in limits.items()
                if what != "per"
            ],
            "tables": [table["name"] for table in self.node.products[product]["tables"]],
            "proposal": "sha256:41d7c0ffee",
            "root": "sha256:5ca1ab1e",
        }
        return self.node.agreements[identity]

    def requests(self) -> dict[str, Any]:
        """Return this organisation's requests."""
        return {"requests": [item for item in self.node.requests.values() if self._takes_part(item)]}

    def _takes_part(self, item: dict[str, Any]) -> bool:
        owner = item["product"].partition("/")[0]
        return self.principal is not None and self.principal.organisation in (owner, item["assignee"])

    def request_document(self, identity: str) -> dict[str, Any]:
        """Return one request."""
        found = self.node.requests.get(identity)
        if found is None or not self._takes_part(found):
            raise NotFound(
                "request-unknown", f"There is no request {identity}.", hint="See your requests.", request=identity
            )
        return found

    def approve(self, identity: str, *, terms: str | None = None) -> dict[str, Any]:
        """Accept, or answer with other terms."""
        assert self.principal
        request = self.request_document(identity)
        if request["turn"] != self.principal.organisation:
            raise AccessRefused(
                "not-your-turn", "The other side must answer.", hint="Wait.", request=identity, turn=request["turn"]
            )
        if terms is not None:
            return self._counter(request, terms)
        reader = FakeSession(self.node, next(one for one in PEOPLE.values() if one.organisation == request["assignee"]))
        made = reader.add_agreement(request["product"], request["proposals"][-1]["terms"], request["purpose"])
        request |= {"state": "agreed", "agreement": made["id"]}
        return request

    def _counter(self, request: dict[str, Any], terms: str) -> dict[str, Any]:
        assert self.principal
        read = yaml.safe_load(terms)
        if not isinstance(read, dict) or "colums" in read:
            raise InvalidInput(
                "terms-unknown-clause", "'colums' is no clause.", hint="Did you mean columns?", name="colums"
            )
        request["proposals"].append(_proposal(self.principal.organisation, read, request["proposals"][-1]["hash"]))
        owner = request["product"].partition("/")[0]
        other = owner if self.principal.organisation == request["assignee"] else request["assignee"]
        request |= {"state": "countered", "turn": other}
        return request

    def reject(self, identity: str, *, why: str) -> dict[str, Any]:
        """End a negotiation."""
        request = self.request_document(identity)
        request |= {"state": "rejected", "reason": why}
        return request

    def agreements(self) -> dict[str, Any]:
        """Return this organisation's agreements."""
        return {"agreements": [item for item in self.node.agreements.values() if self._takes_part(item)]}

    def agreement(self, identity: str) -> dict[str, Any]:
        """Return one agreement."""
        found = self.node.agreements.get(identity)
        if found is None or not self._takes_part(found):
            raise NotFound(
                "agreement-unknown", f"No agreement {identity}.", hint="See your agreements.", agreement=identity
            )
        return found

    def _change(self, identity: str, state: str, why: str | None) -> dict[str, Any]:
        found = self.agreement(identity)
        if self.principal is None or found["owner"] != self.principal.organisation:
            raise AccessRefused(
                "not-the-owner", "Not yours.", hint="Ask.", product=found["product"], organisation=found["assignee"]
            )
        found |= {"state": state, "reason": why}
        return found

    def revoke(self, identity: str, *, why: str) -> dict[str, Any]:
        """Revoke."""
        return self._change(identity, "revoked", why)

    def suspend(self, identity: str, *, why: str) -> dict[str, Any]:
        """Suspend."""
        return self._change(identity, "suspended", why)

    def resume(self, identity: str) -> dict[str, Any]:
        """Resume."""
        return self._change(identity, "active", None)

    def profile(self, agreement: str, *, endpoint: str | None = None) -> dict[str, Any]:
        """Return a profile with a new token."""
        self.agreement(agreement)
        return {
            "shareCredentialsVersion": 1,
            "endpoint": endpoint,
            "bearerToken": "fresh-secret",
        }

    def log(self, *, after: int | None = None, limit: int = 100, kind: str | None = None) -> dict[str, Any]:
        """Return entries of a log of 120."""
        if self.principal is None or not {"steward", "regulator"} & set(self.principal.roles):
            who = self.principal.name if self.principal else "A stranger"
            raise AccessRefused(
                "not-allowed", "No.", hint="Ask.", who=who, action="see-log", organisation=who.partition("/")[0]
            )
        kinds = ("product.published", "read.intent", "read.ended", "agreement.revoked")
        entries = [
            {
                "position": place,
                "time": f"2026-11-24T08:{place % 60:02d}:00.000000Z",
                "kind": kinds[place % 4],
                "actor": "aviation/steward",
                "subject": "aviation/flight_operations",
                "payload": None if place == 119 else {"rows": place, "purpose": "delay-research"},
            }
            for place in range(120)
        ]
        of_kind = [entry for entry in entries if kind in (None, entry["kind"])]
        behind = [entry for entry in of_kind if after is None or entry["position"] > after]
        return {
            "entries": behind[-limit:] if after is None else behind[:limit],
            "size": 120,
            "root": "9f" * 32,
            "checkpoint": "golconda\n120\nn5+f=\n",
        }

    def verify_log(self) -> dict[str, Any]:
        """Return what verification says."""
        problems = [] if self.node.log_holds else ["entry 17: its payload does not match its commitment"]
        return {"ok": not problems, "size": 120, "root": "9f" * 32, "checked": 120, "problems": problems}


def _proposal(by: str, terms: dict[str, Any], previous: str | None) -> dict[str, Any]:
    digest = f"sha256:{abs(hash(str(terms))):016x}"
    return {
        "hash": digest,
        "by": by,
        "terms": terms,
        "created": "2026-11-24T08:00:00.000000Z",
        "previous": previous,
    }


def _signature(who: Someone, custody: str = "attested") -> dict[str, Any]:
    return {
        "party": who.organisation,
        "by": who.name,
        "custody": custody,
        "key": "5f0c2d9a7be14c33",
        "valid": True,
        "time": "2026-11-24T08:00:00.000000Z",
    }
