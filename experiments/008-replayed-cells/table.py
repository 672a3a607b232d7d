#!/usr/bin/env python3
"""Prints the test accuracies of the replays: a row for each pair of cells, best mean first. It needs nothing but Python.

usage: table.py FOLDER, with CELLS-SEED/result.json as run.sh writes them, or CELLS-SEED.json
"""
import collections
import json
import pathlib
import sys


def main():
    folder = pathlib.Path(sys.argv[1])
    rows = collections.defaultdict(list)
    for file in sorted([*folder.glob("*-[0-9]/result.json"), *folder.glob("*-[0-9].json")]):
        name = (file.parent.name if file.name == "result.json" else file.stem).rpartition("-")[0]
        rows[name].append(json.loads(file.read_text()))
    print("| cells | parameters | multiply-adds | test accuracy by seed | mean |\n|---|---|---|---|---|")
    for name, results in sorted(rows.items(), key=lambda row: -sum(r["test"]["share"] for r in row[1]) / len(row[1])):
        shares = [100 * result["test"]["share"] for result in results]
        first = results[0]
        print(f"| {name} | {first['parameters']:,} | {first['multiplyAdds'] / 1e6:.1f} M | "
              f"{', '.join(f'{share:.2f}' for share in shares)} | {sum(shares) / len(shares):.2f} |")


main()
