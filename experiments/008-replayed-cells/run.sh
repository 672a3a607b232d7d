#!/usr/bin/env bash
# Trains five pairs of cells in the same way with two seeds, the seeds side by side on one thread each, and prints the
# test accuracies. What is there already goes on where it was stopped.
# usage: run.sh NAS_BINARY CIFAR10_FOLDER OUT_FOLDER
set -euo pipefail
nas=$1 data=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"

lane() { # SEED
  for cells in nasnet-a "$here/evolution.json" "$here/random.json" "$here/rl.json" amoebanet-a; do
    local run
    run="$out/$(basename "$cells" .json)-$1"
    if [ -e "$run/result.json" ]; then
      continue
    elif [ -e "$run/replay.json" ]; then
      "$nas" resume "$run" --quiet
    else
      "$nas" replay "$cells" --cells 1 --filters 16 --epochs 10 --train-images 15000 --data "$data" --seed "$1" --threads 1 \
        --quiet --out "$run"
    fi
  done
}

lane 0 &
lane 1
wait $!
