#!/usr/bin/env bash
# Trains ten candidates of the searches ten times as long as the searches did, with everything else as recorded there, and
# correlates the two accuracies. A training that is there already is resumed, or left alone when it is finished.
# usage: long.sh NAS_BINARY CIFAR10_FOLDER OUT_FOLDER RUN…
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
nas=$1 data=$2 out=$3
shift 3
mkdir -p "$out"
# The recorded recipe as flags of nas replay.
recipe=$(python3 - "$1/run.json" <<'P'
import json, sys
run = json.load(open(sys.argv[1]))
skeleton, plan = run["skeleton"], run["training"]
flags = {
    "cells": skeleton["cells"], "filters": skeleton["filters"], "epochs": 10 * plan["epochs"], "batch": plan["batch"],
    "train-images": plan.get("trainingImages", "all"), "validation-images": plan.get("validationImages", 5000),
    "learning-rate": plan["learningRate"], "weight-decay": plan["weightDecay"], "clip-norm": plan["clipNorm"],
    "cutout": plan["augmentation"].get("cutout", "none"), "split-seed": run["splitSeed"],
}
print(" ".join(f"--{key} {value}" for key, value in flags.items()))
P
)
chosen=$("$here/choose.py" 10 "$@")
replays=()
while read -r candidate; do
  name=$(basename "${candidate%#*}")-${candidate#*#}
  replays+=("$out/$name")
  if [ -e "$out/$name/result.json" ]; then continue; fi
  if [ -e "$out/$name/replay.json" ]; then
    "$nas" resume "$out/$name" < /dev/null
  else
    # shellcheck disable=SC2086
    "$nas" replay "$candidate" $recipe --data "$data" --out "$out/$name" < /dev/null
  fi
done <<< "$chosen"
"$nas" correlate "${replays[@]}" --json > "$out/correlation.json"
"$nas" correlate "${replays[@]}"
