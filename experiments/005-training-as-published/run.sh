#!/usr/bin/env bash
# Trains NASNet-A on few images without and with the regularisers of the papers, two seeds each, and prints the accuracies.
# usage: run.sh NAS_BINARY CIFAR10_FOLDER OUTPUT_FOLDER
set -euo pipefail
nas=$1
data=$2
out=$3
mkdir -p "$out"
common=(nasnet-a --cells 1 --filters 8 --data "$data" --train-images 2000 --validation-images 500 --batch 50 --epochs 30
  --learning-rate 0.025 --optimizer momentum --quiet)
arm() { # NAME FLAG...
  local name=$1
  shift
  for seed in 0 1; do
    "$nas" replay "${common[@]}" --seed "$seed" "$@" --out "$out/$name-$seed" >"$out/$name-$seed.txt"
    echo "$name, seed $seed: $(grep 'test accuracy' "$out/$name-$seed.txt")"
  done
}

arm without --schedule constant --cutout none
arm with --schedule cosine --cutout 16 --drop-path-keep 0.6 --auxiliary-weight 0.4
arm cosine --schedule cosine --cutout none
