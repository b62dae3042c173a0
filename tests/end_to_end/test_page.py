"""The page in headless Chromium: type, see, explain, drop a file, download."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("selenium", reason="the page's tests need selenium: pip install selenium")
pytest.importorskip("fastapi", reason='the page\'s tests need: pip install "emoscope[serve]"')

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from emoscope.inference.classifier import EmotionClassifier
from emoscope.serve import ServeSettings, create_app

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (BROWSER and DRIVER),
        reason="no Chromium here; get it with: apt-get install chromium chromium-driver",
    ),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    for flag in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


class Page:
    """What a person does with the page."""

    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser = browser
        self.address = address

    def open(self, width: int = 1100, scheme: str = "light") -> None:
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        wish = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wish)
        self.browser.get(self.address)
        self.until(lambda: self.run("return document.body.dataset.ready") or self.shown("key-form"))

    def __getitem__(self, name: str) -> Any:
        return self.browser.find_element(By.ID, name)

    def all(self, selector: str) -> list[Any]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        return [each.text for each in self.all(selector)]

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def shown(self, name: str) -> bool:
        return bool(self[name].is_displayed())

    def focused(self) -> str:
        return str(self.run("return document.activeElement.id"))

    def until(self, condition: Callable[[], Any], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except StaleElementReferenceException:
                pass
            time.sleep(0.03)
        pytest.fail(f"the page did not get there within {seconds:g} s:\n{self['main'].text}")


@pytest.fixture
def page(
    browser: webdriver.Chrome,
    goemotions_classifier: EmotionClassifier,
    serve_in_thread: Callable[[Any], str],
) -> Iterator[Page]:
    app = create_app(goemotions_classifier, ServeSettings(max_texts=4))
    opened = Page(browser, serve_in_thread(app))
    opened.open()
    yield opened
    complaints = [line for line in browser.get_log("browser") if "favicon" not in line["message"]]
    assert complaints == [], "the console stays empty: no error, nothing against the policy"


def test_type_and_see_emotions(page: Page) -> None:
    assert page.shown("empty")
    page["text"].send_keys("joy and love and joy")
    page.until(lambda: page["summary"].text == "joy with love")
    assert not page.shown("empty")
    names = page.texts("#bars .name")
    assert names[:2] == ["joy", "love"]
    held = page.all("#bars li.held")
    assert [item.find_element(By.CLASS_NAME, "name").text for item in held] == ["joy", "love"]
    assert page.texts("#bars li.held .tick") == ["✓", "✓"]
    assert held[0].find_element(By.CLASS_NAME, "value").text.startswith("100%")  # sigmoid(6)
    marks = page.run(
        "return [...document.querySelectorAll('#bars .mark')].map((m) => m.style.left)"
    )
    assert marks[0] == "50%"
    assert page.texts("#groups dd") == ["joy", "positive"]


def test_all_labels_can_be_shown(page: Page) -> None:
    page["text"].send_keys("joy")
    page.until(lambda: page.shown("more"))
    assert len(page.all("#bars li")) == 7
    page["more"].click()
    assert len(page.all("#bars li")) == 28
    assert page["more"].get_attribute("aria-expanded") == "true"


def test_words_that_moved_the_top_emotion_are_marked(page: Page) -> None:
    page["text"].click()
    text = "no fear 😂 but anger joy"  # an emoji is two units in JavaScript; send_keys refuses it
    page.browser.execute_cdp_cmd("Input.insertText", {"text": text})
    page.until(lambda: page["words-label"].text == "anger" and page.texts("#words mark"))
    assert page.texts("#words mark.raised") == ["anger"]
    assert page["words"].text == text
    said = page["words-said"].get_attribute("textContent")
    assert said == "Strongest words for anger: anger +76.2 points."
    next(name for name in page.all("#bars .name") if name.text == "fear").click()
    page.until(lambda: page["words-label"].text == "fear")
    assert page.texts("#words mark.raised") == ["fear"]
    assert page.texts("#bars [aria-pressed=true]") == ["fear"]


def test_the_threshold_slider_works_by_keyboard(page: Page) -> None:
    page["text"].send_keys("joy and love")  # 88% each
    page.until(lambda: page["summary"].text == "joy with love")
    page["threshold"].send_keys(Keys.END)
    page.until(lambda: page["summary"].text.startswith("No emotion passes"))
    assert page["threshold-value"].text == "99% for all"
    assert page["threshold"].get_attribute("aria-valuetext") == "99% for all"
    page["tuned"].click()
    page.until(lambda: page["summary"].text == "joy with love")
    assert page["threshold-value"].text == "tuned for each emotion"


def test_tabs_work_by_keyboard(page: Page) -> None:
    page["tab-one"].send_keys(Keys.ARROW_RIGHT)
    assert page.focused() == "tab-many"
    assert page.shown("many")
    assert not page.shown("one")
    assert page["tab-many"].get_attribute("aria-selected") == "true"
    page["tab-many"].send_keys(Keys.HOME)
    assert page.focused() == "tab-one"
    assert page.shown("one")


def test_everything_is_named_for_a_screen_reader(page: Page) -> None:
    page["text"].send_keys("joy and fear")
    page.until(lambda: page.texts("#words mark"))
    tree = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    nameless = [
        node["role"]["value"]
        for node in tree
        if node["role"]["value"] in ("button", "textbox", "slider", "tab", "combobox", "tabpanel")
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []
    assert page["summary"].get_attribute("aria-live") == "polite"
    spoken = page.all("#bars li.held .value .said")[0].get_attribute("textContent")
    assert spoken == ", passes its threshold of 50%"


def test_texts_are_never_markup(page: Page) -> None:
    page["text"].send_keys("<img src=x onerror=alert(1)> joy <b>joy</b>")
    page.until(lambda: page.texts("#words mark"))
    assert page["words"].text == "<img src=x onerror=alert(1)> joy <b>joy</b>"
    assert page.all("#words img") == page.all("#words b") == []


def test_characters_that_json_cannot_carry_do_no_harm(page: Page) -> None:
    page.run(
        "const t = document.getElementById('text'); t.value = 'joy \\u0000 \\ud800';"
        "t.dispatchEvent(new Event('input'))"
    )
    page.until(lambda: page["summary"].text == "joy")
    assert not page.shown("problem")


def drop(page: Page, name: str, content: str) -> None:
    page.run(
        "const data = new DataTransfer();"
        "data.items.add(new File([arguments[1]], arguments[0]));"
        "document.body.dispatchEvent("
        "new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}))",
        name,
        content,
    )


POSTS = """id,body,labels
1,"joy, and ""love"" love",a
2,"two
lines of fear",b
3,,c
4,nothing,d
5,grief,e
"""


def downloaded(page: Page, folder: Path) -> list[list[str]]:
    page.browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)}
    )
    page["download"].click()
    page.until(lambda: list(folder.glob("*.csv")))
    (path,) = folder.glob("*.csv")
    assert path.name == "posts-emotions.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_drop_a_file_and_download_its_emotions(page: Page, tmp_path: Path) -> None:
    drop(page, "posts.csv", POSTS)
    page.until(lambda: page.shown("download"))
    assert page["column"].find_element(By.CSS_SELECTOR, "option:checked").text == "body"
    assert page["caption"].text == "5 texts"  # in two requests: the service takes four at once
    assert [row.split("\n")[-1] for row in page.texts("#rows td:nth-child(3)")] == [
        "love 88%", "fear 88%", "neutral 100%", "none passes", "grief 88%",
    ]  # fmt: skip
    assert page.texts("#shares li")[0].startswith("love")
    header, *rows = downloaded(page, tmp_path)
    assert header[:5] == ["id", "body", "labels", "emoscope_labels", "top_label"]
    assert header[-1] == "notes"
    assert [row[:5] for row in rows] == [
        ["1", 'joy, and "love" love', "a", "love", "love"],
        ["2", "two\nlines of fear", "b", "fear", "fear"],
        ["3", "", "c", "neutral", "neutral"],
        ["4", "nothing", "d", "", "admiration"],
        ["5", "grief", "e", "grief", "grief"],
    ]
    assert rows[2][-1] == "empty_text"
    assert float(rows[1][header.index("fear")]) == pytest.approx(0.880797)


def test_another_column_and_a_chosen_file(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "posts.tsv"
    path.write_text("note\tlonger cells here\njoy\tfear fear fear\n", encoding="utf-8")
    page["tab-many"].click()
    page["file"].send_keys(str(path))
    page.until(lambda: page.texts("#rows .chip") == ["fear 100%"])
    page["column"].send_keys("note")
    page.until(lambda: page.texts("#rows .chip") == ["joy 88%"])


def test_lines_are_looked_at_one_by_one(page: Page) -> None:
    page["text"].send_keys("joy\n\nfear\n")
    page.until(lambda: page.shown("lines-hint"))
    page["lines-switch"].click()
    page.until(lambda: page.shown("download"))
    assert page.shown("many")
    assert page.texts("#rows .chip") == ["joy 88%", "fear 88%"]


def test_what_is_wrong_is_said(page: Page) -> None:
    page["tab-many"].click()
    page["run"].click()
    assert "There is no text yet" in page["problem"].text
    drop(page, "empty.csv", "text\n")
    page.until(lambda: "no rows below its header" in page["problem"].text)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1100])
def test_the_page_fits_every_width_in_both_schemes(page: Page, width: int, scheme: str) -> None:
    page.open(width, scheme)
    page["text"].send_keys("joy and disappointment " + "verylongword" * 12)
    page.until(lambda: page.texts("#words mark"))
    drop(page, "posts.csv", POSTS)
    for tab in ("tab-one", "tab-many"):
        page[tab].click()
        assert page.run("return document.documentElement.scrollWidth") <= width
    paper = page.run("return getComputedStyle(document.body).backgroundColor")
    red = int(paper.removeprefix("rgb(").split(",")[0])
    assert (red > 200) == (scheme == "light")
    page.until(lambda: page.shown("download"))


def test_nothing_comes_from_elsewhere(page: Page) -> None:
    page["text"].send_keys("joy")
    page.until(lambda: page.texts("#words mark"))
    names = page.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert len(names) >= 8
    assert [name for name in names if not name.startswith((page.address, "data:"))] == []


def test_a_key_is_asked_for_and_used(
    browser: webdriver.Chrome,
    goemotions_classifier: EmotionClassifier,
    serve_in_thread: Callable[[Any], str],
) -> None:
    app = create_app(goemotions_classifier, ServeSettings(api_key="a-secret-key"))
    page = Page(browser, serve_in_thread(app))
    page.open()
    assert page.shown("key-form")
    page["key"].send_keys("a-secret-key" + Keys.ENTER)
    page.until(lambda: page.run("return document.body.dataset.ready"))
    page["text"].send_keys("joy")
    page.until(lambda: page["summary"].text == "joy")
    assert not page.shown("key-form")
    browser.get_log("browser")  # a 401 is written there; it was expected
