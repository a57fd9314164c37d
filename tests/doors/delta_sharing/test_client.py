"""The unmodified client of the open protocol reads what the agreement shows, and nothing else."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import delta_sharing
import pytest
import served

if TYPE_CHECKING:
    from pathlib import Path

    from served import Served


@pytest.fixture
def profile(city: Served, care: str, tmp_path: Path) -> str:
    """Give a profile file for the masked agreement on care."""
    return profile_file(city, care, tmp_path)


def profile_file(city: Served, agreement: str, folder: Path) -> str:
    acme = city.node.authenticate(city.reader, "http")
    made = acme.profile(agreement, endpoint=f"{city.address}/delta-sharing")
    path = folder / f"{agreement}.share"
    path.write_text(json.dumps(made))
    return str(path)


def protected(city: Served, agreement: str, sql: str) -> Any:  # a pandas frame
    acme = city.node.authenticate(city.reader, "http")
    return acme.query(sql, agreements=(agreement,)).arrow().to_pandas(date_as_object=True)


def test_a_table_loads_as_the_protected_view(city: Served, care: str, profile: str) -> None:
    loaded = delta_sharing.load_as_pandas(f"{profile}#city.care.care")
    view = protected(city, care, "SELECT * FROM city.care.care")
    assert list(loaded.columns) == list(view.columns)
    assert sorted(map(str, loaded.to_dict("records"))) == sorted(map(str, view.to_dict("records")))
    assert len(loaded) == 1200


def test_names_are_found_without_regard_to_case(profile: str) -> None:
    assert len(delta_sharing.load_as_pandas(f"{profile}#City.CARE.Care", limit=3)) == 3


def test_a_limit_is_kept_and_charged_as_such(city: Served, tmp_path: Path) -> None:
    agreement = city.agree("city/care", f"purposes: [{served.PURPOSE}]\nlimits: {{rows: 100, per: total}}\n")
    profile = profile_file(city, agreement, tmp_path)
    assert len(delta_sharing.load_as_pandas(f"{profile}#city.care.care", limit=10)) == 10
    (meter,) = city.owner.agreement(agreement)["meters"]
    assert (meter["what"], meter["used"]) == ("rows", 10)


def test_more_than_a_limit_allows_is_refused_whole(city: Served, tmp_path: Path) -> None:
    agreement = city.agree("city/care", f"purposes: [{served.PURPOSE}]\nlimits: {{rows: 100, per: total}}\n")
    profile = profile_file(city, agreement, tmp_path)
    with pytest.raises(Exception, match="limit-reached"):
        delta_sharing.load_as_pandas(f"{profile}#city.care.care")


def test_the_client_lists_what_is_shared(profile: str) -> None:
    listed = delta_sharing.SharingClient(profile).list_all_tables()
    assert [(table.share, table.schema, table.name) for table in listed] == [("city", "care", "care")]


def test_an_aggregate_only_table_is_refused_with_the_clause(city: Served, tmp_path: Path) -> None:
    profile = profile_file(city, city.agree("city/survey", served.AGGREGATE), tmp_path)
    with pytest.raises(Exception, match="clause aggregate"):
        delta_sharing.load_as_pandas(f"{profile}#city.survey.survey")


def test_a_profile_opens_its_own_agreement_alone(profile: str) -> None:
    with pytest.raises(Exception, match="share-unknown"):
        delta_sharing.load_as_pandas(f"{profile}#city.wide.wide")


def test_an_empty_view_keeps_its_columns(city: Served, tmp_path: Path) -> None:
    agreement = city.agree("city/care", f"purposes: [{served.PURPOSE}]\nwhere: \"region = 'none'\"\n")
    loaded = delta_sharing.load_as_pandas(f"{profile_file(city, agreement, tmp_path)}#city.care.care")
    assert (len(loaded), list(loaded.columns)) == (0, served.visits().column_names)


def test_revoked_while_loading_the_client_fails_within_two_seconds(city: Served, tmp_path: Path) -> None:
    agreement = city.agree("city/wide")
    profile = profile_file(city, agreement, tmp_path)
    failed: list[float] = []

    def load_again_and_again() -> None:
        try:
            while True:
                delta_sharing.load_as_pandas(f"{profile}#city.wide.wide", limit=200_000)
        except Exception:
            failed.append(time.monotonic())

    loading = threading.Thread(target=load_again_and_again)
    loading.start()
    served_once(city, agreement)
    city.owner.revoke(agreement, why="Test.")
    revoked = time.monotonic()
    loading.join(30)
    assert 0 < failed[0] - revoked < 2


def test_each_load_is_metered_and_logged(city: Served, tmp_path: Path) -> None:
    agreement = city.agree("city/care", f"purposes: [{served.PURPOSE}]\nlimits: {{queries: 5, per: total}}\n")
    delta_sharing.load_as_pandas(f"{profile_file(city, agreement, tmp_path)}#city.care.care")
    (meter,) = city.owner.agreement(agreement)["meters"]
    assert meter["used"] == 1


def served_once(city: Served, agreement: str) -> None:
    folder = city.node.directory / ".golconda" / "shares" / agreement
    end = time.monotonic() + 20
    while not any(folder.glob("read-*")):
        assert time.monotonic() < end
        threading.Event().wait(0.02)
