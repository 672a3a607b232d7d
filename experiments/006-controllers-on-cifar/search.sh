#!/usr/bin/env bash
# The searches of the experiment: random, evolution and rl with three seeds, seed by seed, so that whatever is finished can
# be compared. What is there already goes on where it was stopped.
# usage: search.sh NAS_BINARY CIFAR10_FOLDER OUT_FOLDER
set -uo pipefail
nas=$1 data=$2 out=$3
mkdir -p "$out"
for seed in 1 2 3; do
  for controller in random evolution rl; do
    run="$out/$controller-$seed"
    if [ -e "$run/journal.jsonl" ]; then
      "$nas" resume "$run"
    else
      settings=(--controller "$controller" --space nasnet --cells 1 --filters 8 --evaluations 100 --window 4 --seed "$seed"
        --epochs 1 --train-images 1200 --validation-images 1000 --batch 16 --learning-rate 0.05 --data "$data" --workers 2 --threads 1)
      if [ "$controller" = evolution ]; then settings+=(--population 20 --sample-size 5); fi
      "$nas" search "${settings[@]}" --out "$run"
    fi
  done
done
