"""Who reads in the log what others asked: the asker, the owner of all that was read, and who sees the whole log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golconda.node.jobs import sequence
from golconda.testing.nodes import agreed, care_node, reader

if TYPE_CHECKING:
    from pathlib import Path

    from golconda.node.session import Session

OPEN = "purposes: [epidemic-statistics]\n"
BOTH = "SELECT count(*) FROM care AS c, tides AS t WHERE c.phone = '138-LITERAL'"
ONE = "SELECT count(*) FROM tides WHERE port = 'LITERAL-OF-TIDES'"
NEITHER = "SELECT count(*) FROM care WHERE phone = 'LITERAL-OF-CARE'"


def asked(session: Session) -> str:
    entries: list[dict[str, Any]] = session.log(limit=1000)["entries"]
    return str([entry["payload"] for entry in entries if entry["kind"].startswith("read.")])


def test_an_owner_sees_no_text_about_what_others_own(tmp_path: Path) -> None:
    with care_node(tmp_path) as node:
        li = reader(node)
        node.owner_session("test").add_organisation("coast", titles={"en": "Coast"})
        token = node.owner_session("test").new_token("coast/steward", role="steward")["token"]
        coast = node.authenticate(token, "test")
        (tmp_path / "tides.csv").write_text("port,height\nA,1\nB,2\n", encoding="utf-8")
        coast.publish([str(tmp_path / "tides.csv")], name="tides")
        for product in ("city/care", "coast/tides"):
            agreed(node, li, OPEN, product=product)
        for sql in (BOTH, ONE, NEITHER):
            li.query(sql).document()
        sequence(node)
        seen = asked(coast)
        assert "LITERAL-OF-TIDES" in seen
        assert "138-LITERAL" not in seen
        assert "LITERAL-OF-CARE" not in seen
        assert "'withheld': ['sql']" in seen
        acme = node.authenticate(node.owner_session("test").new_token("acme/boss", role="steward")["token"], "test")
        assert all(word in asked(acme) for word in ("LITERAL-OF-TIDES", "138-LITERAL", "LITERAL-OF-CARE"))
