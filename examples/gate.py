#!/usr/bin/env python3
"""A gate: keeps every code it reads on its own disk, and sends it to vaora when the network allows.

    VAORA_TOKEN=... python3 gate.py https://vaora.example.org in queue.db

Codes come by standard input, one a line, as a scanner that types gives them. A scan is on disk before
`kept` is printed, so the gate may open then, or wait for the server's answer, which is printed when it
comes. What was kept before a power cut is sent after it; what was sent twice is recorded once, because
the id is made when the code is read and never changes. Python 3.9, nothing else.
"""
import json
import os
import random
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request

BATCH = 500  # of at most 10,000 that the server takes
PATIENCE = 10  # seconds for an answer


def open_queue(path):
    """A table of scans that nobody acknowledged. Their numbers are never used twice: a number that never arrives shows the server that something is lost."""
    queue = sqlite3.connect(path, isolation_level=None, timeout=30)
    queue.execute("pragma journal_mode = wal")
    queue.execute("pragma synchronous = full")
    queue.execute("create table if not exists scans (seq integer primary key autoincrement, id text, code text, direction text)")
    return queue


def uuid7():
    """An id that is the time of reading, in milliseconds, and 74 random bits (RFC 9562)."""
    value = time.time_ns() // 1_000_000 << 80 | 7 << 76 | random.getrandbits(12) << 64
    text = f"{value | 2 << 62 | random.getrandbits(62):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def send(url, token, scans):
    """The server's answers, one a scan, in the order sent."""
    body = json.dumps({"sent_at": time.time_ns() // 1_000_000, "scans": scans}).encode()
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    request = urllib.request.Request(url + "/api/v1/scans", body, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        results = json.load(answer)["results"]
    if [one["id"] for one in results] != [one["id"] for one in scans]:
        raise OSError("answers to other scans")
    return results


def drain(url, token, path, ended):
    """Sends what waits, oldest first, until the input has ended and nothing waits any more."""
    queue, pause = open_queue(path), 1
    while True:
        rows = queue.execute("select seq, id, code, direction from scans order by seq limit ?", (BATCH,))
        scans = [dict(zip(("seq", "id", "code", "direction"), row)) for row in rows]
        if not scans and ended.is_set():
            return
        if not scans:
            time.sleep(0.05)
            continue
        try:
            results = send(url, token, scans)
        except OSError as error:  # no network, no answer, or an answer that is none: it all stays here
            print(f"{error}: {len(scans)} scans or more wait", file=sys.stderr)
            if ended.is_set() and pause >= 8:
                return  # what waits is sent by the next start
            asked = getattr(error, "headers", None) or {}
            time.sleep(max(pause * random.uniform(0.5, 1), int(asked.get("Retry-After") or 0)))
            pause = min(pause * 2, 30)
            continue
        queue.execute("delete from scans where seq <= ?", (scans[-1]["seq"],))
        for one in results:
            print(json.dumps(one), flush=True)
        pause = 1


def main():
    _, url, direction, path = sys.argv
    queue, ended = open_queue(path), threading.Event()
    sender = threading.Thread(target=drain, args=(url, os.environ["VAORA_TOKEN"], path, ended))
    sender.start()
    try:
        for code in map(str.strip, sys.stdin):
            if code:
                scan = (uuid7(), code, direction)
                queue.execute("insert into scans (id, code, direction) values (?, ?, ?)", scan)
                print(scan[0], "kept", flush=True)
    finally:
        ended.set()
        sender.join()


if __name__ == "__main__":
    main()
