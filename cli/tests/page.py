#!/usr/bin/env python3
"""Tests the page of `listen` in headless Chromium, with ChromeDriver and the standard library.

    cli/tests/page.py BINARY [SCREENSHOT.png]

Needs chromium and chromedriver (Debian: chromium, chromium-driver). Without them it says so and exits with 3.
"""

import base64
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HOSTILE = "<img src=x onerror=\"document.title='run'\">"
PATIENCE = 15


def main(binary, screenshot=None):
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        print("NOTE: chromium or chromedriver is missing: the page is not tested", file=sys.stderr)
        sys.exit(3)
    with Listening(binary) as url, Browser(chromium, driver) as browser:
        send = lambda *what: subprocess.run([binary, "send", *what, url], stdout=subprocess.DEVNULL)
        browser.open(url)
        wait("the page is live", lambda: browser.run("return document.getElementById('state').textContent") == "live")
        assert browser.run("return getComputedStyle(document.getElementById('empty')).display") != "none"

        assert send("--all").returncode == 0
        wait("rows appear while the page is open", lambda: browser.rows() == 18)
        assert browser.run("return document.getElementById('signed').textContent") == "18"

        send("--fault", "forged", "--fault", "expired")
        send("--event", "unknown", "--event", "malformed")
        name = json.dumps(HOSTILE)
        post(url, f'{{"id":"1","eventType":{name},"userId":"a\\u202eb","payload":{{"text":{name},"n":1.50}}}}')
        wait("rejected ones appear too", lambda: browser.rows() == 23)
        assert browser.run("return document.querySelectorAll('.rejected .reason').length") == 2

        # Text from a body is never markup.
        assert browser.run("return document.querySelector('.event').firstChild.data") == HOSTILE
        assert browser.run("return document.querySelector('.user').textContent") == "a\\u{202e}b"
        assert browser.run("return document.querySelectorAll('main img, main b:not(.checks b)').length") == 0
        assert browser.run("return document.title") == "Moneyhub webhooks"

        # A click or the keyboard opens a row. The payload keeps its digits.
        browser.click("details:nth-child(1) > summary")
        wait("the payload", lambda: browser.run("return document.querySelectorAll('.inside pre').length") == 1)
        payload = browser.run("return document.querySelector('.inside pre').textContent")
        assert json.dumps(HOSTILE) in payload and '"n": 1.50' in payload, payload
        browser.press("details:nth-child(2) > summary", "\ue007")
        wait("the keyboard opens", lambda: browser.run("return document.querySelectorAll('details[open]').length") == 2)

        # Identifiers are shown as words.
        words = "return [...document.querySelectorAll('.inside')].map(inside => inside.textContent).join()"
        for shown in ["plain JSON", "known key", "not ahead"]:
            wait(f"{shown} is shown", lambda: shown in browser.run(words))
        assert "not_ahead" not in browser.run(words)

        browser.run("document.querySelector('input[value=rejected]').click()")
        shown = "return [...document.querySelectorAll('details')].filter(row => row.offsetParent).length"
        assert browser.run(shown) == 2

        if screenshot:
            browser.run("document.querySelector('input[value=all]').click()")
            browser.run("document.querySelectorAll('details[open]').forEach(row => row.open = false)")
            browser.run("document.querySelector('details').remove()")
            send("--event", "balanceThreshold")
            wait("one more", lambda: browser.rows() == 23)
            browser.run("document.querySelector('details:nth-child(4) summary').click(); document.activeElement.blur()")
            time.sleep(0.5)  # until the arrow has turned
            with open(screenshot, "wb") as file:
                file.write(base64.b64decode(browser.ask("GET", "screenshot")))

        errors = [entry["message"] for entry in browser.ask("POST", "se/log", {"type": "browser"})]
        assert not errors, errors
    print("ok: deliveries appear live, rows open, and text from bodies is shown as text")


class Listening:
    """`listen` on a free port."""

    def __init__(self, binary):
        self.command = [binary, "listen", "--port", "0", "--unsigned"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        url = re.search(r"http://\S+/", self.process.stdout.readline()).group()
        # Its later output must not fill the pipe.
        self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)
        return url

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 0, "an open page must not delay the exit"
        self.drain.wait(PATIENCE)


class Browser:
    """Chromium, driven by the WebDriver protocol."""

    def __init__(self, chromium, driver):
        self.chromium, self.driver = chromium, driver

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen([self.driver, "--port=0"], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                break
        self.base = f"http://127.0.0.1:{found.group(1)}/session"
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 "--window-size=1120,1010", "--hide-scrollbars", f"--user-data-dir={self.profile.name}"]
        options = {"binary": self.chromium, "args": flags}
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = request("POST", self.base, {"capabilities": {"alwaysMatch": capabilities}})
        self.base += "/" + session["sessionId"]
        return self

    def __exit__(self, *_):
        request("DELETE", self.base)
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.profile.cleanup()

    def ask(self, method, path, body=None):
        return request(method, f"{self.base}/{path}", body)

    def open(self, url):
        self.ask("POST", "url", {"url": url})

    def run(self, script):
        return self.ask("POST", "execute/sync", {"script": script, "args": []})

    def rows(self):
        return self.run("return document.querySelectorAll('#deliveries > details').length")

    def element(self, selector):
        found = self.ask("POST", "element", {"using": "css selector", "value": selector})
        return "element/" + next(iter(found.values()))

    def click(self, selector):
        self.ask("POST", self.element(selector) + "/click", {})

    def press(self, selector, key):
        self.ask("POST", self.element(selector) + "/value", {"text": key})


def request(method, url, body=None):
    data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    # Loopback only: ignore the proxies of the environment.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    call = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with opener.open(call, timeout=60) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from None
    return json.loads(text)["value"] if text else None


def post(url, body):
    request("POST", url, body)


def wait(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"timed out: {what}"
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
