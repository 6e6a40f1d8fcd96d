#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds packaging/make-training-data to what it says, on made-up fonts, resources and packages: nothing is downloaded."""

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import pathlib
import random
import struct
import sys
import tarfile
import tempfile
import unittest
import zlib
from unittest import mock

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "packaging/make-training-data"
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("make_training_data", str(SCRIPT))
make = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
sys.modules[loader.name] = make
loader.exec_module(make)

from training_data import readers, words

PNG = b"\x89PNG\r\n\x1a\n"


def picture(width, height, colour=2, mark=b""):
    return PNG + struct.pack(">I4sIIBBBBB", 13, b"IHDR", width, height, 8, colour, 0, 0, 0) + mark


def item(key, data=b"", texts=("thing",), source="package", named=True, origin=""):
    return make.Item(key, "png", data or picture(4, 4, mark=key.encode()), list(texts), named, source, "CC0-1.0", "somebody", origin)


def font(subtables, characters, ligatures):
    """A font of bitmaps: subtables [(first glyph, last glyph, index format, image format, [PNG])], characters [(code point, glyph)]."""
    cbdt, blocks, spans = struct.pack(">HH", 3, 0), [], []
    for first, last, index_format, image_format, pictures in subtables:
        prefix = {17: b"\1" * 5, 18: b"\1" * 8, 19: b""}[image_format]
        bodies = [prefix + struct.pack(">I", len(p)) + p for p in pictures]
        start, offsets = len(cbdt), [0]
        for body in bodies:
            offsets.append(offsets[-1] + len(body))
        cbdt += b"".join(bodies)
        block = struct.pack(">HHI", index_format, image_format, start)
        glyphs = range(first, last + 1)
        if index_format in (1, 3):
            block += struct.pack(f">{len(offsets)}{'I' if index_format == 1 else 'H'}", *offsets)
        elif index_format == 4:
            block += struct.pack(">I", len(bodies)) + b"".join(struct.pack(">HH", g, o) for g, o in zip([*glyphs, 0], offsets))
        else:
            block += struct.pack(">I8s", offsets[1], b"\1" * 8)
            block += struct.pack(f">I{len(bodies)}H", len(bodies), *glyphs) if index_format == 5 else b""
        blocks.append(block)
        spans.append((first, last))
    array, at = b"", 8 * len(blocks)
    for (first, last), block in zip(spans, blocks):
        array += struct.pack(">HHI", first, last, at)
        at += len(block)
    cblc = struct.pack(">HHI", 3, 0, 1) + struct.pack(">III", 56, 0, len(blocks)) + bytes(36) + array + b"".join(blocks)
    cmap = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + struct.pack(">HHIII", 12, 0, 16 + 12 * len(characters), 0, len(characters))
    cmap += b"".join(struct.pack(">III", c, c, g) for c, g in characters)
    # One lookup behind an extension (type 7), whose one subtable covers the ligatures' first glyphs.
    sets = b""
    starts = []
    for glyphs, result in ligatures:
        starts.append(len(sets))
        sets += struct.pack(f">HHHH{len(glyphs) - 1}H", 1, 4, result, len(glyphs), *glyphs[1:])
    head = 6 + 2 * len(ligatures)
    coverage = struct.pack(f">HH{len(ligatures)}H", 1, len(ligatures), *[g[0] for g, _ in ligatures])
    subtable = struct.pack(f">HHH{len(ligatures)}H", 1, head + len(sets), len(ligatures), *[head + s for s in starts]) + sets + coverage
    gsub = (
        struct.pack(">IHHH", 0x10000, 0, 0, 10)
        + struct.pack(">HH", 1, 4)
        + struct.pack(">HHHH", 7, 0, 1, 8)
        + struct.pack(">HHI", 1, 4, 8)
        + subtable
    )
    tables = {b"CBDT": cbdt, b"CBLC": cblc, b"cmap": cmap, b"GSUB": gsub}
    data, body = struct.pack(">IHHHH", 0x10000, len(tables), 0, 0, 0), b""
    for tag, table in tables.items():
        data += struct.pack(">4sIII", tag, 0, 12 + 16 * len(tables) + len(body), len(table))
        body += table
    return data + body


class Emoji(unittest.TestCase):
    def test_bitmaps_of_every_index_and_image_format(self):
        pictures = [picture(8, 8, mark=bytes([n])) for n in range(12)]
        made = font(
            [
                (3, 4, 1, 17, pictures[0:2]),
                (5, 6, 2, 19, pictures[2:4]),
                (7, 8, 3, 18, pictures[4:6]),
                (10, 11, 4, 17, pictures[6:8]),
                (20, 21, 5, 19, pictures[8:10]),
            ],
            [(0x1F418, 3)],
            [((3, 4), 7)],
        )
        bitmaps = readers.Font(made).bitmaps()
        self.assertEqual(bitmaps, dict(zip([3, 4, 5, 6, 7, 8, 10, 11, 20, 21], pictures)))

    def test_sequences_find_their_glyph_through_ligatures(self):
        made = readers.Font(font([(3, 3, 1, 17, [PNG])], [(0x1F415, 3), (0x200D, 4), (0x1F9BA, 5)], [((3, 4, 5), 9), ((5, 4), 6)]))
        self.assertEqual(made.characters(), {0x1F415: 3, 0x200D: 4, 0x1F9BA: 5})
        self.assertEqual(made.ligatures(), {(3, 4, 5): 9, (5, 4): 6})

    def test_a_font_cut_short_is_refused_in_one_sentence(self):
        with self.assertRaisesRegex(make.Refused, "beyond its end.*remove it from the cache"):
            readers.Font(font([(3, 3, 1, 17, [PNG])], [], [])[:-40])

    def test_flags_keycaps_and_skin_tones_are_left_out_and_twins_share_their_words(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            file = root / "usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
            file.parent.mkdir(parents=True)
            one, two = picture(8, 8, mark=b"1"), picture(8, 8, mark=b"2")
            file.write_bytes(
                font(
                    [(3, 5, 1, 17, [one, two, one])],
                    [(0x1F418, 3), (0x1F9AB, 4), (0x1F9A3, 5), (0x1F1E9, 4), (0x1F3FD, 4), (0x23, 4), (0x20E3, 4)],
                    [],
                )
            )
            notes = {
                "🐘": ["elephant", "animal"],
                "🦣": ["mammoth"],
                "🦫": ["beaver"],
                "🇩🇪": ["flag: germany"],
                "🐘🏽": ["elephant: dark"],
                "#⃣": ["keycap: #"],
                "🐙": ["octopus"],
            }
            gathered = make.Gathered()
            make.gather_emoji({"fonts-noto-color-emoji": root}, notes, gathered)
        self.assertEqual({i.key: i.texts for i in gathered.graphics}, {"emoji-1f418": ["elephant", "animal", "mammoth"], "emoji-1f9ab": ["beaver"]})
        self.assertEqual(sorted(gathered.left_out.values()), [1, 1, 1, 2])


class Resources(unittest.TestCase):
    def test_files_of_a_qt_resource_plain_and_compressed(self):
        names, contents = b"", b""
        place = []
        for name, flags, body in (("images", 2, None), ("a.webp", 0, b"picture"), ("README", 1, struct.pack(">I", 5) + zlib.compress(b"words"))):
            place.append((len(names), flags, len(contents)))
            names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
            contents += struct.pack(">I", len(body)) + body if body else b""
        nodes = struct.pack(">IHIIQ", 0, 2, 1, 1, 0) + struct.pack(">IHIIQ", place[0][0], 2, 2, 2, 0)
        nodes += b"".join(struct.pack(">IHIIQ", name, flags, 0, offset, 0) for name, flags, offset in place[1:])
        data = struct.pack(">4sIIIII", b"qres", 3, 24, 24 + len(nodes), 24 + len(nodes) + len(contents), 0) + nodes + contents + names
        self.assertEqual(make.qt_resource(data), {"images/a.webp": b"picture", "images/README": b"words"})

    def test_credits_beside_the_pictures(self):
        found = make.credits(
            "Copyright: A\n and B\nLicense: CC-BY-SA-4.0\nComments: cropping\nSource: https://x/File:Bee.jpg\nFiles:\nbee.webp\nwasp.webp\n\nCopyright: C\n"
        )
        self.assertEqual(len(found), 1)
        self.assertEqual(found[0]["files"], ["bee.webp", "wasp.webp"])
        self.assertEqual((found[0]["copyright"], found[0]["license"], found[0]["source"]), ("A\nand B", "CC-BY-SA-4.0", "https://x/File:Bee.jpg"))

    def test_the_last_paragraph_that_matches_a_file_counts(self):
        paragraphs = make.copyright_paragraphs(
            "Format: x\n\nFiles: *\nCopyright: All\nLicense: GPL-3+\n\nFiles: art/*.png\n art/b?d.jpg\nCopyright: 2018, Ann\n 2019, Bob\nLicense: CC0-1.0\n text\n"
        )
        self.assertEqual(make.copyright_of(paragraphs, "art/bird.png"), ("2018, Ann, 2019, Bob", "CC0-1.0"))
        self.assertEqual(make.copyright_of(paragraphs, "art/bad.jpg")[1], "CC0-1.0")
        self.assertEqual(make.copyright_of(paragraphs, "art/bird.svg")[1], "GPL-3+")

    def test_only_the_decided_licences_are_allowed(self):
        for written, name in (
            ("CC-BY-SA 4.0", "CC-BY-SA-4.0"),
            ("Public Domain", "public-domain"),
            ("CC0", "CC0-1.0"),
            ("CC-BY-3.0-USA", "CC-BY-3.0"),
            ("SIL-1.1", "OFL-1.1"),
            ("CC-BY-2.0\nComments: cropping", "CC-BY-2.0"),
        ):
            self.assertEqual(make.licence_name(written), name)
            self.assertTrue(make.allowed(name), name)
        for other in (
            "GPL-3+",
            "GPLv2+",
            "LGPL-2.1+",
            "CC-BY-NC-4.0",
            "CC-BY-ND-4.0",
            "CC-BY-NC-SA-3.0",
            "CC-sampling-plus-1.0",
            "GFDL-NIV-1.2",
            "CC0-1.0 and CC-BY-3.0",
            "",
        ):
            self.assertFalse(make.allowed(make.licence_name(other)), other)

    def test_sizes_and_alpha_of_pictures(self):
        self.assertEqual(make.image_size(picture(300, 200)), (300, 200, False))
        self.assertEqual(make.image_size(picture(300, 200, colour=6)), (300, 200, True))
        extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes([16, 0, 0, 0]) + (319).to_bytes(3, "little") + (213).to_bytes(3, "little")
        self.assertEqual(make.image_size(extended), (320, 214, True))
        self.assertEqual(make.image_size(b"something else, long enough to look at"), (0, 0, False))


RDF = """<svg><metadata><rdf:RDF><cc:Work rdf:about=""><dc:title>{title}</dc:title><dc:subject><rdf:Bag>{subjects}</rdf:Bag></dc:subject>
<dc:publisher><cc:Agent><dc:title>Open Clip Art Library</dc:title></cc:Agent></dc:publisher>
<dc:creator><cc:Agent><dc:title>{author}</dc:title></cc:Agent></dc:creator><cc:license rdf:resource="http://web.resource.org/cc/PublicDomain"/></cc:Work></rdf:RDF></metadata></svg>"""


class Titles(unittest.TestCase):
    english = words.English(
        "harp celtic music equipment syringe piano computer icon gun blue man a and bullet hole star stars shapes card white the bear under t-shirt".split()
    )

    def texts(self, path, title="", subjects=(), author="Gerald G.", repeated=False):
        rdf = make.rdf_fields(RDF.format(title=title, author=author, subjects="".join(f"<rdf:li>{s}</rdf:li>" for s in subjects)))
        return make.clipart_texts(path, rdf, repeated, self.english)

    def test_metadata_is_read_without_mistaking_an_agent_for_the_title(self):
        rdf = make.rdf_fields(RDF.format(title="Celtic Harp &amp;amp; more", author="Ann", subjects="<rdf:li>music</rdf:li><rdf:li></rdf:li>"))
        self.assertEqual(
            rdf, {"title": "Celtic Harp & more", "subjects": ["music", ""], "author": "Ann", "licences": ["http://web.resource.org/cc/PublicDomain"]}
        )
        self.assertEqual(make.rdf_fields("<svg/>")["licences"], [])

    def test_a_good_title_names_the_drawing(self):
        self.assertEqual(
            self.texts("recreation/music/harp3_ganson", "Celtic Harp", ["harp", "equipment"]), (["celtic harp", "harp", "equipment", "music"], True)
        )
        self.assertEqual(self.texts("a/b", "T-Shirt 02", [])[0][0], "t-shirt")
        self.assertEqual(self.texts("x/gun", "Clipart by Nicu Buculei - blue_gun", [], "Nicu Buculei")[0][0], "blue gun")

    def test_titles_of_collections_give_way_to_the_file_name(self):
        flat = "Part of the Flat Icon Collection (Wed Aug 25 23:29:46 2004)"
        self.assertEqual(
            self.texts("computer/icons/flat-theme/action/piano", flat, ["hash", "", "action", "computer", "theme"], "Danny Allen", True),
            (["piano", "computer"], True),
        )
        self.assertEqual(self.texts("tools/bullet_hole_linda_kim_aa", "Bullet Hole", [], "Linda Kim", True)[0][0], "bullet hole")
        self.assertEqual(self.texts("shapes/stars/star_46pt13step", "gramastar", ["stars"], "x", True)[0][0], "star")

    def test_junk_foreign_words_and_authors_do_not_become_words(self):
        texts, named = self.texts(
            "science/siringa_architetto_franc_01",
            "siringa",
            ["architetto francesco rollandin", "hash(0x8a4caac)", "0xa131b28", "unsorted"],
            "Architetto Francesco Rollandin",
        )
        self.assertEqual((texts, named), ([], False))
        self.assertEqual(words.without_author(["siringa", "architetto", "franc"], "Architetto Francesco Rollandin"), ["siringa"])
        self.assertEqual(self.texts("cards/white/white_h_2", "card", ["card", "white"], "Nicu Buculei", True), (["card", "white"], False))

    def test_words_of_file_names(self):
        self.assertEqual(words.words("brandenburgGate2_old-house"), ["brandenburg", "gate", "old-house"])
        self.assertEqual(words.words("star_46pt13step 012 Rana03"), ["star", "rana"])


class Split(unittest.TestCase):
    def test_the_rule_is_the_md5_of_the_stem(self):
        self.assertFalse(make.held_out("Bridge_by_Sander_Klootwijk", 11))  # 11 modulo 100
        self.assertTrue(make.held_out("Bridge_by_Sander_Klootwijk", 12))
        self.assertFalse(make.held_out("Dragonfly_by_Bolly", 14))

    def test_resolutions_and_pictures_of_one_origin_stay_together(self):
        files = [
            ("Bridge_by_Sander_Klootwijk", ""),
            ("Bridge_by_Sander_Klootwijk-1920x1080", ""),
            ("bridge_by_sander_klootwijk", ""),
            ("Dragonfly_by_Bolly", ""),
        ]
        self.assertEqual(make.split_groups(files, 12), [True, True, True, False])
        shared = [("Dragonfly_by_Bolly", "https://x/1"), ("Bridge_by_Sander_Klootwijk", "https://x/1"), ("zz", "https://x/2")]
        first, second, _ = make.split_groups(shared, 12)
        self.assertEqual(first, second)
        self.assertEqual(make.split_groups(list(reversed(shared)), 12)[::-1], make.split_groups(shared, 12))

    def test_held_out_names_are_in_no_text_of_train(self):
        emoji = [(item(f"emoji-{n}", texts=[n, "animal"], source="fonts-noto-color-emoji"), True) for n in ("dog", "cat", "whale", "carrot")]
        emoji.append((item("emoji-p", texts=["astronaut", "person"], source="fonts-noto-color-emoji"), True))
        emoji.append((item("emoji-z", texts=["service dog"], source="fonts-noto-color-emoji"), False))
        names = make.HeldOutNames(emoji, 2)
        self.assertEqual(len(names.names), 2)
        self.assertNotIn("astronaut", names.names)
        other = [item("a", texts=[names.names[0], "drawn"]), item("b", texts=["pet", names.names[0]])]
        train, out, same = names.divide([e for e, _ in emoji] + other)
        names.forget(train)
        self.assertEqual(sorted(i.texts[0] for i in out), names.names)
        self.assertEqual([i.key for i in same], ["a"])
        self.assertFalse(set(names.names) & {t for i in train for t in i.texts})
        photo = item("p", texts=[names.names[1], "animal"])
        names.forget([photo])
        self.assertEqual((photo.texts, photo.named), (["animal"], False))


class Shards(unittest.TestCase):
    def test_bytes_depend_on_nothing_but_the_items(self):
        items = [item(f"key-{n:02}", bytes([n]) * 700) for n in range(9)]
        shuffled = items[:]
        random.Random(1).shuffle(shuffled)
        first = make.tar_bytes(items)
        self.assertEqual(first, make.tar_bytes(shuffled))
        with tarfile.open(fileobj=io.BytesIO(first)) as tar:
            members = tar.getmembers()
            self.assertEqual([m.name for m in members[:2]], ["key-00.png", "key-00.json"])
            self.assertEqual({(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members}, {(0, 0, 0, "", "", 0o644)})
            described = json.load(tar.extractfile("key-00.json"))
        self.assertEqual(described, {"author": "somebody", "licence": "CC0-1.0", "named": True, "source": "package", "texts": ["thing"]})

    def test_no_shard_is_over_the_limit_and_none_is_lost(self):
        items = [item(f"key-{n:02}", bytes(3000 + 100 * n)) for n in range(20)]
        parts = make.shards(items, 30000)
        self.assertGreater(len(parts), 2)
        self.assertEqual([i.key for part in parts for i in part], [i.key for i in items])
        self.assertLessEqual(max(len(make.tar_bytes(part)) for part in parts), 30000)
        with self.assertRaisesRegex(make.Refused, "larger than a shard"):
            make.shards([item("huge", bytes(30000))], 30000)

    def test_keys_have_no_dot(self):
        self.assertEqual(make.key_of("clipart", "animals/scorpion-md-v0.1"), "clipart-animals_scorpion-md-v0_1")


class Thesaurus(unittest.TestCase):
    NOUNS = """\
  1 a licence
00000010 03 n 01 entity 0 000 | that which is
00000020 05 n 02 animal 0 beast 0 001 @ 00000010 n 0000 | a living thing that moves; "no animal is taller"
00000030 05 n 02 true_cat 0 cat 0 002 @ 00000020 n 0000 #m 00000010 n 0000 | any feline mammal (usually with thick soft fur)
00000040 18 n 01 cat 0 001 @ 00000010 n 0000 | an unkind word for somebody
00000050 05 n 02 Felis 0 cat_genus 0 001 @ 00000020 n 0000 | a genus whose explanation has many more words than any text should ever have
"""
    INDEX = """\
  1 a licence
animal n 1 1 @ 1 1 00000020
cat n 2 1 @ 2 1 00000040 00000030
cat_genus n 1 1 @ 1 0 00000050
entity n 1 0 1 1 00000010
true_cat n 1 1 @ 1 0 00000030
"""

    def related(self, unknown=()):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "data.noun").write_text(self.NOUNS)
            (folder / "index.noun").write_text(self.INDEX)
            return make.related(folder, lambda word: word not in unknown)

    def test_words_go_with_synonyms_explanations_and_kinds(self):
        rows = {row[0]: row[1:] for row in self.related()}
        self.assertEqual(rows["cat"], ["true cat", "feline mammal", "animal"])  # nothing of the unkind sense
        self.assertEqual(rows["animal"], ["beast", "living thing that moves"])  # "entity" says nothing
        self.assertEqual(rows["cat genus"], ["animal"])  # a name and a long explanation are left out
        self.assertNotIn("entity", rows)

    def test_words_that_nobody_uses_are_left_out(self):
        self.assertEqual([row[0] for row in self.related(unknown=("true",))], ["animal", "cat", "cat genus"])


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_script(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = make.main([str(a) for a in arguments])
        return code, out.getvalue(), err.getvalue()

    def packages(self):
        for package, licence in (("unicode-cldr-core", "Unicode-DFS-2016"), ("fonts-noto-color-emoji", "SIL-1.1"), ("wordnet-base", "WordNet3.0")):
            file = self.folder / "packages" / package / "usr/share/doc" / package / "copyright"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"Files: *\nCopyright: Holder\nLicense: {licence}\n Terms of it.\n .\n More.\n")
        return {name: (self.folder / "packages" / name, version, digest) for name, (version, digest) in make.PACKAGES.items()}

    def write(self, name="set"):
        folder = self.folder / name
        folder.mkdir()
        sets = {
            "train/photos": [item("b", source="gcompris-qt-data", origin="https://x/B.jpg"), item("a", source="openclipart-png")],
            "held-out/photos": [item("c")],
        }
        return folder, make.write_set(folder, sets, make.collections.Counter({("openclipart-png", "a flag"): 3}), ["dog"], [["cat", "feline", "animal"]], self.packages())

    def test_a_set_is_the_same_twice_and_passes_its_check(self):
        first, manifest = self.write("first")
        second, again = self.write("second")
        self.assertEqual(manifest, again)
        self.assertEqual(
            sorted(f["path"] for f in manifest["files"]), ["NOTICE.md", "held-out/names.txt", "held-out/photos.tar", "train/photos-000.tar", "train/related.tsv"]
        )
        self.assertEqual((first / "train/related.tsv").read_text(), "cat\tfeline\tanimal\n")
        code, out, err = self.run_script("--check", first)
        self.assertEqual((code, err), (0, ""))
        self.assertIn(manifest["sha256"], out)

    def test_the_notice_names_versions_authors_origins_and_what_was_left_out(self):
        text = (self.write()[0] / "NOTICE.md").read_text()
        for part in ("gcompris-qt-data 3.1-2", "somebody, https://x/B.jpg", "Left out, 3: a flag", "Terms of it.\n\nMore."):
            self.assertIn(part, text)

    def test_what_changed_is_told(self):
        folder, _ = self.write()
        (folder / "train/photos-000.tar").write_bytes(b"other")
        (folder / "held-out/names.txt").unlink()
        (folder / "train/more.tar").write_bytes(b"")
        code, _, err = self.run_script("--check", folder)
        self.assertEqual(code, 1)
        for part in ("train/photos-000.tar has changed", "held-out/names.txt is missing", "train/more.tar does not belong to it"):
            self.assertIn(part, err)
        self.assertEqual(err.count("\n"), 1)
        code, _, err = self.run_script("--check", self.folder / "nothing")
        self.assertEqual((code, err.count("\n")), (1, 1))
        self.assertIn("manifest.json cannot be read", err)

    def test_nothing_is_left_half_written(self):
        with mock.patch.object(make, "unpack_all", side_effect=KeyboardInterrupt):
            self.assertEqual(self.run_script(self.folder / "out", "--cache", self.folder)[0], 130)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_folder_that_holds_something_else_is_refused(self):
        (self.folder / "out").mkdir()
        (self.folder / "out/thesis.txt").write_text("mine")
        code, _, err = self.run_script(self.folder / "out", "--cache", self.folder)
        self.assertEqual(code, 1)
        self.assertIn("holds something else than a training set", err)

    def stand_in_apt(self, script):
        for name in ("apt-get", "apt-cache", "dpkg-deb"):
            file = self.folder / "bin" / name
            file.parent.mkdir(exist_ok=True)
            file.write_text("#!/bin/sh\n" + script.get(name, "exit 0\n"))
            file.chmod(0o755)
        return mock.patch.dict(os.environ, {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"})

    def test_another_version_is_one_sentence_and_goes_on_only_when_asked(self):
        apt = 'for last; do :; done\ncase $last in *=*) echo "E: Version not found" >&2; exit 100 ;; esac\necho other > "${last}_9_all.deb"\n'
        stand_ins = {"apt-get": apt, "apt-cache": "echo '  Candidate: 9'\n", "dpkg-deb": "echo 9\n"}
        cache = self.folder / "cache"
        cache.mkdir()
        with self.stand_in_apt(stand_ins):
            with self.assertRaisesRegex(make.Refused, "wamerican is at 9 here, the set is made from 2020.12.07-2: .*--any-version"):
                make.fetch("wamerican", cache, False)
            self.assertEqual(list(cache.iterdir()), [])
            path, version = make.fetch("wamerican", cache, True)
        self.assertEqual((path.name, version, path.read_text()), ("wamerican_9_all.deb", "9", "other\n"))

    def test_a_package_that_is_not_to_be_had_says_what_to_do(self):
        with self.stand_in_apt({"apt-get": "echo 'E: Unable to locate package' >&2; exit 100\n"}):
            with self.assertRaisesRegex(make.Refused, r"could not be downloaded \(E: Unable to locate package\); run apt-get update"):
                make.fetch("wamerican", self.folder, False)

    def test_bytes_other_than_the_pinned_ones_are_refused(self):
        apt = "echo other > wamerican_2020.12.07-2_all.deb\n"
        with self.stand_in_apt({"apt-get": apt, "dpkg-deb": "echo 2020.12.07-2\n"}), self.assertRaisesRegex(
            make.Refused, "does not have the pinned SHA-256"
        ):
            make.fetch("wamerican", self.folder, False)

    def test_a_missing_tool_is_named(self):
        with mock.patch.object(make.shutil, "which", return_value=None):
            code, _, err = self.run_script(self.folder / "out", "--cache", self.folder / "cache")
        self.assertEqual(code, 1)
        self.assertIn("apt-get is missing", err)


if __name__ == "__main__":
    unittest.main()
