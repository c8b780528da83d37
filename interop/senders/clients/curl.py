"""Posts webhooks by curl, as the other clients here do: a request a line, `{"url", "file", "headers", "chunked"}` and
perhaps `"options"` of curl; `{"status"}` or `{"error"}` a line is the answer.
"""

import json
import subprocess
import sys

for line in sys.stdin:
    request = json.loads(line)
    headers = dict(request["headers"])
    # Without a line for it, curl says that a body is a form.
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = ""
    if request["chunked"]:
        headers["Transfer-Encoding"] = "chunked"
    command = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--max-time", "5"]
    command += request.get("options", [])
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}" if value else f"{name}:"]
    command += ["--data-binary", "@" + request["file"], request["url"]]
    done = subprocess.run(command, capture_output=True, text=True)
    # The status counts even where curl complains that it could not send all of the body.
    if done.stdout not in ("", "000"):
        answer = {"status": int(done.stdout)}
    else:
        answer = {"error": f"curl {done.returncode}"}
    print(json.dumps(answer), flush=True)
