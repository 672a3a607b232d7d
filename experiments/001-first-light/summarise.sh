#!/usr/bin/env bash
# Mean, spread and best of the rewards in journals: over all candidates, the first ten and the last twenty.
# usage: summarise.sh JOURNAL...
set -euo pipefail
for journal in "$@"; do
  sed -nE 's/.*"index":([0-9]+),.*"reward":([0-9.]+).*/\1 \2/p' "$journal" | awk -v name="$journal" '
    function show(label, from, to,   i, n, total, squares, best, mean) {
      n = total = squares = best = 0
      for (i = from; i <= to; i++) if (i in r) { n++; total += r[i]; squares += r[i] ^ 2; if (r[i] > best) best = r[i] }
      mean = total / n
      printf "  %-12s n %2d  mean %.4f  sd %.4f  best %.4f\n", label, n, mean, sqrt((squares - n * mean ^ 2) / (n - 1)), best
    }
    { r[$1] = $2; if ($1 > last) last = $1 }
    END { print name; show("all", 0, last); show("first ten", 0, 9); show("last twenty", last - 19, last) }'
done
