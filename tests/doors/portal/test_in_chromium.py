"""In a real browser without scripts: search, product, sign in, request; no page scrolls sideways on a phone."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest

from golconda.node.open import init_node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

TERMS = "purposes: [epidemic-statistics]\nmasks: {phone: partial}\nlimits: {queries: 200, per: day}\n"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Serve a node with one product and give its address and a reader's token."""
    from golconda.doors.serving import Server

    rows = "\n".join(f"R{n % 4},{20 + n % 50},138-{n:08d}" for n in range(400))
    (tmp_path / "care.csv").write_text(f"region,age,phone\n{rows}\n")
    with init_node(tmp_path / "city", organisation="city", titles={"en": "City data office"}) as node:
        owner = node.owner_session("cli")
        owner.publish(
            [str(tmp_path / "care.csv")], name="care", titles={"en": "Care", "zh": "就医"}, grade="restricted"
        )
        owner.offer("care", TERMS, title={"en": "For statistics"})
        owner.add_organisation("acme", titles={"en": "Acme Analytics"})
        ready = threading.Event()
        server = Server(node, "127.0.0.1", 0, ready=lambda _: ready.set())
        thread = threading.Thread(target=server.run)
        thread.start()
        assert ready.wait(20)
        yield server.address, owner.new_token("acme/li")["token"]
        server.stop()
        thread.join()


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[Any]:  # a driver of Selenium, which is not installed everywhere
    """Give a browser of its own profile, with scripts of pages off."""
    if not CHROMIUM or not DRIVER:
        pytest.skip("Chromium is not installed: apt-get install chromium chromium-driver.")
    webdriver = pytest.importorskip("selenium.webdriver", reason="Selenium is not installed: pip install selenium.")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.implicitly_wait(5)
    yield driver
    driver.quit()


def choose(chromium: Any, css: str) -> Any:  # an element of Selenium
    """Return the first element of a selector, waiting for it."""
    return chromium.find_element("css selector", css)


def test_from_search_to_request(served: tuple[str, str], chromium: Any) -> None:
    from selenium.webdriver.support.expected_conditions import url_contains
    from selenium.webdriver.support.wait import WebDriverWait

    address, token = served
    chromium.get(f"{address}/?lang=en")
    choose(chromium, "main input[name=q]").send_keys("就医")
    choose(chromium, ".search button").click()
    WebDriverWait(chromium, 10).until(url_contains("q="))  # the page before has rows, too
    choose(chromium, ".row h2 a").click()
    assert choose(chromium, "h1").text == "Care"
    choose(chromium, ".action .primary").click()
    choose(chromium, "input[name=token]").send_keys(token)
    choose(chromium, "main button.primary").click()
    choose(chromium, ".action .primary").click()
    choose(chromium, "option[value=epidemic-statistics]").click()
    choose(chromium, "main button.primary").click()
    assert choose(chromium, ".notice.good").text == "The request is sent."
    assert "/requests/req-" in chromium.current_url


def test_the_keyboard_reaches_the_search_first(served: tuple[str, str], chromium: Any) -> None:
    address, _ = served
    chromium.get(f"{address}/?lang=en")
    focused = []
    for _ in range(6):
        chromium.switch_to.active_element.send_keys("\ue004")
        focused.append(chromium.switch_to.active_element.accessible_name)
    assert focused[0] == "Skip to the content"
    assert "Search products, tables and columns" in focused


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_scrolls_sideways_on_a_phone(served: tuple[str, str], chromium: Any, width: int, language: str) -> None:
    address, _ = served
    phone = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    for path in ("/", "/products/city/care", "/login", "/products/no/where", "/-/design"):
        chromium.get(f"{address}{path}?lang={language}")
        layout = chromium.execute_cdp_cmd("Page.getLayoutMetrics", {})
        assert layout["cssContentSize"]["width"] <= width, path
