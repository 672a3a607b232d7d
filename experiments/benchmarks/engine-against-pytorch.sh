#!/usr/bin/env bash
# Training steps of one network, ours and PyTorch's in turn, each in a process of its own; prints images/s of every round.
# usage: engine-against-pytorch.sh NAS_BINARY PYTHON PEER.py GENOTYPE.json [ROUNDS] [CELLS] [FILTERS] [BATCH] [THREADS]
# PEER.py must know: bench GENOTYPE --cells --filters --batch --threads --modes channels_last, printing "images_per_s".
set -euo pipefail
nas=$1 python=$2 peer=$3 genotype=$4
rounds=${5:-5} cells=${6:-1} filters=${7:-16} batch=${8:-64} threads=${9:-2}
network=(--cells "$cells" --filters "$filters" --batch "$batch" --threads "$threads")
for ((round = 1; round <= rounds; round++)); do
  ours=$("$nas" bench engine "$genotype" "${network[@]}" --steps 10 --json |
    sed -nE 's/.*"imagesPerSecond" : ([0-9.]+).*/\1/p')
  theirs=$("$python" "$peer" bench "$genotype" "${network[@]}" --modes channels_last --reps 10 |
    sed -nE 's/.*"images_per_s": ([0-9.]+).*/\1/p')
  echo "round $round: ours $ours, PyTorch eager channels_last $theirs, ratio $(awk "BEGIN { print $ours / $theirs }")"
done
