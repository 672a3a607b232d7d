"""The PyTorch side of a benchmark in a process of its own; prints one JSON line.

  pytorch_process.py PEER.py candidate GENOTYPE.json --data DIR [--compile]   seconds from the genotype to the accuracy
  pytorch_process.py PEER.py memory GENOTYPE.json                             by how much the process grows in training

PEER.py defines Network(genotype, cells, filters) and train(network, settings); run with `count GENOTYPE.json` it does nothing
that matters, which is how its functions are loaded.
"""
import argparse, contextlib, importlib.util, io, json, sys, time


def status(key):
    """A line of /proc/self/status in bytes."""
    with open("/proc/self/status") as lines:
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith(key + ":"))


def load(path, genotype, threads):
    arguments, sys.argv = sys.argv, [path, "count", genotype, "--threads", str(threads)]
    spec = importlib.util.spec_from_file_location("peer", path)
    peer = importlib.util.module_from_spec(spec)
    sys.modules["peer"] = peer
    with contextlib.redirect_stdout(io.StringIO()):
        spec.loader.exec_module(peer)
    sys.argv = arguments
    return peer


def candidate(peer, a):
    """Building, an epoch and validation; the compilation of a compiled model falls into its first step and is counted."""
    settings = argparse.Namespace(
        data=a.data, limit=a.images, seed=0, compile=a.compile, wd=5e-4, lr=0.05, batch=a.batch, epochs=1)
    start = time.perf_counter()
    network = peer.Network(json.load(open(a.genotype)), a.cells, a.filters)
    build = time.perf_counter() - start
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        peer.train(network, settings)
    epoch = json.loads(printed.getvalue().splitlines()[-1])
    return {"seconds": build + epoch["seconds"], "build_seconds": build, "validation": epoch["val"]}


def memory(peer, a):
    """The most memory that three training steps need beyond what the process had before the network was built."""
    torch, functional = peer.torch, peer.F

    def steps(genotype, cells, filters, batch, count):
        network = peer.Network(genotype, cells, filters).train().to(memory_format=torch.channels_last)
        x = torch.randn(batch, 3, 32, 32).to(memory_format=torch.channels_last)
        y = torch.randint(0, 10, (batch,))
        optimizer = torch.optim.SGD(network.parameters(), 0.05, 0.9, weight_decay=5e-4, nesterov=True)
        for _ in range(count):
            optimizer.zero_grad(set_to_none=True)
            functional.cross_entropy(network(x), y).backward()
            optimizer.step()

    genotype = json.load(open(a.genotype))
    # A tiny network first, so that the libraries' own code and threads are part of the baseline.
    steps(genotype, 1, 2, 2, 1)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = status("VmRSS")
    steps(genotype, a.cells, a.filters, a.batch, 3)
    return {"peak_bytes": status("VmHWM") - before}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("peer")
    p.add_argument("what", choices=["candidate", "memory"])
    p.add_argument("genotype")
    p.add_argument("--cells", type=int, default=1)
    p.add_argument("--filters", type=int, default=16)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--images", type=int, default=10_000)
    p.add_argument("--data")
    p.add_argument("--compile", action="store_true")
    a = p.parse_args()
    peer = load(a.peer, a.genotype, a.threads)
    print(json.dumps({"candidate": candidate, "memory": memory}[a.what](peer, a)))


main()
