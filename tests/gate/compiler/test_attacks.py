"""The attack statements of ``tests/attacks``, each with its refusal or its equality with the views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from golconda.kernel.errors import GolcondaError
from golconda.testing.attacks import Attack, attacks
from golconda.testing.views import CANARY

if TYPE_CHECKING:
    from collections.abc import Callable

    from golconda.testing.views import World

ATTACKS = [pytest.param(attack, id=attack.name) for attack in attacks() if not attack.ends]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_or_learns_nothing(world: World, attack: Attack) -> None:
    if attack.refused:
        with pytest.raises(GolcondaError) as caught:
            world.compiled(attack.sql)
        assert caught.value.code == attack.refused
        assert CANARY not in f"{caught.value.message} {caught.value.hint}"
        return
    answer = _outcome(world.answer, attack.sql)
    assert CANARY not in repr(answer)
    if attack.rows is not None:
        assert answer == sorted(map(repr, attack.rows))
        return
    assert answer == _outcome(world.expected, attack.sql)
    assert (answer == "error") is (attack.equal == "error")


def test_hidden_and_missing_columns_get_one_answer(world: World) -> None:
    texts = []
    for name in ("secret", "xxyyzz"):
        with pytest.raises(GolcondaError) as caught:
            world.compiled(f"SELECT {name} FROM care.visits")
        assert "secret" not in caught.value.hint
        texts.append((caught.value.code, caught.value.message.replace(name, "")))
    assert texts[0] == texts[1]


def test_there_are_attacks_enough() -> None:
    assert len(ATTACKS) >= 600


def _outcome(run: Callable[[str], list[tuple[Any, ...]]], sql: str) -> Any:
    try:
        return sorted(map(repr, run(sql)))
    except (duckdb.Error, UnicodeError) as error:
        return "error" if CANARY not in str(error) else "a hidden value"
