"""Posts many webhooks through a proxy, each once, while the receivers behind it are restarted."""

import http.client
import threading
import time
from dataclasses import dataclass, field

WEBHOOKS = 2000
AT_A_TIME = 16
A_SECOND = 250


@dataclass
class Outcome:
    taken: set = field(default_factory=set)  # ids that were answered with 2xx
    other: dict = field(default_factory=dict)  # the number of other answers, and of missing ones

    def refused(self):
        return ", ".join(f"{count} {answer}" for answer, count in sorted(self.other.items())) or "none"


def post_all(stage, address, prefix, restarts):
    """Posts tokens with the ids PREFIX-0, PREFIX-1 and so on. Calls `restarts` in turn, half of the duration apart."""
    tokens = stage.get(f"tokens/{prefix}/{WEBHOOKS}").split()
    assert len(tokens) == WEBHOOKS
    queue = iter(enumerate(tokens))
    lock = threading.Lock()
    outcome = Outcome()
    marks = {WEBHOOKS // 4 + WEBHOOKS // 2 * turn: restart for turn, restart in enumerate(restarts)}
    began = time.monotonic()
    restarting, failures = [], []

    def guarded(call):
        try:
            call()
        except Exception as failure:
            failures.append(failure)

    def post():
        connection = http.client.HTTPConnection(address, timeout=5)
        while True:
            with lock:
                number, token = next(queue, (None, None))
                if number in marks:
                    thread = threading.Thread(target=guarded, args=[marks[number]])
                    restarting.append(thread)
                    thread.start()
            if number is None:
                return connection.close()
            time.sleep(max(0, began + number / A_SECOND - time.monotonic()))
            try:
                connection.request("POST", "/webhooks", token, {"Content-Type": "application/secevent+jwt"})
                answer = connection.getresponse()
                answer.read()
                status = answer.status
            except (OSError, http.client.HTTPException):
                status = "unanswered"
                connection.close()
            with lock:
                if status in range(200, 300):
                    outcome.taken.add(f"{prefix}-{number}")
                else:
                    outcome.other[str(status)] = outcome.other.get(str(status), 0) + 1

    posters = [threading.Thread(target=guarded, args=[post]) for _ in range(AT_A_TIME)]
    for thread in posters:
        thread.start()
    for thread in posters + restarting:
        thread.join()
    if failures:
        raise failures[0]
    return outcome
