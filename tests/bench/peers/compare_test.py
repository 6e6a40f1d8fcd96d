#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the peer scripts to what their README says, with stand-ins for both sides: nothing is timed, no torch is needed."""
import contextlib
import io
import json
import os
import pathlib
import py_compile
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

import code_search
import compare

STAND_IN = """#!{python}
import json, sys
open({log!r}, "a").write(" ".join(["{side}"] + sys.argv[1:]) + "\\n")
if "{side}" == "broken": sys.exit("cannot read the model")
print(json.dumps({{"op": "reconstruct", "precision": "stand-in", "device": "none", "seconds": {{"median": {seconds}, "min": 0, "max": 9}},
                  "flops_per_item": 800}}))
"""


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "log"

    def stand_in(self, side, seconds):
        path = self.folder / side
        path.write_text(STAND_IN.format(python=sys.executable, log=str(self.log), side=side, seconds=seconds))
        path.chmod(0o755)
        return path

    def run_compare(self, *arguments, tessera=None, load=0.1):
        out, err = io.StringIO(), io.StringIO()
        tessera = tessera or self.stand_in("tessera", 2.0)
        fixed = ["--tessera", str(tessera), "--python", sys.executable, "--peer", str(self.stand_in("peer", 5.0)), "--model", "folder"]
        with mock.patch.object(os, "getloadavg", return_value=(load, 0, 0)), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = compare.main(fixed + list(arguments))
        return code, out.getvalue(), err.getvalue()

    def test_reports_ratio_memory_and_flops(self):
        file = self.folder / "out.json"
        code, text, _ = self.run_compare("--goals", "fp32", "--json", str(file))
        self.assertEqual(code, 0)
        self.assertIn("2.50x as fast", text)
        result = json.loads(file.read_text())["results"][0]
        self.assertAlmostEqual(result["times_faster"], 2.5)
        self.assertAlmostEqual(result["tessera"]["flops_per_second"], 400)
        self.assertAlmostEqual(result["peer"]["flops_per_second"], 160)
        self.assertTrue(result["goal_met"])
        self.assertGreater(result["peer"]["peak_rss_bytes"]["median"], 1e6)

    def test_sides_alternate_and_swap_who_goes_first(self):
        self.run_compare("--goals", "bf16")
        order = [line.split()[0][0] for line in self.log.read_text().splitlines()]
        self.assertEqual("".join(order), "tp" "pt" "tp" "pt" "tp")
        lines = self.log.read_text().splitlines()
        self.assertIn("--precision bf16 --layout channels_last", lines[1])
        self.assertIn("--precision bf16 bench --model folder --op reconstruct", lines[0])

    def test_being_slower_is_reported_and_no_failure(self):
        code, text, _ = self.run_compare("--goals", "fp32", tessera=self.stand_in("slow", 5.0))
        self.assertEqual(code, 0)
        self.assertIn("goal 1.5x: missed", text)

    def test_refuses_on_a_busy_machine_unless_forced(self):
        code, _, complaint = self.run_compare(load=1.6)
        self.assertEqual(code, 1)
        self.assertIn("load average is 1.60", complaint)
        self.assertFalse(self.log.exists())
        code, text, _ = self.run_compare("--goals", "fp32", "--force", load=1.6)
        self.assertEqual(code, 0)
        self.assertIn("FORCED", text)

    def test_a_side_that_fails_is_one_sentence(self):
        code, _, complaint = self.run_compare(tessera=self.stand_in("broken", 0))
        self.assertEqual(code, 1)
        self.assertIn("ended with 1: cannot read the model", complaint)

    def test_memory_counts_only_where_the_goal_says_so(self):
        fast_and_fat = {"seconds": {"median": 1.0}, "peak_rss_bytes": {"median": 200}}
        peer = {"seconds": {"median": 2.0}, "peak_rss_bytes": {"median": 100}}
        self.assertFalse(compare.verdict(compare.GOALS["bf16"], fast_and_fat, peer)["goal_met"])
        self.assertTrue(compare.verdict(compare.GOALS["fp32"], fast_and_fat, peer)["goal_met"])

    def test_unknown_goal_is_bad_usage(self):
        with self.assertRaises(SystemExit) as stop, contextlib.redirect_stderr(io.StringIO()):
            compare.parse(["--model", "folder", "--goals", "fp64"])
        self.assertEqual(stop.exception.code, 2)


class CodeSearch(unittest.TestCase):
    def test_ratios_are_of_medians_and_by_both_clocks(self):
        run = lambda seconds, processors: {"seconds": seconds, "cpu_seconds": processors}
        runs = {"tessera": [run(2.0, 4.0), run(1.0, 2.0), run(9.0, 2.0)], "faiss": [run(6.0, 8.0), run(5.0, 7.0), run(7.0, 9.0)]}
        result = code_search.summary((10, 100, 5, 2), runs)
        self.assertEqual(result["times_faster"], {"faiss": {"seconds": 3.0, "cpu_seconds": 4.0, "fastest": 5.0}})
        self.assertEqual(result["sides"]["tessera"]["vectors_per_second"], 5)
        self.assertEqual(result["sides"]["tessera"]["flops_per_second"], 10000)

    def test_the_program_answers_line_by_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "program"
            path.write_text(f"#!{sys.executable}\nimport sys\nprint('{{\"instructions\": \"' + ' '.join(sys.argv[2:]) + '\"}}', flush=True)\n"
                            "for line in sys.stdin: print('{\"seconds\": 1}', flush=True)\n")
            path.chmod(0o755)
            side = code_search.Tessera(path, folder, (1, 2, 3, 4), 2)
            self.assertEqual(side.facts["instructions"], "1 2 3 4")
            self.assertEqual(side.search(), {"seconds": 1})
            side.close()
            side = code_search.Tessera(path, folder, (1, 2, 3, 4), 2, "cuda")
            self.assertEqual(side.facts["instructions"], "1 2 3 4 cuda")
            side.close()
            path.write_text(f"#!{sys.executable}\n")
            with self.assertRaises(compare.SideFailed):
                code_search.Tessera(path, folder, (1, 2, 3, 4), 2)

    def test_refuses_on_a_busy_machine(self):
        with mock.patch.object(os, "getloadavg", return_value=(9, 0, 0)), contextlib.redirect_stderr(io.StringIO()) as complaint:
            self.assertEqual(code_search.main([]), 1)
        self.assertIn("load average is 9.00", complaint.getvalue())

    def test_shapes_are_names_or_numbers(self):
        self.assertEqual(code_search.parse(["--shapes", "vila-u,1x2x3x4"]).shapes, [(256, 16384, 1024, 4), (1, 2, 3, 4)])
        for wrong in ("big", "1x2x3", "0x1x1x1"):
            with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                code_search.parse(["--shapes", wrong])


    def test_a_gpu_has_shapes_rows_and_a_goal_of_its_own(self):
        self.assertEqual((code_search.parse([]).device, code_search.parse([]).rows), ("cpu", 1024))
        gpu = code_search.parse(["--device", "cuda"])
        self.assertIn((1 << 20, 16384, 256, 4), gpu.shapes)
        self.assertNotIn((1 << 20, 16384, 256, 4), code_search.parse([]).shapes)
        self.assertEqual(gpu.rows, 16384)
        self.assertEqual(code_search.parse(["--device", "cuda", "--rows", "7"]).rows, 7)
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            code_search.parse(["--device", "tpu"])

    def test_the_goal_is_three_times_every_side_in_little_memory(self):
        result = {"times_faster": {"torch": {"seconds": 3.0}, "faiss": {"seconds": 9.0}}, "tessera": {"scratch_bytes": 100 << 20}, "scratch_goal": 256 << 20}
        self.assertTrue(code_search.met(result))
        self.assertFalse(code_search.met(dict(result, scratch_goal=64 << 20)))
        self.assertFalse(code_search.met(dict(result, times_faster={"torch": {"seconds": 2.9}})))


class Scripts(unittest.TestCase):
    def test_every_script_compiles(self):
        scripts = [p for p in HERE.parent.rglob("*") if p.is_file() and p.read_bytes()[:22] == b"#!/usr/bin/env python3"]
        self.assertGreaterEqual(len(scripts), 4)
        with tempfile.TemporaryDirectory() as folder:
            for script in scripts:
                py_compile.compile(str(script), cfile=os.path.join(folder, "code"), doraise=True)

    def test_help_needs_no_torch(self):
        for script in ("compare.py", "code_search.py", "autoencoder_peer.py", "make_flux_checkpoint.py"):
            # -S -E: no site packages, so no torch even where it is installed.
            done = subprocess.run([sys.executable, "-S", "-E", str(HERE / script), "--help"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("usage:", done.stdout)


if __name__ == "__main__":
    unittest.main()
