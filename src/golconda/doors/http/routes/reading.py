"""Queries: the only routes that give rows."""

# FastAPI reads these annotations when the module is imported.
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import ValidationError
from starlette.responses import Response

from golconda.doors.http.accept import choose
from golconda.doors.http.bodies import Question
from golconda.doors.http.callers import DOOR, Holder
from golconda.doors.http.described import described
from golconda.doors.http.replies import is_json, reply, unread, wrong
from golconda.doors.wire import bearer
from golconda.doors.wire.attended import Reader, attended
from golconda.doors.wire.crew import Crew
from golconda.doors.wire.stream import CHUNK, Stream
from golconda.kernel.errors import InvalidInput
from golconda.node.answer import Answer
from golconda.node.formats import Format
from golconda.node.node import Node
from golconda.node.session import Session

router = APIRouter(tags=["reading"])

_ANSWER = {
    "columns": [{"name": "region", "type": "VARCHAR"}, {"name": "n", "type": "BIGINT"}],
    "rows": [["R1", 42]],
    "receipt": {
        "reading": "read-5d8s1wz6pk",
        "event": "evt-2c8n5t0xk4",
        "purpose": "epidemic-statistics",
        "agreements": ["agr-7m2yq0x4se"],
        "charged": {"queries": 1, "rows": 1, "bytes": 34},
        "log": {"promised_within_seconds": 5, "commitment": "9f86d081884c7d65"},
    },
}
_BINARY = {"schema": {"type": "string", "contentEncoding": "binary"}}
_PROBLEMS = {
    400: ("sql-syntax", "sql-function-refused", "agreement-ambiguous", "query-value-error"),
    403: ("limit-reached", "purpose-not-covered", "agreement-not-in-force"),
    404: ("table-unknown", "column-unknown"),
}


def answer_description(summary: str, *, problems: Mapping[int, tuple[str, ...]] | None = None) -> dict[str, Any]:
    """Return what describes a route that gives rows, in every format."""
    told = {**_PROBLEMS, **(problems or {}), 406: ("format-refused",)}
    kept = described(summary, "Answer", example=_ANSWER, problems=told)
    done = kept["responses"][200]
    done["content"] |= {form.media_type: _BINARY for form in Format if form is not Format.JSON}
    receipt = {"$ref": "#/components/schemas/Receipt"}
    about = "For formats that have no place for it; what is charged only where the answer went out in one piece."
    done["headers"] = {"golconda-receipt": {"description": about, "content": {"application/json": {"schema": receipt}}}}
    return kept


PAGES = "/api/v1/pages"
_PAGE_PROBLEMS = {403: ("agreement-not-in-force",), 404: ("page-unknown",)}


def _query_description() -> dict[str, Any]:
    kept = answer_description("Ask a query.")
    schema = {"$ref": "#/components/schemas/Question"}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {**kept, "openapi_extra": {"requestBody": body}}


@router.post("/explain", **described("Explain what a query would read.", "Explanation", problems=_PROBLEMS))
def explain(session: Holder, body: Question) -> Response:
    """Return the clauses that act on each table, the protected query and what is left of each limit."""
    return reply(session.explain(body.sql, agreements=body.named, purpose=body.purpose))


# The body is read by hand: on this path every request is counted in microseconds.
@router.post("/query", **_query_description())
async def query(request: Request) -> Response:
    """Answer as JSON, CSV, Arrow stream or Parquet, by `Accept`; `golconda-receipt` is a header then."""
    return await answered(request, request.app.state.node, request.app.state.crew)


async def answered(request: Request, node: Node, crew: Crew) -> Response:
    """Return the response to a query, or raise why there is none."""
    form = choose(request.headers.get("accept"))
    body = await request.body()
    if not is_json(request.headers):
        raise unread(request.headers)
    asked = _question(body)
    token = bearer.required(request.headers)
    with attended(request.scope) as reader:
        return await crew.run(lambda: _answer(node.authenticate(token, DOOR), asked, form, crew, reader))


def _question(body: bytes) -> Question:
    try:
        return Question.model_validate_json(body)
    except ValidationError as error:
        raise wrong(error.errors(include_url=False, include_input=False)) from None


def _answer(session: Session, asked: Question, form: Format, crew: Crew, reader: Reader) -> Response:
    about: dict[str, Any] = {
        "agreements": asked.named,
        "purpose": asked.purpose,
        "parameters": asked.given,
        "engine": asked.engine,
        "timeout_seconds": asked.timeout_seconds,
        "made": reader.awaits,
    }
    if asked.page_size is None:
        return give(session.query(asked.sql, **about), form, crew)
    demand_json(form)
    return page_of(session.paged(asked.sql, asked.page_size, at=f"{PAGES}/", **about))


@router.get("/pages/{address}", **described("Take the next page of an answer.", "AnswerPage", problems=_PAGE_PROBLEMS))
def page(
    session: Holder, address: Annotated[str, Path(max_length=100, description="As `next` of another page has it.")]
) -> Response:
    """Return the page that `next` of another one named; it is charged already, and open for ten minutes."""
    return page_of(session.page(address))


def demand_json(form: Format) -> None:
    """Raise ``page-size-refused`` where pages are wanted in a format that has none."""
    if form is not Format.JSON:
        raise InvalidInput(
            "page-size-refused",
            f"Pages are not given as {form}.",
            hint="Accept application/json, or leave page_size out.",
        )


def page_of(body: bytes) -> Response:
    """Return a page of an answer, which is JSON already."""
    return Response(body, media_type="application/json")


def give(answer: Answer, form: Format, crew: Crew) -> Response:
    """Return an answer, in one piece if it is small; what fails before the first byte is a problem."""
    pieces = answer.written(form)
    try:
        first, whole = _begun(pieces)
    except BaseException:
        answer.close()
        raise
    headers = {"content-type": form.media_type, **_receipt(answer, form, whole=whole)}
    if whole:
        return Response(b"".join(first), headers=headers)
    rest = _resumed(first, pieces)
    return Stream(rest, crew=crew, headers=headers, watch=answer.check, ended=answer.close)


def _begun(pieces: Iterator[Any]) -> tuple[list[Any], bool]:
    """Return the beginning of an answer, and whether that is all of it."""
    held: list[Any] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > CHUNK:
            return held, False
    return held, True


def _resumed(first: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    yield from first
    yield from rest


def _receipt(answer: Answer, form: Format, *, whole: bool) -> dict[str, str]:
    """Return the receipt for formats that have no place for it; what is charged is known once all is out."""
    if form is Format.JSON:
        return {}
    known = {name: value for name, value in answer.receipt.items() if whole or name != "charged"}
    return {"golconda-receipt": json.dumps(known, separators=(",", ":"))}
