#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the search for nearest codes beside PyTorch's addmm + argmin and faiss' IndexFlatL2: the same data, one search of each side in turn.

Needs torch, numpy, on a CPU faiss-cpu (README.md beside this script), and the program tessera-bench-search (target tessera_bench_search).
Exit code 0 whoever is faster, 1 if a side could not be run, 2 for bad usage.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import compare

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
GOAL = 3.0
SCRATCH_GOALS = {"cpu": 64 << 20, "cuda": 256 << 20}

# name: (vectors, codewords, dimensions, depths)
SHAPES = {
    "wide": (16384, 16384, 256, 4),
    "vila-u": (256, 16384, 1024, 4),
    "million": (1 << 20, 16384, 256, 4),
}
DEFAULT_SHAPES = {"cpu": "wide,vila-u", "cuda": "wide,vila-u,million"}
DEFAULT_ROWS = {"cpu": 1024, "cuda": 16384}


class Tessera:
    """The bench program, which searches once for every line it is given."""

    def __init__(self, program, folder, shape, threads, device="cpu"):
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads))
        command = [str(program), str(folder)] + [str(x) for x in shape] + ([] if device == "cpu" else [device])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.facts = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.close()
            raise compare.SideFailed(f"tessera-bench-search ended with {self.process.returncode}")
        return json.loads(line)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def search(self):
        return self.ask("search")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def timed(work, wait=lambda: None):
    wait()
    wall, processor = time.perf_counter(), time.process_time()
    work()
    wait()
    return {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - processor}


def torch_search(torch, vectors, books, rows):
    """Residual codes [N,depths] where the vectors are; `rows` vectors at a time, 0: all."""
    norms = [book.square().sum(1) for book in books]
    codes = torch.empty((len(vectors), len(books)), dtype=torch.int64, device=vectors.device)

    def run():
        with torch.inference_mode():
            for first in range(0, len(vectors), rows or len(vectors)):
                rest = vectors[first : first + (rows or len(vectors))]
                for depth, book in enumerate(books):
                    found = torch.addmm(norms[depth], rest, book.t(), alpha=-2).argmin(1)
                    codes[first : first + len(rest), depth] = found
                    rest = rest - book[found]

    return run, codes


def faiss_search(faiss, numpy, vectors, books):
    indices = []
    for book in books:
        indices.append(faiss.IndexFlatL2(book.shape[1]))
        indices[-1].add(book)
    codes = numpy.empty((len(vectors), len(books)), dtype=numpy.int64)

    def run():
        rest = vectors
        for depth, index in enumerate(indices):
            codes[:, depth] = index.search(rest, 1)[1][:, 0]
            rest = rest - books[depth][codes[:, depth]]

    return run, codes


def summary(shape, runs):
    """Medians, and how many times longer each other side took; by wall clock and by processor time, which other programs disturb less."""
    work = 2.0 * shape[0] * shape[1] * shape[2] * shape[3]
    sides = {}
    for side, found in runs.items():
        sides[side] = {key: statistics.median(run[key] for run in found) for key in ("seconds", "cpu_seconds")}
        sides[side]["fastest"] = min(run["seconds"] for run in found)
        sides[side]["flops_per_second"] = work / sides[side]["seconds"]
        sides[side]["vectors_per_second"] = shape[0] / sides[side]["seconds"]
    ours = sides["tessera"]
    ratios = {side: {key: found[key] / ours[key] for key in ("seconds", "cpu_seconds", "fastest")} for side, found in sides.items() if side != "tessera"}
    return {"shape": dict(zip(("vectors", "codewords", "dim", "depths"), shape)), "sides": sides, "times_faster": ratios}


def peers(args, data, books):
    """By name: each peer's timed search, and what gives the codes that it found. Then their versions."""
    import numpy
    import torch

    torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    vectors, tensors = torch.from_numpy(data).to(device), [torch.from_numpy(book).to(device) for book in books]
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    sides, versions = {}, {"torch": torch.__version__}
    for name, rows in (("torch", 0), (f"torch, {args.rows} rows at a time", args.rows)):
        work, codes = torch_search(torch, vectors, tensors, rows)
        if device.type == "cuda":
            try:
                work()
                wait()
            except torch.cuda.OutOfMemoryError:
                print(f"  {name}: its distances do not fit the GPU's memory", file=sys.stderr)
                continue
            finally:
                torch.cuda.empty_cache()
        sides[name] = (lambda work=work: timed(work, wait), lambda codes=codes: codes.cpu().numpy())
    if device.type == "cpu":
        import faiss

        faiss.omp_set_num_threads(args.threads)
        work, codes = faiss_search(faiss, numpy, data, books)
        sides["faiss"] = (lambda: timed(work), lambda: codes)
        versions["faiss"] = faiss.__version__
    else:
        versions["GPU"] = torch.cuda.get_device_name(device)
    return sides, versions


def measure(args, shape, say):
    import numpy

    vectors, codewords, dim, depths = shape
    random = numpy.random.default_rng(args.seed)
    data = random.standard_normal((vectors, dim), dtype=numpy.float32)
    books = []
    for depth in range(depths):
        # Each depth's codewords are as long as what the depths before are likely to leave.
        books.append(random.standard_normal((codewords, dim), dtype=numpy.float32) * numpy.float32(0.9**depth))
    with tempfile.TemporaryDirectory() as folder:
        data.tofile(pathlib.Path(folder) / "vectors.f32")
        for depth, book in enumerate(books):
            book.tofile(pathlib.Path(folder) / f"codebook{depth}.f32")
        tessera = Tessera(args.program, folder, shape, args.threads, args.device)
        others, versions = peers(args, data, books)
        sides = {"tessera": tessera.search, **{side: search for side, (search, _) in others.items()}}
        runs = {side: [] for side in sides}
        for i in range(-1, args.runs):  # the first round warms up
            order = list(sides) if i % 2 == 0 else list(reversed(sides))
            for side in order:
                found = sides[side]()
                if i >= 0:
                    runs[side].append(found)
                    say(f"  {i + 1}/{args.runs} {side}: {found['seconds'] * 1e3:.0f} ms, {found['cpu_seconds'] * 1e3:.0f} ms of processors")
        tessera.ask("codes")
        tessera.close()
        codes = numpy.fromfile(pathlib.Path(folder) / "codes.i64", dtype=numpy.int64).reshape(vectors, depths)
    result = summary(shape, runs)
    result["equal_codes"] = {side: float((codes_of() == codes).mean()) for side, (_, codes_of) in others.items()}
    result["tessera"] = dict(tessera.facts, scratch_bytes=max(run["scratch_bytes"] for run in runs["tessera"]))
    result["versions"] = versions
    result["scratch_goal"] = SCRATCH_GOALS[args.device]
    return result


def met(result):
    return all(ratio["seconds"] >= GOAL for ratio in result["times_faster"].values()) and result["tessera"]["scratch_bytes"] < result["scratch_goal"]


def print_result(result):
    shape = result["shape"]
    print(f"\n{shape['vectors']} vectors of {shape['dim']} among {shape['codewords']} codewords, {shape['depths']} depths; peers: "
          + ", ".join(f"{name} {version}" for name, version in result["versions"].items()))
    print(f"  {'':28}{'median':>10}{'fastest':>10}{'processors':>12}{'GFLOP/s':>9}{'vectors/s':>11}   Tessera is so many times as fast")
    for side, found in result["sides"].items():
        ratio = result["times_faster"].get(side)
        text = f"   {ratio['seconds']:.2f} (fastest {ratio['fastest']:.2f}, processor time {ratio['cpu_seconds']:.2f})" if ratio else ""
        print(f"  {side:28}{found['seconds'] * 1e3:>7.0f} ms{found['fastest'] * 1e3:>7.0f} ms{found['cpu_seconds'] * 1e3:>9.0f} ms{found['flops_per_second'] / 1e9:>9.0f}"
              f"{found['vectors_per_second']:>11.0f}{text}")
    facts, scratch = result["tessera"], result["scratch_goal"] >> 20
    print(f"  Tessera: {facts['instructions']}, scratch {facts['scratch_bytes'] / 2**20:.1f} MiB (goal {scratch}), kept with the codebooks {facts['prepared_bytes'] / 2**20:.1f} MiB, "
          f"made in {facts['prepare_cpu_seconds'] * 1e3:.0f} ms of processors")
    print("  equal codes: " + "; ".join(f"{side} {share:.4%}" for side, share in result["equal_codes"].items()) + " (theirs round in float32)")
    print(f"  goal {GOAL:g}x of every side, under {scratch} MiB: {'met' if met(result) else 'missed'}")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/release/tests/bench/tessera-bench-search", help="our side")
    parser.add_argument("--device", choices=list(SCRATCH_GOALS), default="cpu", help="where both sides search; the data is there before anything is timed")
    parser.add_argument("--shapes", default="usual", help="with commas: " + ", ".join(SHAPES) + ", or VECTORSxCODEWORDSxDIMxDEPTHS; usual: wide,vila-u, on a GPU million too")
    parser.add_argument("--runs", type=int, default=5, help="timed searches of each side")
    parser.add_argument("--rows", type=int, default=0, help="vectors at a time for PyTorch's second way, whose distances fit a cache better, or a GPU's memory; 0: 1024, on a GPU 16384")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="also write everything as JSON")
    parser.add_argument("--force", action="store_true", help=f"go on at a load average above {compare.HIGHEST_LOAD}, and say so")
    args = parser.parse_args(arguments)
    args.rows = args.rows or DEFAULT_ROWS[args.device]
    shapes = []
    for word in (DEFAULT_SHAPES[args.device] if args.shapes == "usual" else args.shapes).split(","):
        try:
            shapes.append(SHAPES[word] if word in SHAPES else tuple(int(x) for x in word.split("x")))
        except ValueError:
            parser.error(f"{word!r} is no shape")
        if len(shapes[-1]) != 4 or min(shapes[-1]) < 1:
            parser.error(f"{word!r} is no shape")
    args.shapes = shapes
    if min(args.runs, args.rows, args.threads) < 1:
        parser.error("runs, rows and threads are at least 1")
    return args


def main(arguments=None):
    args = parse(arguments)
    load = os.getloadavg()[0]
    forced = load > compare.HIGHEST_LOAD
    if forced and not args.force:
        print(f"code_search: the 1-minute load average is {load:.2f}, above {compare.HIGHEST_LOAD}: the figures would say little; wait, or pass --force", file=sys.stderr)
        return 1
    facts = compare.machine()
    flags = ", ".join(name for name, present in facts.get("flags", {}).items() if present)
    print(f"{facts['cpu']}, {args.threads} threads, {flags or 'flags unknown'}; load {load:.2f}" + (" (FORCED above the limit)" if forced else ""))
    try:
        results = [measure(args, shape, lambda text: print(text, file=sys.stderr, flush=True)) for shape in args.shapes]
    except (compare.SideFailed, ImportError, OSError) as error:
        print(f"code_search: {error}", file=sys.stderr)
        return 1
    for result in results:
        print_result(result)
    if args.json:
        args.json.write_text(json.dumps({"machine": facts, "load_average": load, "forced": forced, "date": time.strftime("%Y-%m-%d"), "results": results}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
