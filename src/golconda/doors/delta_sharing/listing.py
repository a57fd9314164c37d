"""Lists of shares, schemas and tables, in pages; and the one table that an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.doors.delta_sharing.actions import identity
from golconda.kernel.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from golconda.node.sharing import SharedTable

MOST = 500


def shares(request: Request, shared: Sequence[SharedTable]) -> dict[str, Any]:
    """List the organisations that share something."""
    return _page(request, [_share(name) for name in _names(table.name.product.organisation for table in shared)])


def share(request: Request, shared: Sequence[SharedTable]) -> dict[str, Any]:
    """Tell one share."""
    return {"share": _share(_of_share(request, shared)[0].name.product.organisation)}


def schemas(request: Request, shared: Sequence[SharedTable]) -> dict[str, Any]:
    """List the products of a share."""
    within = _of_share(request, shared)
    organisation = within[0].name.product.organisation
    return _page(
        request,
        [{"name": name, "share": organisation} for name in _names(table.name.product.product for table in within)],
    )


def tables(request: Request, shared: Sequence[SharedTable]) -> dict[str, Any]:
    """List the tables of a product."""
    return _page(request, _tables(_of_schema(request, shared)))


def all_tables(request: Request, shared: Sequence[SharedTable]) -> dict[str, Any]:
    """List the tables of a share."""
    return _page(request, _tables(_of_share(request, shared)))


def one(request: Request, shared: Sequence[SharedTable]) -> SharedTable:
    """Return the table an address names, or raise ``table-unknown`` or ``agreement-ambiguous``."""
    wanted = _same(request.path_params["table"])
    found = [table for table in _of_schema(request, shared) if _same(table.name.table) == wanted]
    if not found:
        raise _unknown(request)
    if len(found) > 1:
        raise InvalidInput(
            "agreement-ambiguous",
            f"{found[0].name} is shared under {' and '.join(table.agreement for table in found)}.",
            hint="Use the profile of one agreement: golconda profile-file AGREEMENT.",
        )
    return found[0]


def readable(request: Request, shared: Sequence[SharedTable]) -> SharedTable:
    """Return the table an address names, or raise why its rows are not given out as files."""
    table = one(request, shared)
    if table.refused is not None:
        raise table.refused
    return table


def _share(name: str) -> dict[str, str]:
    return {"name": name, "id": identity(name)}


def _tables(within: Sequence[SharedTable]) -> list[dict[str, str]]:
    names = sorted({table.name for table in within})
    return [
        {
            "name": name.table,
            "schema": name.product.product,
            "share": name.product.organisation,
            "shareId": identity(name.product.organisation),
            "id": identity(str(name)),
        }
        for name in names
    ]


def _of_share(request: Request, shared: Sequence[SharedTable]) -> list[SharedTable]:
    wanted = _same(request.path_params["share"])
    return _some(request, [table for table in shared if _same(table.name.product.organisation) == wanted])


def _of_schema(request: Request, shared: Sequence[SharedTable]) -> list[SharedTable]:
    wanted = _same(request.path_params["schema"])
    return _some(
        request,
        [table for table in _of_share(request, shared) if _same(table.name.product.product) == wanted],
    )


def _some(request: Request, found: list[SharedTable]) -> list[SharedTable]:
    if not found:
        raise _unknown(request)
    return found


def _unknown(request: Request) -> NotFound:
    asked = ".".join(request.path_params[each] for each in ("share", "schema", "table") if each in request.path_params)
    return NotFound(
        "share-unknown", f"Nothing called {asked} is shared with you.", hint="List the shares to see what is."
    )


def _names(names: Any) -> list[str]:  # an iterable of text
    return sorted(set(names))


def _same(name: str) -> str:
    return name.casefold()


def _page(request: Request, items: list[Any]) -> dict[str, Any]:
    """Return a page; its token is where the next one begins."""
    start, size = _number(request, "pageToken", 0), _number(request, "maxResults", MOST)
    end = start + min(size, MOST)
    page: dict[str, Any] = {"items": items[start:end]}
    if end < len(items):
        page["nextPageToken"] = str(end)
    return page


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise InvalidInput("page-invalid", f"{name} is no number that fits.", hint="Leave it out to begin.")
