#!/usr/bin/env bash
# One search with each controller on real CIFAR-10, the same space, recipe, budget and window.
# usage: search.sh NAS_BINARY CIFAR10_FOLDER OUT_FOLDER
set -euo pipefail
nas=$1 data=$2 out=$3
mkdir -p "$out"
for controller in random evolution rl; do
  settings=(--controller "$controller" --space nasnet --cells 1 --filters 8 --evaluations 40 --window 2 --seed 1
    --epochs 1 --train-images 3200 --batch 32 --learning-rate 0.05 --data "$data" --workers 2 --threads 1)
  if [ "$controller" = evolution ]; then settings+=(--population 10 --sample-size 4); fi
  "$nas" search "${settings[@]}" --out "$out/$controller"
done
