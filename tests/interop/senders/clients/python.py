"""Posts webhooks with a Python HTTP client: python.py requests|httpx|aiohttp.

Each line of standard input is a request, `{"url", "file", "headers", "chunked"}`; each line of standard output its
answer, `{"status"}` or `{"error"}`.
"""

import asyncio
import atexit
import json
import sys
from pathlib import Path

# Moneyhub's timeout is 5 seconds.
LIMIT = 5


def chunks(file):
    with open(file, "rb") as source:
        while chunk := source.read(16384):
            yield chunk


def with_requests():
    import requests

    session = requests.Session()

    def post(url, file, headers, chunked):
        body = chunks(file) if chunked else Path(file).read_bytes()
        return session.post(url, data=body, headers=headers, timeout=LIMIT).status_code

    return post


def with_httpx():
    import httpx

    client = httpx.Client(timeout=LIMIT)

    def post(url, file, headers, chunked):
        body = chunks(file) if chunked else Path(file).read_bytes()
        return client.post(url, content=body, headers=headers).status_code

    return post


def with_aiohttp():
    import aiohttp

    loop = asyncio.new_event_loop()

    async def session():
        # aiohttp must not add a content type if the case has none.
        return aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=LIMIT), skip_auto_headers=["Content-Type"]
        )

    client = loop.run_until_complete(session())
    atexit.register(lambda: loop.run_until_complete(client.close()))

    async def lazily(file):
        for chunk in chunks(file):
            yield chunk

    async def send(url, file, headers, chunked):
        body = lazily(file) if chunked else Path(file).read_bytes()
        async with client.post(url, data=body, headers=headers) as answer:
            await answer.read()
            return answer.status

    return lambda **request: loop.run_until_complete(send(**request))


CLIENTS = {"requests": with_requests, "httpx": with_httpx, "aiohttp": with_aiohttp}

if __name__ == "__main__":
    post = CLIENTS[sys.argv[1]]()
    for line in sys.stdin:
        try:
            answer = {"status": post(**json.loads(line))}
        except Exception as error:  # any error of the client, such as a closed connection
            answer = {"error": type(error).__name__}
        print(json.dumps(answer), flush=True)
