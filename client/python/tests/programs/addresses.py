"""Reads address policies with addresses as JSON lines, and prints which addresses are allowed."""

from __future__ import annotations

import json
import sys

from ffmpeg_functions.sources.address_policy import AddressPolicy

for line in sys.stdin:
    question = json.loads(line)
    try:
        policy = AddressPolicy(question["allowed"], question["denied"], question["ports"])
        print(json.dumps([policy.allows(ip, port) for ip, port in question["addresses"]]))
    except ValueError:
        print("null")
