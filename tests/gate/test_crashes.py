"""Killed anywhere, each intent ends in exactly one settlement, and the meters add up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from golconda.gate.settle import settle_abandoned
from golconda.node.open import open_node
from golconda.testing.nodes import TERMS, agreed, reader


def test_reads_killed_at_fifty_random_points_are_all_settled_once(care_template: Path, tmp_path: Path) -> None:
    shutil.copytree(care_template, tmp_path, dirs_exist_ok=True)
    with open_node(tmp_path / "city") as node:
        limits = "limits: [{queries: 1000000, per: total}, {rows: 1000000, per: total}]"
        agreement = agreed(node, reader(node), TERMS + limits)
    driver = Path(__file__).with_name("killed_reads.py")
    subprocess.run([sys.executable, str(driver), str(tmp_path / "city"), "7", "50"], check=True)
    with open_node(tmp_path / "city") as node:
        settle_abandoned(node.metastore, node.clock.now())
        assert settle_abandoned(node.metastore, node.clock.now()) == 0
        owner = node.owner_session("test")
        intents = owner.log(kind="read.intent", limit=10**6)["entries"]
        ended = owner.log(kind="read.ended", limit=10**6)["entries"]
        assert Counter(entry["subject"] for entry in ended) == Counter(entry["subject"] for entry in intents)
        outcomes = Counter(entry["payload"]["outcome"] for entry in ended)
        meters = {meter["what"]: meter for meter in owner.agreement(agreement)["meters"]}
        assert meters["queries"]["used"] == len(intents)
        assert meters["rows"]["used"] == 3 * outcomes["settled"]
        assert (meters["queries"]["reserved"], meters["rows"]["reserved"]) == (0, 0)
        assert outcomes["unfinished"] > 0
        assert owner.verify_log()["ok"]
