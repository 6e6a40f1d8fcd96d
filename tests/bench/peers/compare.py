#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `tessera bench` with diffusers on a FLUX-sized autoencoder: processes in turn, medians, spread, peak memory.

Only the standard library is needed here; the peer runs under the interpreter given with --python (README.md beside this script).
Exit code 0 whoever is faster, 1 if a side could not be run, 2 for bad usage.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
HIGHEST_LOAD = 1.5

# name: (precision, the peer's layout, how many times faster Tessera is to be, whether peak memory is compared)
GOALS = {
    "bf16": dict(precision="bf16", layout="channels_last", speedup=1.0, memory=True),
    "fp32": dict(precision="fp32", layout="default", speedup=1.5, memory=False),
}


class SideFailed(Exception):
    pass


def machine():
    facts = {"cpu": platform.processor() or platform.machine(), "cores": len(os.sched_getaffinity(0)), "system": platform.platform()}
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
        fields = dict(line.split(":", 1) for line in text.split("\n\n")[0].splitlines() if ":" in line)
        fields = {key.strip(): value.strip() for key, value in fields.items()}
        flags = fields.get("flags", "").split()
        facts["cpu"] = f"{fields.get('model name', facts['cpu'])} (family {fields.get('cpu family', '?')}, model {fields.get('model', '?')})"
        facts["flags"] = {name: name in flags for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16")}
    except OSError:
        pass
    return facts


def busy_seconds():
    """Processor seconds that the whole machine has spent working; None where the kernel does not say."""
    try:
        fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    except (OSError, ValueError):
        return None
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / os.sysconf("SC_CLK_TCK")


def run_process(command, environment=None):
    """Runs a program that prints one JSON document. Adds what the kernel says about it, and what others did meanwhile."""
    busy, start = busy_seconds(), time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text, complaint = out.read().decode(errors="replace"), err.read().decode(errors="replace").strip()
    if process.returncode != 0:
        last = complaint.splitlines()[-1] if complaint else "no message"
        raise SideFailed(f"{command[0]} ended with {process.returncode}: {last}")
    try:
        report = json.loads(text)
    except json.JSONDecodeError as error:
        raise SideFailed(f"{command[0]} printed no JSON document: {error}") from error
    wall, own = time.monotonic() - start, usage.ru_utime + usage.ru_stime
    report["process"] = {"wall_seconds": wall, "cpu_seconds": own, "peak_rss_bytes": usage.ru_maxrss * 1024}
    if busy is not None:
        report["process"]["others_cores"] = max(0.0, (busy_seconds() - busy - own) / wall)
    return report


def tessera_command(args, goal, op):
    command = [args.tessera, "--json", "--device", "cpu", "--precision", goal["precision"]]
    if args.threads:
        command += ["--threads", args.threads]
    return command + ["bench", "--model", args.model, "--op", op, "--size", args.size, "--batch", args.batch, "--runs", args.runs]


def peer_command(args, goal, op):
    command = [args.python, args.peer, "--model", args.model, "--op", op, "--precision", goal["precision"], "--layout", goal["layout"]]
    if args.threads:
        command += ["--threads", args.threads]
    return command + ["--size", args.size, "--batch", args.batch, "--runs", args.runs, "--warmups", 2]


def summary(reports):
    seconds = [report["seconds"]["median"] for report in reports]
    memory = [report["process"]["peak_rss_bytes"] for report in reports]
    found = {
        "seconds": {"median": statistics.median(seconds), "min": min(seconds), "max": max(seconds)},
        "peak_rss_bytes": {"median": statistics.median(memory), "min": min(memory), "max": max(memory)},
        "precision": reports[0].get("precision"),
        "device": reports[0].get("device"),
        "others_cores": max((report["process"].get("others_cores", 0.0) for report in reports), default=0.0),
    }
    for key in ("rss_after_import_bytes", "rss_after_load_bytes", "layout", "versions"):
        if key in reports[0]:
            found[key] = reports[0][key]
    return found


def verdict(goal, tessera, peer):
    """Ratios and whether the goal is met; ratio > 1: Tessera is that many times faster."""
    ratio = peer["seconds"]["median"] / tessera["seconds"]["median"]
    memory = tessera["peak_rss_bytes"]["median"] / peer["peak_rss_bytes"]["median"]
    met = ratio >= goal["speedup"] and (not goal["memory"] or memory <= 1.0)
    return {"times_faster": ratio, "memory_ratio": memory, "goal_times_faster": goal["speedup"], "goal_met": met}


def compare(args, name, op, say):
    goal = GOALS[name]
    sides = {"tessera": tessera_command(args, goal, op), "peer": peer_command(args, goal, op)}
    reports = {"tessera": [], "peer": []}
    for i in range(args.repeats):
        for side in ("tessera", "peer") if i % 2 == 0 else ("peer", "tessera"):
            report = run_process(sides[side])
            reports[side].append(report)
            say(f"  {name} {op} {i + 1}/{args.repeats} {side}: {report['seconds']['median'] * 1e3:.0f} ms")
    result = {"goal": name, "op": op, "size": args.size, "batch": args.batch, "runs": args.runs, "repeats": args.repeats}
    result.update({side: summary(found) for side, found in reports.items()})
    flops = reports["tessera"][0].get("flops_per_item", 0) * args.batch
    for side in reports:
        result[side]["flops_per_second"] = flops / result[side]["seconds"]["median"]
        result[side]["every_process"] = [report["seconds"]["median"] for report in reports[side]]
    result["flops"] = flops
    result.update(verdict(goal, result["tessera"], result["peer"]))
    return result


def print_result(result):
    goal = GOALS[result["goal"]]
    layout = "channels-last" if goal["layout"] == "channels_last" else "default layout"
    print(f"\n{result['goal']} {result['op']}, {result['size']}x{result['size']}, batch {result['batch']}, {result['flops'] / 1e9:.0f} GFLOP, "
          f"{result['repeats']} processes each, {result['runs']} runs in each")
    names = {"tessera": f"Tessera {goal['precision']}", "peer": f"diffusers {goal['precision']}, {layout}"}
    print(f"  {'':32}{'median':>10}{'min - max':>20}{'GFLOP/s':>10}{'peak RSS':>11}")
    for side, title in names.items():
        found = result[side]
        seconds, memory = found["seconds"], found["peak_rss_bytes"]["median"]
        spread = f"{seconds['min'] * 1e3:.0f} - {seconds['max'] * 1e3:.0f} ms"
        print(f"  {title:32}{seconds['median'] * 1e3:>7.0f} ms{spread:>20}{found['flops_per_second'] / 1e9:>10.0f}{memory / 1e6:>8.0f} MB")
    after_import = result["peer"].get("rss_after_import_bytes")
    if after_import:
        print(f"  of the peer's memory, {after_import / 1e6:.0f} MB were Python and its imports")
    wanted = f"{goal['speedup']:g}x" + (", memory no higher" if goal["memory"] else "")
    print(f"  Tessera is {result['times_faster']:.2f}x as fast with {result['memory_ratio']:.2f}x the memory; goal {wanted}: "
          f"{'met' if result['goal_met'] else 'missed'}")
    others = max(result[side]["others_cores"] for side in names)
    if others > 0.1:
        print(f"  other programs took up to {others:.1f} cores meanwhile")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--tessera", default=ROOT / "build/release/app/cli/tessera", help="the command line to time")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has torch and diffusers")
    parser.add_argument("--peer", default=HERE / "autoencoder_peer.py", help="script that times the other side")
    parser.add_argument("--model", required=True, help="diffusers folder, as make_flux_checkpoint.py writes it")
    parser.add_argument("--goals", default="bf16,fp32", help="which comparisons, with commas: " + ", ".join(GOALS))
    parser.add_argument("--ops", default="reconstruct", help="with commas: reconstruct, encode, decode")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="timed runs in each process")
    parser.add_argument("--repeats", type=int, default=5, help="processes of each side")
    parser.add_argument("--threads", type=int, default=0, help="0: as each side chooses")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="also write everything as JSON")
    parser.add_argument("--force", action="store_true", help=f"go on at a load average above {HIGHEST_LOAD}, and say so")
    args = parser.parse_args(arguments)
    args.goals, args.ops = args.goals.split(","), args.ops.split(",")
    for given, known in ((args.goals, GOALS), (args.ops, ("reconstruct", "encode", "decode"))):
        unknown = [name for name in given if name not in known]
        if unknown:
            parser.error(f"{unknown[0]!r} is none of {', '.join(known)}")
    if min(args.size, args.batch, args.runs, args.repeats) < 1:
        parser.error("size, batch, runs and repeats are at least 1")
    return args


def main(arguments=None):
    args = parse(arguments)
    load = os.getloadavg()[0]
    forced = load > HIGHEST_LOAD
    if forced and not args.force:
        print(f"compare: the 1-minute load average is {load:.2f}, above {HIGHEST_LOAD}: the figures would say little; wait, or pass --force", file=sys.stderr)
        return 1
    facts = machine()
    flags = ", ".join(name for name, present in facts.get("flags", {}).items() if present)
    print(f"{facts['cpu']}, {facts['cores']} cores, {flags or 'flags unknown'}; load {load:.2f}" + (" (FORCED above the limit)" if forced else ""))
    say = lambda text: print(text, file=sys.stderr, flush=True)
    try:
        results = [compare(args, name, op, say) for name in args.goals for op in args.ops]
    except (SideFailed, OSError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    print(f"peer: {', '.join(f'{name} {version}' for name, version in results[0]['peer'].get('versions', {}).items()) or 'versions unknown'}")
    for result in results:
        print_result(result)
    if args.json:
        document = {"machine": facts, "load_average": load, "forced": forced, "model": args.model,
                    "date": time.strftime("%Y-%m-%d"), "results": results}
        args.json.write_text(json.dumps(document, indent=2, default=str) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
