#!/usr/bin/env bash
# Mean, spread and best of the rewards in journals: over all candidates, the first ten and the last twenty; and Welch's t
# of the last twenty against those of the first journal.
# usage: summarise.sh JOURNAL...
set -euo pipefail
for journal in "$@"; do
  sed -nE 's/.*"index":([0-9]+),.*"reward":([0-9.]+).*/\1 \2/p' "$journal" | sed "s|^|$journal |"
done | awk '
  function show(label, from, to,   i, n, total, squares, best) {
    n = total = squares = best = 0
    for (i = from; i <= to; i++) if ((name, i) in r) {
      n++; total += r[name, i]; squares += r[name, i] ^ 2; if (r[name, i] > best) best = r[name, i]
    }
    mean = total / n; variance = (squares - n * mean ^ 2) / (n - 1)
    printf "  %-12s n %2d  mean %.4f  sd %.4f  best %.4f\n", label, n, mean, sqrt(variance), best
  }
  { r[$1, $2] = $3; if (!($1 in last)) order[++runs] = $1; if ($2 >= last[$1]) last[$1] = $2 }
  END {
    for (k = 1; k <= runs; k++) {
      name = order[k]; print name
      show("all", 0, last[name]); show("first ten", 0, 9); show("last twenty", last[name] - 19, last[name])
      if (k == 1) { mean0 = mean; variance0 = variance }
      else printf "  last twenty against %s: %+.4f, t %.1f\n", order[1], mean - mean0, (mean - mean0) / sqrt((variance + variance0) / 20)
    }
  }'
