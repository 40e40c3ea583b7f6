"""A small orchestrator for the old way and ours. It plays tracks in parallel, with one thread for each.

Reads one JSON command per line from standard input and writes one line for each:
{"plays": [...], "stagger_ms": 0, "keep": FILE or null} plays all to their ends at full speed, and writes the bytes of
the first to the file. {"listen": [...], ...} plays in real time (listeners.py). A play is {"command": [...]}, which
reads the output of a subprocess, or {"url": ..., "body": ...}, which reads a response of the service.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
import urllib.parse

from listeners import listen

READ_BYTES = 65536


def of_subprocess(play):
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(play["command"], bufsize=0, **pipes) as child:
        while chunk := child.stdout.read(READ_BYTES):
            yield chunk
    if child.returncode != 0:
        raise RuntimeError(f"{play['command'][0]} exited with {child.returncode}")


def of_service(play, headers):
    url = urllib.parse.urlsplit(play["url"])
    connection = http.client.HTTPConnection(url.hostname, url.port)
    try:
        connection.request("POST", url.path, play["body"], {"content-type": "application/json"})
        answer = connection.getresponse()
        headers.update({name.lower(): value for name, value in answer.getheaders()})
        if answer.status != 200:
            raise RuntimeError(f"the service responded with {answer.status}: {answer.read()[:300]}")
        while chunk := answer.read1(READ_BYTES):
            yield chunk
    finally:
        connection.close()


def play_one(play, keep):
    outcome = {"bytes": 0, "cache_status": None, "error": None}
    headers = {}
    try:
        with open(keep or "/dev/null", "wb") as kept:
            for chunk in of_subprocess(play) if "command" in play else of_service(play, headers):
                outcome["bytes"] += len(chunk)
                if keep:
                    kept.write(chunk)
    except Exception as error:  # Reports every failure to the bench.
        outcome["error"] = repr(error)
    outcome["cache_status"] = headers.get("cache-status")
    return outcome


def play_all(plays, stagger_ms, keep):
    outcomes = [None] * len(plays)

    def run(index):
        outcomes[index] = play_one(plays[index], keep if index == 0 else None)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(plays))]
    for thread in threads:
        thread.start()
        if stagger_ms > 0:
            time.sleep(stagger_ms / 1000)
    for thread in threads:
        thread.join()
    return outcomes


for line in sys.stdin:
    command = json.loads(line)
    if "listen" in command:
        answer = listen(command["listen"], command["gap_ms"], command["keep"])
    else:
        answer = play_all(command["plays"], command["stagger_ms"], command["keep"])
    print(json.dumps(answer), flush=True)
