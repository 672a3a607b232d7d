#!/usr/bin/env python3
"""Chooses candidates of searches across the range of their rewards: prints RUN#INDEX, best first.

All measured candidates of all runs are ordered by their reward, of each architecture the first alone; taken are those at
equal steps of rank, the best and the worst included. It needs nothing but Python's standard library.

usage: choose.py COUNT RUN...
"""
import json
import pathlib
import sys


def candidates(run):
    for line in (pathlib.Path(run) / "journal.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["event"] == "candidate" and "reward" in record and "duplicateOf" not in record:
            yield record["reward"], record["fingerprint"], run, record["index"]


def main():
    count, runs = int(sys.argv[1]), sys.argv[2:]
    first = {}
    for reward, fingerprint, run, index in sorted(
        (c for run in runs for c in candidates(run)), key=lambda c: (c[2], c[3])
    ):
        first.setdefault(fingerprint, (reward, run, index))
    ordered = sorted(first.values(), key=lambda c: (-c[0], c[1], c[2]))
    if len(ordered) < count:
        sys.exit(f"choose.py: {count} different candidates are wanted, but the runs have {len(ordered)}")
    for step in range(count):
        place = round(step * (len(ordered) - 1) / max(1, count - 1))
        print(f"{ordered[place][1]}#{ordered[place][2]}")


if __name__ == "__main__":
    main()
