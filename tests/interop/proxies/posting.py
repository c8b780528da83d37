"""Writes requests to a socket byte by byte as specified."""

import http.client
import select
import socket

# Moneyhub's timeout is 5 seconds.
LIMIT = 5


def head(address, lines):
    lines = ["POST /webhooks HTTP/1.1", f"Host: {address}", "Content-Type: application/secevent+jwt", *lines]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def connect(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=LIMIT)


def status_of(connection):
    """The status of the final answer, or how the connection failed."""
    received = b""
    try:
        while b"\r\n\r\n" not in received:
            piece = connection.recv(4096)
            if not piece:
                return "closed"
            received += piece
    except TimeoutError:
        return "no answer"
    except OSError as error:
        return type(error).__name__
    return int(received.split(b" ", 2)[1])


def post(address, body, chunked, coding):
    lines = [f"Content-Encoding: {coding}"] if coding else []
    lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}")
    if chunked:
        pieces = [body[at : at + 10_000] for at in range(0, len(body), 10_000)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    with connect(address) as connection:
        try:
            connection.sendall(head(address, lines) + body)
        except OSError:
            pass  # the server may answer before it has read everything
        return status_of(connection)


def post_in_turn(address, body, times):
    """Posts a body several times over one connection, and returns the statuses."""
    connection = http.client.HTTPConnection(address, timeout=LIMIT)
    statuses = []
    for _ in range(times):
        connection.request("POST", "/webhooks", body)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    return statuses


def post_slowly(address, body, seconds):
    """Posts half of a body, and the rest after a pause, unless there is an answer before."""
    half = len(body) // 2
    with connect(address) as connection:
        connection.sendall(head(address, [f"Content-Length: {len(body)}"]) + body[:half])
        if not select.select([connection], [], [], seconds)[0]:
            connection.sendall(body[half:])
        return status_of(connection)
