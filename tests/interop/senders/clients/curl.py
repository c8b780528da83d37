"""Posts webhooks with curl, like the other clients here. A request is one line, `{"url", "file", "headers", "chunked"}`
and optionally `"options"` for curl. Its answer is one line, `{"status"}` or `{"error"}`.
"""

import json
import subprocess
import sys

for line in sys.stdin:
    request = json.loads(line)
    headers = dict(request["headers"])
    # By default, curl sends the type of a form.
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
    # The status counts even if curl reports that it could not send the whole body.
    if done.stdout not in ("", "000"):
        answer = {"status": int(done.stdout)}
    else:
        answer = {"error": f"curl {done.returncode}"}
    print(json.dumps(answer), flush=True)
