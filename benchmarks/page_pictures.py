"""Takes the pictures of the page in docs/images; needs Chromium and selenium.

python benchmarks/page_pictures.py MODEL_FOLDER
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import uvicorn
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

import emoscope
from emoscope.serve import create_app

PLACE = Path(__file__).parents[1] / "docs" / "images"
TEXT = "Oh wow, you got the job! I am so proud of you, and a little sad that you are leaving."
PICTURES = {
    "page.png": (1120, "light"),
    "page-dark.png": (1120, "dark"),
    "page-phone.png": (390, "light"),
}


def main() -> None:
    server = uvicorn.Server(uvicorn.Config(create_app(emoscope.load(sys.argv[1])), port=0))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    profile = tempfile.mkdtemp()
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    for name, (width, scheme) in PICTURES.items():
        wish = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wish)
        resize(browser, width, 400)
        browser.get(f"http://127.0.0.1:{port}/")
        time.sleep(1)
        browser.find_element(By.ID, "text").send_keys(TEXT)
        time.sleep(2)
        browser.execute_script("document.activeElement.blur()")
        height = browser.execute_script("return document.body.scrollHeight")
        resize(browser, width, height)
        time.sleep(0.5)
        browser.save_screenshot(str(PLACE / name))
    browser.quit()


def resize(browser: webdriver.Chrome, width: int, height: int) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


if __name__ == "__main__":
    main()
