"""Tests the receivers behind each proxy, with its default settings and with those of examples/receivers/README.md."""

import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from load import AT_A_TIME, WEBHOOKS, post_all  # noqa: E402
from posting import post, post_in_turn, post_slowly  # noqa: E402
from proxy import FILES, Proxy, text, with_line  # noqa: E402
from receivers import Stage  # noqa: E402
from recorder import Recorder  # noqa: E402

README = Path(__file__).parent.parent.parent / "examples/receivers/README.md"
SETTINGS = ("default", "recommended")
# Longer than the receivers wait for a body, which is 1.5 seconds.
SLOW = 2.5

# Name, kind of body, whether in chunks, coding, status.
CASES = [
    ("token", "token", False, None, 202),
    ("token, chunked", "token", True, None, 202),
    ("6000 ids", "6000-ids", False, None, 202),
    ("exactly 1 MiB", "limit", False, None, 202),
    ("exactly 1 MiB, chunked", "limit", True, None, 202),
    ("one byte over", "over", False, None, 413),
    ("one byte over, chunked", "over", True, None, 413),
    ("10 MiB", "far-over", False, None, 413),
    ("10 MiB, chunked", "far-over", True, None, 413),
    ("gzip", "token", False, "gzip", 415),
]

# As their documentation says. If a proxy buffers the body first, a slow sender does not time out at the receiver.
COLLECTS = {("nginx", "default"), ("nginx", "recommended"), ("haproxy", "recommended")}
NO_KEEP_ALIVE = {("nginx", "default")}
# An additional line of configuration that reverses this.
OTHERWISE = {
    "nginx": ("recommended", "client_body_timeout", "proxy_request_buffering off;", 408),
    "caddy": ("recommended", "fail_duration", "buffer_requests", 202),
}


def row(case, expected, got):
    print("proxies", case, expected, got, sep="\t", flush=True)


def together(answers):
    """One text if all have the same result."""
    if len(set(answers.values())) == 1:
        return next(iter(answers.values()))
    return "; ".join(f"{kind}: {answer}" for kind, answer in answers.items())


def said(status, times):
    return f"{status}, " + {0: "not handled", 1: "handled once"}.get(times, f"handled {times} times")


def meant(status):
    return said(status, int(status == 202))


class Behind:
    """Two receivers of a kind behind one proxy."""

    def __init__(self, stage, name, kind, receivers):
        self.stage, self.name, self.kind, self.receivers = stage, name, kind, receivers

    def proxy(self, setting, config=None):
        receivers = self.receivers if setting == "recommended" else self.receivers[:1]
        config = config or text(self.name, setting)
        return Proxy(self.stage, self.name, config, [receiver.address for receiver in receivers])

    def handled(self, ids):
        """How often both receivers handled each id. Waits until all of these ids were handled, or until a timeout."""
        first, second = self.receivers
        if first.queued:
            return first.handled_all(ids)
        until = time.monotonic() + 20
        while True:
            handled = first.handled() + second.handled()
            if set(ids) <= set(handled) or time.monotonic() > until:
                return handled
            time.sleep(0.05)

    def answers(self, setting):
        """Posts each case over a new connection, the slow one last. Also counts the bodies that nginx wrote to a file."""
        proxy = self.proxy(setting)
        seen = {}
        for case, kind, chunked, coding, _ in CASES:
            id = re.sub(r"[^A-Za-z0-9]+", "-", f"{self.name}-{setting}-{case}")
            body = self.stage.get(f"bodies/{kind}/{id}")
            seen[case] = id, post(proxy.address, body, chunked, coding)
        seen["slow"] = self.slow(proxy, setting)
        proxy.stop()
        handled = self.handled([id for id, status in seen.values() if status == 202])
        log = proxy.folder / "nginx.log"
        files = log.read_text().count("buffered to a temporary file") if log.exists() else 0
        return {case: said(status, handled[id]) for case, (id, status) in seen.items()}, files

    def slow(self, proxy, setting):
        id = f"{self.name}-{setting}-slow"
        return id, post_slowly(proxy.address, self.stage.get(f"bodies/token/{id}"), SLOW)

    def slow_with(self, setting, after, line):
        proxy = self.proxy(setting, with_line(text(self.name, setting), after, line))
        id, status = self.slow(proxy, line.split("_")[0])
        proxy.stop()
        return said(status, self.handled([id] if status == 202 else [])[id])

    def restarts(self, setting):
        """Posts webhooks while the receivers are restarted, one after the other."""
        proxy = self.proxy(setting)
        prefix = f"{self.name}-{setting}-{self.kind}"
        receivers = self.receivers if setting == "recommended" else self.receivers[:1]
        outcome = post_all(self.stage, proxy.address, prefix, [receiver.restart for receiver in receivers])
        proxy.stop()
        handled = {id: times for id, times in self.handled(outcome.taken).items() if id.startswith(prefix + "-")}
        lost = len(outcome.taken - set(handled))
        twice = sum(times > 1 for times in handled.values())
        counts = f"lost {lost}, handled twice {twice}"
        print(
            f"{self.name}, {setting}, {self.kind}: {WEBHOOKS} posted once, {AT_A_TIME} at a time; "
            f"{len(outcome.taken)} answered 2xx, {len(handled)} handled, {counts}; other answers: {outcome.refused()}",
            file=sys.stderr, flush=True,
        )
        return WEBHOOKS - len(outcome.taken), counts


def check_readme(name):
    """Checks that the README shows the configuration that is tested."""
    language = {"haproxy": "haproxy", "nginx": "nginx", "caddy": "caddyfile"}[name]
    fragments = re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(), re.M | re.S)
    same = fragments == [text(name, "recommended")]
    row(f"{name}: the README's fragment", "the text that is tested", "the text that is tested" if same else "another")


def check_answers(name, behind):
    for setting in SETTINGS:
        answers = {kind: it.answers(setting) for kind, it in behind.items()}
        slow = 202 if (name, setting) in COLLECTS else 408
        for case, *_, status in [*CASES, ("slow", slow)]:
            got = together({kind: seen[case] for kind, (seen, _) in answers.items()})
            row(f"{name}, {setting}: {case}", meant(status), got)
        if name == "nginx":
            expected = "none" if setting == "recommended" else "some"
            got = together({kind: "some" if files else "none" for kind, (_, files) in answers.items()})
            row(f"{name}, {setting}: bodies put into a file", expected, got)
    if name in OTHERWISE:
        setting, after, line, status = OTHERWISE[name]
        got = together({kind: it.slow_with(setting, after, line) for kind, it in behind.items()})
        row(f"{name}, {setting}, {line.strip(';')}: slow", meant(status), got)


def check_connections(stage, name, recorder):
    """Counts the connections to the receiver for twenty webhooks over one connection to the proxy."""
    upstream = recorder.url.split("/")[2]
    for setting in SETTINGS:
        receivers = 2 if setting == "recommended" else 1
        proxy = Proxy(stage, name, text(name, setting), [upstream] * receivers)
        before = recorder.connections()
        assert post_in_turn(proxy.address, b"x" * 1000, 20) == [202] * 20
        connections = recorder.connections() - before
        proxy.stop()
        kept = f"at most {receivers}"
        expected = 20 if (name, setting) in NO_KEEP_ALIVE else kept
        got = kept if connections <= receivers else connections
        row(f"{name}, {setting}: connections to the receivers for 20 webhooks", expected, got)


def check_restarts(name, behind):
    for setting in SETTINGS:
        outcomes = {kind: it.restarts(setting) for kind, it in behind.items()}
        expected = "lost 0, handled twice 0"
        got = together({kind: counts for kind, (_, counts) in outcomes.items()})
        row(f"{name}, {setting}: receivers restarted under load", expected, got)
        if setting == "recommended":
            # Caddy does not retry a request at the other receiver after it reached a stopped one.
            spared = AT_A_TIME if name == "caddy" else 0
            expected = f"at most {spared} a restart" if spared else "none"
            refused = {kind: refused for kind, (refused, _) in outcomes.items()}
            got = {kind: expected if count <= 2 * spared else f"{count}" for kind, count in refused.items()}
            row(f"{name}, {setting}: not answered with 2xx meanwhile", expected, together(got))


def main():
    with Stage() as stage, Recorder() as recorder:
        receivers = {kind: [stage.receiver(kind) for _ in range(2)] for kind in ("axum", "actix")}
        receivers["queue"] = [stage.receiver("queue", tag="queue") for _ in range(2)]
        for name in sys.argv[1:]:
            print(f"{name} …", file=sys.stderr, flush=True)
            check_readme(name)
            behind = {kind: Behind(stage, name, kind, pair) for kind, pair in receivers.items()}
            check_answers(name, behind)
            check_connections(stage, name, recorder)
            check_restarts(name, behind)


if __name__ == "__main__":
    main()
