#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""packaging/make-vocabulary on a shard of a few texts: BERT's numbering, pieces that join most often, the same bytes each time."""

import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "packaging/make-vocabulary"
SHIPPED = ROOT / "resources/recipes/vocab.txt"
FIRST = 104


def shard(path, texts):
    with tarfile.open(path, "w") as archive:
        for i, text in enumerate(texts):
            content = json.dumps({"texts": [text]}).encode()
            entry = tarfile.TarInfo(f"{i}.json")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


class Vocabulary(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def lines(self, texts, *more):
        shard(self.path / "a.tar", texts)
        out = self.path / "vocab.txt"
        subprocess.run([sys.executable, PROGRAM, out, self.path / "a.tar", *more], check=True, capture_output=True)
        return out.read_text(encoding="utf-8").splitlines()

    def test_learns_words_that_stand_there_often(self):
        lines = self.lines(["Red car"] * 40 + ["CARS"] * 30 + ["\u00e9t\u00e9"] * 25)
        self.assertEqual([lines[0], lines[100], lines[101], lines[102], lines[103]], ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
        self.assertEqual(len(lines), len(set(lines)))
        pieces = lines[FIRST:]
        for piece in ("red", "car", "cars", "ete", "c", "##r"):  # lower case, without accents, and the characters that they are made of
            self.assertIn(piece, pieces)

    def test_is_as_long_as_asked_and_the_same_each_time(self):
        texts = [f"word{i % 7} other{i % 5}" for i in range(200)]
        first = self.lines(texts, "--pieces", "130")
        self.assertEqual(len(first), 130)
        self.assertEqual(self.lines(texts, "--pieces", "130"), first)

    def test_words_alone_are_of_the_chosen_drawings(self):
        self.assertEqual(self.lines(["Red car", "a caf\u00e9, red", "boat"], "--words", "0", "1"), ["a", "cafe", "car", "red"])

    def test_without_shards_it_says_what_to_do(self):
        result = subprocess.run([sys.executable, PROGRAM, self.path / "vocab.txt", self.path / "missing.tar"], capture_output=True, text=True)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("missing.tar", result.stderr)
        self.assertFalse((self.path / "vocab.txt").exists())

    def test_the_shipped_one_is_small_and_in_order(self):
        lines = SHIPPED.read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(lines), 2048)
        self.assertEqual(lines[100], "[UNK]")
        self.assertEqual(len(set(lines)), len(lines))
        self.assertLess(SHIPPED.stat().st_size, 100_000)


if __name__ == "__main__":
    unittest.main()
