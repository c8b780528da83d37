"""Posts each case to a receiver on each store with each client, and prints a row for each client and case.

A row passes if both receivers gave the expected answer, and handled the webhook once or not at all, as expected.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from stage import Stage, handled_by  # noqa: E402

from cases import CURL, EVERYBODY  # noqa: E402
from recorder import Recorder  # noqa: E402

HERE = Path(__file__).parent
PYTHON = str(HERE / "venv/bin/python")
NODE = ["node", str(HERE / "clients/node.mjs")]
CLIENTS = {
    "curl": ([sys.executable, str(HERE / "clients/curl.py")], EVERYBODY + CURL),
    **{name: (NODE + [name], EVERYBODY) for name in ("fetch", "undici", "axios", "got")},
    **{
        name: ([PYTHON, str(HERE / "clients/python.py"), name], EVERYBODY)
        for name in ("requests", "httpx", "aiohttp")
    },
}
STORES = ("sqlite", "postgres")


def row(case, expected, got):
    print("senders", case, expected, got, sep="\t", flush=True)


class Client:
    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env={**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
        )

    def post(self, url, file, case):
        request = {"url": url, "file": file, "headers": case.all_headers(), "chunked": case.chunked}
        if case.options:
            request["options"] = case.options
        self.process.stdin.write(json.dumps(request) + "\n")
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.process.args} has ended")
        answer = json.loads(answer)
        return answer.get("status", answer.get("error"))

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()


def got_of(status, times):
    return f"{status}, " + {0: "not handled", 1: "handled once"}.get(times, f"handled {times} times")


def together(answers):
    """One text if both receivers have the same result."""
    if len(set(answers.values())) == 1:
        return next(iter(answers.values()))
    return "; ".join(f"{store}: {answer}" for store, answer in answers.items())


def drive(name, stage, receivers, recorder):
    command, cases = CLIENTS[name]
    client = Client(command)
    differences, recorded, statuses = [], 0, []
    try:
        for case in cases:
            id = re.sub(r"[^A-Za-z0-9]+", "-", f"{name}-{case.name}")
            file = stage.folder / "body"
            file.write_bytes(case.encode(stage.get(f"bodies/{case.kind}/{id}")))
            if case.recorded:
                client.post(recorder.url, str(file), case)
                differences += recorder.differences(case, file)
                recorded += 1
            seen = {
                store: client.post(receivers[store, case.accept].url, str(file), case) for store in STORES
            }
            statuses.append((case, id, seen))
    finally:
        client.stop()
    whole = f"{recorded} requests as their cases say"
    row(f"{name}: what it sends", whole, "; ".join(differences) or whole)
    handled = {
        (store, accept): handled_by(
            [receiver], [id for case, id, seen in statuses if case.accept == accept and seen[store] == 202]
        )
        for (store, accept), receiver in receivers.items()
    }
    for case, id, seen in statuses:
        answers = {store: got_of(seen[store], handled[store, case.accept][id]) for store in STORES}
        row(f"{name}: {case.name}", case.expected(), together(answers))


def main():
    with Stage() as stage, Recorder() as recorder:
        receivers = {
            (store, accept): stage.receiver(stage.store(store), accept)
            for store in STORES for accept in ("tokens", "both")
        }
        for name in sys.argv[1:] or CLIENTS:
            print(f"{name} …", file=sys.stderr, flush=True)
            drive(name, stage, receivers, recorder)
        expected = "content encoding gzip"
        for store in STORES:
            told = any("content encoding" in line and "gzip" in line for line in receivers[store, "tokens"].log())
            row(f"the log on {store} names the coding", expected, expected if told else "no such line")


main()
