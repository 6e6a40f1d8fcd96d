# SPDX-License-Identifier: Apache-2.0
"""Readers of what the packages hold: fonts of bitmaps, Qt resources, licences, sizes of pictures."""

import re
import struct
import zlib

ALLOWED = re.compile(r"OFL-1\.1|public-domain|CC0-1\.0|CC-BY-[1-4]\.\d|CC-BY-SA-[1-4]\.\d")


class Refused(Exception):
    """One sentence for the user: what, where, what to do."""


class Font:
    """What is needed of a TrueType font with colour bitmaps: PNGs by glyph (CBLC, CBDT) and glyphs by code points (cmap, GSUB)."""

    def __init__(self, data):
        self.data = data
        (count,) = struct.unpack_from(">H", data, 4)
        self.tables = {}
        for i in range(count):
            tag, _, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * i)
            if offset + length > len(data):
                raise Refused(f"the font's table {tag.decode('latin-1')} reaches beyond its end; the package is damaged, remove it from the cache")
            self.tables[tag.decode("latin-1")] = offset

    def _read(self, layout, offset):
        return struct.unpack_from(">" + layout, self.data, offset)

    def bitmaps(self):
        """{glyph: PNG bytes} of the first strike."""
        index, pixels = self.tables["CBLC"], self.tables["CBDT"]
        array, _, count = self._read("III", index + 8)
        array += index
        found = {}
        for i in range(count):
            first, last, additional = self._read("HHI", array + 8 * i)
            subtable = array + additional
            index_format, image_format, start = self._read("HHI", subtable)
            spans = []  # (glyph, begin, end), relative to start
            glyphs = range(first, last + 1)
            if index_format in (1, 3):
                layout = "I" if index_format == 1 else "H"
                offsets = self._read(f"{len(glyphs) + 1}{layout}", subtable + 8)
                spans = list(zip(glyphs, offsets, offsets[1:]))
            elif index_format == 4:
                (pairs,) = self._read("I", subtable + 8)
                listed = [self._read("HH", subtable + 12 + 4 * k) for k in range(pairs + 1)]
                spans = [(glyph, offset, after[1]) for (glyph, offset), after in zip(listed, listed[1:])]
            elif index_format in (2, 5):
                (size,) = self._read("I", subtable + 8)
                if index_format == 5:
                    (listed,) = self._read("I", subtable + 20)
                    glyphs = self._read(f"{listed}H", subtable + 24)
                spans = [(glyph, k * size, (k + 1) * size) for k, glyph in enumerate(glyphs)]
            else:
                raise Refused(f"the font has a bitmap index of format {index_format}, which this script does not read")
            metrics = {17: 5, 18: 8, 19: 0}.get(image_format)
            if metrics is None:
                raise Refused(f"the font has bitmaps of format {image_format}, which this script does not read")
            for glyph, begin, end in spans:
                if end > begin:
                    at = pixels + start + begin + metrics
                    (length,) = self._read("I", at)
                    found[glyph] = self.data[at + 4 : at + 4 + length]
        return found

    def characters(self):
        """{code point: glyph} of the table of format 12, which a font of emoji has."""
        table = self.tables["cmap"]
        (count,) = self._read("H", table + 2)
        found = {}
        for i in range(count):
            (offset,) = self._read("I", table + 8 + 8 * i)
            if self._read("H", table + offset)[0] == 12:
                (groups,) = self._read("I", table + offset + 12)
                for k in range(groups):
                    first, last, glyph = self._read("III", table + offset + 16 + 12 * k)
                    found.update((first + n, glyph + n) for n in range(last - first + 1))
        return found

    def ligatures(self):
        """{(glyph, glyph, ...): glyph} of every ligature substitution."""
        gsub = self.tables["GSUB"]
        lookups = gsub + self._read("H", gsub + 8)[0]
        found = {}
        for lookup in (lookups + o for o in self._offsets(lookups)):
            (kind,) = self._read("H", lookup)
            for subtable in (lookup + o for o in self._offsets(lookup + 4)):
                actual = kind
                if kind == 7:
                    _, actual, further = self._read("HHI", subtable)
                    subtable += further
                if actual != 4:
                    continue
                firsts = self._coverage(subtable + self._read("H", subtable + 2)[0])
                for first, ligature_set in zip(firsts, (subtable + o for o in self._offsets(subtable + 4))):
                    for ligature in (ligature_set + o for o in self._offsets(ligature_set)):
                        glyph, components = self._read("HH", ligature)
                        found[(first, *self._read(f"{components - 1}H", ligature + 4))] = glyph
        return found

    def _offsets(self, at):
        return self._read(f"{self._read('H', at)[0]}H", at + 2)

    def _coverage(self, at):
        form, count = self._read("HH", at)
        if form == 1:
            return self._read(f"{count}H", at + 4)
        ranges = [self._read("HHH", at + 4 + 6 * k) for k in range(count)]
        return [glyph for first, last, _ in ranges for glyph in range(first, last + 1)]


def qt_resource(data):
    """{path: bytes} of a compiled Qt resource (.rcc), formats 1 to 3."""
    magic, version, tree, contents, names = struct.unpack_from(">4s4I", data)
    if magic != b"qres" or version > 3:
        raise Refused("a resource of gcompris is not one that this script reads; the package is damaged or newer, remove it from the cache")
    step = 14 if version < 2 else 22
    found = {}

    def name(offset):
        (length,) = struct.unpack_from(">H", data, names + offset)
        return data[names + offset + 6 : names + offset + 6 + 2 * length].decode("utf-16-be")

    def walk(node, path):
        at = tree + node * step
        named, flags = struct.unpack_from(">IH", data, at)
        here = f"{path}/{name(named)}" if path else name(named) if node else ""
        if flags & 2:
            count, first = struct.unpack_from(">II", data, at + 6)
            for child in range(first, first + count):
                walk(child, here)
            return
        (offset,) = struct.unpack_from(">I", data, at + 10)
        (length,) = struct.unpack_from(">I", data, contents + offset)
        body = data[contents + offset + 4 : contents + offset + 4 + length]
        if flags & 4:
            return  # Zstandard: not in the standard library, and no picture of these packages is packed so
        found[here] = zlib.decompress(body[4:]) if flags & 1 else body

    walk(0, "")
    return found


def credits(text):
    """[{copyright, license, source, files: [..]}] of a README as gcompris keeps one beside its pictures: blocks parted by blank lines."""
    found = []
    for block in re.split(r"\n\s*\n", text):
        fields, last = {}, None
        for line in block.split("\n"):
            start = re.match(r"(Copyright|License|Source|Files|Comments?):\s*(.*)$", line)
            if start:
                last = start[1].lower()
                fields[last] = start[2].strip()
            elif last:
                fields[last] = f"{fields[last]}\n{line.strip()}".strip()
        if fields.get("files"):
            found.append({**fields, "files": fields["files"].split("\n")})
    return found


def copyright_paragraphs(text):
    """[(patterns, holders, licence)] of a machine-readable debian/copyright; where several match a file, the last one counts."""
    found = []
    for paragraph in re.split(r"\n[ \t]*\n", text):
        fields, last = {}, None
        for line in paragraph.split("\n"):
            if line[:1] in (" ", "\t") and last:
                fields[last] += "\n" + line.strip()
            elif ":" in line and not line.startswith("#"):
                last, value = line.split(":", 1)
                last = last.lower()
                fields[last] = value.strip()
        if "files" in fields:
            holders = [h.strip() for h in fields.get("copyright", "").split("\n") if h.strip()]
            found.append((fields["files"].split(), ", ".join(holders), fields.get("license", "").split("\n")[0]))
    return found


def copyright_of(paragraphs, path):
    """(holders, licence) for a path; patterns know * and ?."""
    result = ("", "")
    for patterns, holders, licence in paragraphs:
        for pattern in patterns:
            if re.fullmatch("".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern), path, re.S):
                result = (holders, licence)
    return result


def licence_text(text, name):
    """The body of the stand-alone paragraph `License: name`, or of the one that follows it in a Files paragraph."""
    body = re.search(rf"^License:[ \t]*{re.escape(name)}[ \t]*\n((?:[ \t].*\n?)+)", text, re.M)
    lines = body[1].rstrip().split("\n") if body else []
    return "\n".join("" if line.strip() == "." else line[1:] for line in lines)


def licence_name(text):
    """The licence by its SPDX name where it is one of ours ("CC-BY-SA 4.0" -> "CC-BY-SA-4.0"), else as it is written."""
    plain = text.split("\n")[0].strip()
    if plain.lower().replace("-", " ") == "public domain":
        return "public-domain"
    plain = re.sub(r"^(CC-BY(?:-SA)?)[ -](\d\.\d)(-USA)?$", r"\1-\2", plain)
    return {"CC0": "CC0-1.0", "SIL-1.1": "OFL-1.1"}.get(plain, plain)


def allowed(licence):
    return ALLOWED.fullmatch(licence) is not None


def image_size(data):
    """(width, height, has alpha) of a PNG or WebP, (0, 0, False) of anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return (*struct.unpack_from(">II", data, 16), bool(data[25] & 4) or b"tRNS" in data[:4096])
    if data[:4] == b"RIFF" and data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1, bool(data[20] & 16)
    if data[:4] == b"RIFF" and data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
    if data[:4] == b"RIFF" and data[12:16] == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF, False
    return 0, 0, False
