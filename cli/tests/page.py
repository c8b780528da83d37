#!/usr/bin/env python3
"""Tests the page of `listen` in headless Chromium, with ChromeDriver and the standard library.

    cli/tests/page.py BINARY [SCREENSHOT.png]

Needs chromium and chromedriver (Debian: chromium, chromium-driver). Without them it says so and exits with 3.
"""

import base64
import http.server
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HOSTILE = "<img src=x onerror=\"document.title='run'\">"
ODD = {"toString": 1, "valueOf": 1}
PATIENCE = 15


def main(binary, screenshot=None):
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        print("NOTE: chromium or chromedriver is missing: the page is not tested", file=sys.stderr)
        sys.exit(3)
    with Listening(binary) as (url, page), Browser(chromium, driver) as browser:
        send = lambda *what: subprocess.run([binary, "send", *what, url], stdout=subprocess.DEVNULL)
        browser.open(page)
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

        # No name is cut off at this width, and every known one is on one line.
        spans = "return [...document.querySelectorAll('summary > span')]"
        clipped = "span.scrollWidth > span.clientWidth || span.scrollHeight > span.clientHeight"
        assert browser.run(f"{spans}.filter(span => {clipped}).length") == 0
        high = "span.clientHeight > 30 && !span.textContent.startsWith('<img')"
        assert browser.run(f"{spans}.filter(span => {high}).length") == 0

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

        # No JSON of a sender runs or breaks the page: not in the claims, not in the header.
        for claims, header in [({"sub": ODD, "aud": ODD, "iss": ODD}, {}), ({}, {"alg": ["RS256"], "kid": ODD})]:
            post(url, token(header, claims))
        wait("two more rejected", lambda: browser.rows() == 25)
        for row, found in [(1, 'found ["RS256"]'), (2, '{"toString":1,"valueOf":1}')]:
            browser.click(f"details:nth-child({row}) > summary")
            inside = f"return document.querySelector('details:nth-child({row}) > .inside')?.textContent ?? ''"
            wait(f"{found} is shown", lambda: found in browser.run(inside))
            browser.run(f"document.querySelector('details:nth-child({row})').open = false")

        # Right-to-left letters stay in their place: the digits after them keep theirs.
        post(url, '{"id":"123","eventType":"\u05e9\u05dc\u05d5\u05dd","userId":"456","payload":{"\u05e9":1,"b":2}}')
        wait("the row", lambda: browser.rows() == 26)
        assert browser.run("return document.querySelector('.event').firstChild.data") == "\u2066\u05e9\u05dc\u05d5\u05dd\u2069"

        # Without the secret there is no page, no stream and no row.
        for path in ["", "events", "deliveries/1", "?token=", "?token=" + "0" * 32]:
            assert status(url + path) == 403, path

        # Another site's page posts nothing and reads nothing.
        total = "return document.getElementById('total').textContent"
        before = browser.run(total)
        link = browser.run("return location.href")
        with Website() as site:
            browser.open(site)
            for call in [
                f"fetch('{url}', {{method: 'POST', mode: 'no-cors', body: '{{}}'}})",
                f"fetch('{url}hooks', {{method: 'POST', mode: 'no-cors', body: new URLSearchParams({{token: 'x'}})}})",
                f"fetch('{link.replace('/?', '/events?')}', {{mode: 'no-cors'}})",
            ]:
                answered = f"{call}.then(() => window.answered = true, () => window.answered = true)"
                browser.run(f"window.answered = false; {answered}")
                wait("the answer", lambda: browser.run("return window.answered"))
            # As forms do.
            browser.run(f"const f = document.createElement('form'); f.action = '{url}'; f.method = 'post'; document.body.append(f); f.submit()")
            wait("the answer to the form", lambda: browser.run("return location.href") == url)
        browser.errors()  # those of that site
        browser.open(link)
        wait("all rows again", lambda: browser.rows() == 26)
        assert browser.run(total) == before

        browser.run("document.querySelector('input[value=rejected]').click()")
        shown = "return [...document.querySelectorAll('details')].filter(row => row.offsetParent).length"
        assert browser.run(shown) == 4

        if screenshot:
            browser.run("document.querySelector('input[value=all]').click()")
            browser.run("document.querySelectorAll('details:nth-child(-n+4)').forEach(row => row.remove())")
            send("--event", "balanceThreshold")
            wait("one more", lambda: browser.rows() == 23)
            browser.run("document.querySelector('details:nth-child(4) summary').click(); document.activeElement.blur()")
            wait("its contents", lambda: browser.run("return document.querySelectorAll('.inside pre').length") > 0)
            time.sleep(0.5)  # until the arrow has turned
            with open(screenshot, "wb") as file:
                file.write(base64.b64decode(browser.ask("GET", "screenshot")))

        errors = browser.errors()
        assert not errors, errors
    print("ok: deliveries appear live, rows open, and text from bodies is shown as text")


class Listening:
    """`listen` on a free port."""

    def __init__(self, binary):
        self.command = [binary, "listen", "--port", "0", "--unsigned"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lines = [self.process.stdout.readline() for _ in range(3)]
        url, page = [re.search(r"http://\S+", line).group() for line in (lines[0], lines[2])]
        # Its later output must not fill the pipe.
        self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL)
        return url, page

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 0, "an open page must not delay the exit"
        self.drain.wait(PATIENCE)


class Website(http.server.ThreadingHTTPServer):
    """Another site, which is not this machine for the browser: it has another port."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), WebsitePage)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return f"http://localhost:{self.server_port}/"

    def __exit__(self, *_):
        self.shutdown()


class WebsitePage(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<!doctype html><title>another site</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


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
                 "--window-size=1280,1010", "--hide-scrollbars", f"--user-data-dir={self.profile.name}"]
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

    def errors(self):
        """What the console has had since the last call."""
        return [entry["message"] for entry in self.ask("POST", "se/log", {"type": "browser"})]

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


def status(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def post(url, body):
    try:
        request("POST", url, body)
    except AssertionError:
        pass  # rejected, as some are meant to be


def token(header, claims):
    """Not signed: it is rejected, and its row shows what it holds."""
    known = {"jti": "1", "iat": 1, "events": {"x": {}}}
    part = lambda members: base64.urlsafe_b64encode(json.dumps(members).encode()).decode().rstrip("=")
    return f"{part({'alg': 'RS256', 'kid': 'x'} | header)}.{part(known | claims)}.AAAA"


def wait(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"timed out: {what}"
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
