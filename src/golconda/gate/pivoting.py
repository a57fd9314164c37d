"""PIVOT and UNPIVOT as statements, each as the SELECT with a pivot in FROM that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlglot import Token, exp

    Read = Callable[[str], exp.Query]

_PARTS = frozenset({"ON", "USING", "GROUP BY", "INTO", "ORDER BY", "LIMIT", ";"})


def query_for(tokens: Sequence[Token], sql: str, read: Read) -> exp.Query | None:
    """Return the query that a text of this kind stands for, None where it is of no such kind."""
    first = tokens[0].text.upper()
    if first not in ("PIVOT", "UNPIVOT"):
        return None
    parts = _parts(tokens, sql)
    source, on = parts.get("", ""), parts.get("ON", "")
    if not source.strip() or not on.strip() or (first == "PIVOT" and " IN " not in on.upper().replace("\n", " ")):
        raise _refused(first)
    after = "".join(f" {word} {parts[word]}" for word in ("ORDER BY", "LIMIT") if word in parts)
    inside = _pivot(parts) if first == "PIVOT" else _unpivot(parts)
    return read(f"FROM {source} {first} ({inside}){after}")


def _parts(tokens: Sequence[Token], sql: str) -> dict[str, str]:
    """Cut the text at its own words, those within brackets left alone; ON's commas become blanks."""
    found: dict[str, str] = {}
    word, begin, depth = "", tokens[0].end + 1, 0
    for token in [*tokens[1:], None]:
        text = token.text.upper() if token is not None else ";"
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
        if token is not None and (depth or text not in _PARTS):
            continue
        found[word] = sql[begin : token.start if token is not None else len(sql)]
        if token is None or text == ";":
            break
        word, begin = text, token.end + 1
    return found


def _pivot(parts: dict[str, str]) -> str:
    group = f" GROUP BY {parts['GROUP BY']}" if "GROUP BY" in parts else ""
    return f"{parts.get('USING', 'count(*)')} FOR {_without_commas(parts['ON'])}{group}"


def _unpivot(parts: dict[str, str]) -> str:
    words = parts.get("INTO", "NAME name VALUE value").split()
    if len(words) != 4 or words[0].upper() != "NAME" or words[2].upper() != "VALUE":
        raise _refused("UNPIVOT")
    return f"{words[3]} FOR {words[1]} IN ({parts['ON']})"


def _without_commas(on: str) -> str:
    depth, kept, quote = 0, [], ""
    for sign in on:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        depth += (sign in "([{") - (sign in ")]}") if not quote else 0
        kept.append(" " if sign == "," and not depth and not quote else sign)
    return "".join(kept)


def _refused(word: str) -> InvalidInput:
    form = {
        "PIVOT": "PIVOT product.table ON column IN ('one', 'two') USING sum(cost) GROUP BY other",
        "UNPIVOT": "UNPIVOT product.table ON column, column INTO NAME name VALUE value",
    }[word]
    return InvalidInput("sql-construct-refused", f"The {word} lacks a part.", hint=f"Write {form}.")
