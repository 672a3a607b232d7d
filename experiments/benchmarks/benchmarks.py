#!/usr/bin/env python3
"""Measures the engine, beside PyTorch where there is something to compare. Every round of every side is a process of its own, the
sides take turns, and each command prints its rounds and then medians, of ratios over the rounds.

  benchmarks.py NAS engine GENOTYPE [--modes channels_last compile_cl]   training steps against PyTorch
  benchmarks.py NAS random [--seeds 1-20] [--csv FILE]                   random cells of both spaces against PyTorch
  benchmarks.py NAS candidate GENOTYPE --data DIR [--compile]            whole candidates against PyTorch
  benchmarks.py NAS memory GENOTYPE                                      peak memory of training against PyTorch
  benchmarks.py NAS growth [--candidates 200]                            memory of one worker over many candidates
  benchmarks.py NAS filters GENOTYPE                                     cost of a multiply-add at other widths
  benchmarks.py NAS threads GENOTYPE                                     one and two threads
  benchmarks.py NAS workers GENOTYPE                                     one and two workers of one thread, whole candidates
  benchmarks.py NAS processes GENOTYPE                                   one and two processes of one thread, steps alone
  benchmarks.py NAS instructions GENOTYPE                                other instruction sets
  benchmarks.py NAS precision GENOTYPE                                   activations in float32 and in bf16

NAS is the built program. Against PyTorch: --python with torch, --peer PEER.py, which knows `bench GENOTYPE --cells --filters --batch
--threads --modes --reps` and prints JSON lines with "images_per_s"; see pytorch_process.py for what else it has. GENOTYPE is a file.
"""
import argparse, csv, json, os, pathlib, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).parent


def run(*command, **environment):
    """Runs a command and returns the JSON object on the last line, or over all lines, of its output."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, env={**os.environ, **environment}, check=True)
    text = done.stdout.decode()
    return json.loads(text if text.startswith("{\n") else text.strip().splitlines()[-1])


def network(a, **changed):
    values = {"cells": a.cells, "filters": a.filters, "batch": a.batch, "threads": a.threads, **changed}
    return [f"--{key}={value}" for key, value in values.items()]


def ours(a, genotype, environment={}, **changed):
    return run(a.nas, "bench", "engine", genotype, *network(a, **changed), "--steps", a.steps, "--json", **environment)


def theirs(a, genotype, mode):
    return run(a.python, a.peer, "bench", genotype, *network(a), "--modes", mode, "--reps", a.steps)


def rounds(a, sides):
    """Measures every side once a round, printing as it goes; returns the rounds by side."""
    found = {name: [] for name in sides}
    for number in range(1, a.rounds + 1):
        for name, measure in sides.items():
            found[name].append(measure())
        print(f"round {number}: " + ", ".join(f"{name} {values[-1]:.4g}" for name, values in found.items()), flush=True)
    return found


def compare(found, unit, least=True):
    """Prints every side's median, and the median of the rounds' ratios to the first side; `least`: whether less is better.

    The sides of a round are measured within seconds of each other; a machine that is shared changes its speed within minutes, so
    that medians of different sides may be of different times."""
    first, base = next(iter(found.items()))
    print(f"median {first}: {statistics.median(base):.4g} {unit}")
    for name, values in list(found.items())[1:]:
        ratios = [value / other if least else other / value for value, other in zip(values, base)]
        print(f"median {name}: {statistics.median(values):.4g} {unit}; {first} is {statistics.median(ratios):.2f} times as good "
              f"(median of {len(ratios)} rounds, {min(ratios):.2f} to {max(ratios):.2f})")


def engine(a):
    sides = {"ours": lambda: ours(a, a.genotype)["imagesPerSecond"]}
    for mode in a.modes:
        sides[mode] = lambda mode=mode: theirs(a, a.genotype, mode)["images_per_s"]
    compare(rounds(a, sides), "images/s", least=False)


def random(a):
    first, last = (int(n) for n in a.seeds.split("-"))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for space in a.spaces:
            for seed in range(first, last + 1):
                print(f"{space} {seed}", flush=True)
                drawn = run(a.nas, "sample", f"--space={space}", f"--seed={seed}", f"--cells={a.cells}",
                            f"--filters={a.filters}", "--out", folder, "--json")["samples"][0]
                found = rounds(a, {
                    "ours": lambda: ours(a, drawn["file"])["imagesPerSecond"],
                    "PyTorch": lambda: theirs(a, drawn["file"], "channels_last")["images_per_s"]})
                ratio = statistics.median(mine / other for mine, other in zip(found["ours"], found["PyTorch"]))
                rows.append([space, seed, drawn["multiplyAdds"], round(statistics.median(found["ours"]), 1),
                             round(statistics.median(found["PyTorch"]), 1), round(ratio, 2)])
    head = ["space", "seed", "multiply-adds", "images/s", "PyTorch eager channels_last", "ratio"]
    if a.csv:
        with open(a.csv, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head] + rows)
    print("\n" + "\n".join(f"| {' | '.join(str(c) for c in row)} |" for row in [head, ["---"] * len(head)] + rows))
    for space in a.spaces:
        ratios = [row[-1] for row in rows if row[0] == space]
        print(f"\n{space}: ratio least {min(ratios)}, median {statistics.median(ratios):.2f}, most {max(ratios)}")


def candidate(a):
    process = [a.python, HERE / "pytorch_process.py", a.peer, "candidate", a.genotype, *network(a), "--data", a.data]
    sides = {
        "ours": lambda: run(a.nas, "bench", "candidate", a.genotype, *network(a), "--data", a.data, "--json")["seconds"],
        "channels_last": lambda: run(*process)["seconds"]}
    if a.compile:
        # A search's candidates are new to the compiler: what it remembers of an earlier round must not help it.
        sides["compiled"] = lambda: run(*process, "--compile", TORCHINDUCTOR_FORCE_DISABLE_CACHES="1")["seconds"]
    compare(rounds(a, sides), "s")


def memory(a):
    process = [a.python, HERE / "pytorch_process.py", a.peer, "memory", a.genotype, *network(a)]
    compare(rounds(a, {
        "ours": lambda: ours(a, a.genotype)["peakBytes"] / 2**20,
        "channels_last": lambda: run(*process)["peak_bytes"] / 2**20}), "MB")


def resident(process):
    """The resident bytes of a process, 0 when it is gone."""
    try:
        with open(f"/proc/{process}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


def children(process):
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == process:
                found.append(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def growth(a):
    """One worker, candidates of a space whose sixteen networks are nearly alike, so that their peaks can be compared."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "space.json").write_text('{"name": "alike", "operations": ["sep_conv_5x5"], "blocks": 1}')
        search = subprocess.Popen(
            [a.nas, "search", "--space", folder / "space.json", "--controller", "random", "--duplicates", "reevaluate",
             "--dataset", "synthetic", "--synthetic-images", "1000", "--epochs", "1", f"--cells={a.cells}",
             f"--filters={a.filters}", f"--batch={a.batch}", f"--threads={a.threads}", "--workers", "1",
             "--evaluations", str(a.candidates), "--out", folder / "run", "--quiet"], stdout=subprocess.DEVNULL)
        journal, peaks, worker = folder / "run" / "journal.jsonl", [0] * (a.candidates + 1), None
        while search.poll() is None:
            if worker is None or not resident(worker):
                worker = next(iter(children(search.pid)), None)
            elif journal.exists():
                finished = journal.read_text().count('"event":"candidate"')
                peaks[min(finished, a.candidates)] = max(peaks[min(finished, a.candidates)], resident(worker))
            time.sleep(0.01)
    if search.returncode:
        sys.exit(f"the search ended with {search.returncode}")
    tenth = max(a.candidates // 10, 1)
    for first in range(0, a.candidates, tenth):
        print(f"candidates {first} to {first + tenth - 1}: most {max(peaks[first:first + tenth]) / 2**20:.1f} MB")
    # The first tenth is left out: there the worker still meets its sixteen networks for the first time.
    half = a.candidates // 2
    grown = max(peaks[half:a.candidates]) - max(peaks[tenth:half])
    print(f"growth from the first half to the second: {grown / 2**20:.2f} MB")


def filters(a):
    def cost(width):
        found = ours(a, a.genotype, filters=width)
        return 1e12 * found["medianSeconds"] / a.batch / found["multiplyAdds"]
    compare(rounds(a, {f"F {f}": lambda f=f: cost(f) for f in [16, 8, 12, 24, 44]}), "ps a multiply-add")


def threads(a):
    compare(rounds(a, {
        "2 threads": lambda: ours(a, a.genotype, threads=2)["imagesPerSecond"],
        "1 thread": lambda: ours(a, a.genotype, threads=1)["imagesPerSecond"]}), "images/s", least=False)


def together(command, count, figure):
    """The sum of a figure over so many processes at once."""
    running = [subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE) for _ in range(count)]
    return sum(json.loads(process.communicate()[0])[figure] for process in running)


def workers(a):
    command = [a.nas, "bench", "candidate", a.genotype, *network(a, threads=1), "--images", "5000",
               "--validation-images", "2500", "--rounds", "2", "--json"]
    compare(rounds(a, {
        "2 workers": lambda: together(command, 2, "candidatesPerHour"),
        "1 worker": lambda: together(command, 1, "candidatesPerHour")}), "candidates/h", least=False)


def processes(a):
    command = [a.nas, "bench", "engine", a.genotype, *network(a, threads=1), "--steps", a.steps, "--json"]
    compare(rounds(a, {
        "2 processes": lambda: together(command, 2, "imagesPerSecond"),
        "1 process": lambda: together(command, 1, "imagesPerSecond")}), "images/s", least=False)


def instructions(a):
    compare(rounds(a, {
        name: lambda name=name: ours(a, a.genotype, environment={"NAS_MAX_ISA": name} if name != "best" else {})["imagesPerSecond"]
        for name in ["best", "avx2", "baseline"]}), "images/s", least=False)


def precision(a):
    command = [a.nas, "bench", "engine", a.genotype, *network(a), "--steps", a.steps, "--json"]
    compare(rounds(a, {
        name: lambda name=name: run(*command, "--precision", name)["imagesPerSecond"]
        for name in ["bf16", "float32"]}), "images/s", least=False)


def main():
    commands = [engine, random, candidate, memory, growth, filters, threads, workers, processes, instructions, precision]
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("nas")
    p.add_argument("what", choices=[c.__name__ for c in commands])
    p.add_argument("genotype", nargs="?")
    p.add_argument("--python")
    p.add_argument("--peer")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--steps", type=int, default=10, help="timed training steps of a round")
    p.add_argument("--cells", type=int, default=1)
    p.add_argument("--filters", type=int, default=16)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--modes", nargs="+", default=["channels_last", "compile_cl"])
    p.add_argument("--spaces", nargs="+", default=["nasnet", "amoebanet"])
    p.add_argument("--seeds", default="1-20")
    p.add_argument("--csv")
    p.add_argument("--data")
    p.add_argument("--compile", action="store_true")
    p.add_argument("--candidates", type=int, default=200)
    a = p.parse_args()
    if a.what not in ("random", "growth") and not a.genotype:
        p.error(f"{a.what} needs a genotype")
    if a.what in ("engine", "random", "candidate", "memory") and not (a.python and a.peer):
        p.error(f"{a.what} needs --python and --peer")
    if a.what == "candidate" and not a.data:
        p.error("candidate needs --data")
    next(c for c in commands if c.__name__ == a.what)(a)


main()
