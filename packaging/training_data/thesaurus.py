# SPDX-License-Identifier: Apache-2.0
"""From WordNet's nouns to lines of texts that mean nearly the same: a word, its synonyms, what it is a kind of, and how it is explained."""

import re

# Of WordNet's files of nouns, those of things that can be drawn; not those of people, half of which are what people call each other.
DRAWABLE = {5, 6, 8, 13, 17, 19, 20, 25, 27}  # animal, artifact, body, food, object, phenomenon, plant, shape, substance
MOST_WORDS = 7  # of an explanation
SENSES, TEXTS_OF_SENSE = 3, 5  # of a word, the commonest
LEVELS = 4  # of what it is a kind of
SAYS_NOTHING = {"entity", "physical entity", "object", "whole", "artifact", "matter", "causal agent", "living thing", "organism", "substance", "abstraction", "unit", "part", "thing", "instrumentality"}


class Synset:
    def __init__(self, line):
        fields, _, gloss = line.partition(" | ")
        fields = fields.split()
        self.file = int(fields[1])
        count = int(fields[3], 16)
        self.words = [plain(w) for w in fields[4 : 4 + 2 * count : 2]]
        pointers = fields[5 + 2 * count :]
        self.above = [pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if pointers[i] == "@" and pointers[i + 2] == "n"]
        self.gloss = explained(gloss)


def plain(word):
    return word.replace("_", " ")


def explained(gloss):
    """The first clause, without what stands in brackets and examples; "" where it is long."""
    clause = re.sub(r"\([^)]*\)", " ", gloss).split(";")[0].split('"')[0]
    said = re.findall(r"[a-z]+(?:['-][a-z]+)*", clause.lower())
    said = said[1:] if said and said[0] in ("a", "an", "the", "any") else said
    return " ".join(said) if 1 < len(said) <= MOST_WORDS else ""


def spoken(word):
    """Neither a name nor a formula, and no longer than a drawing's."""
    return re.fullmatch(r"[a-z]+(?:['-][a-z]+)*(?: [a-z]+(?:['-][a-z]+)*){0,2}", word) is not None and len(word) > 2


def texts_of(synsets, offset):
    """Synonyms, an explanation, and kinds that the sense belongs to, the nearest first."""
    own = synsets[offset]
    found, level = [*own.words, own.gloss], own.above[:1]
    for _ in range(LEVELS):
        found += [synsets[each].words[0] for each in level]
        level = [above for each in level for above in synsets[each].above[:1]]
    return [text for text in dict.fromkeys(found) if text and text not in SAYS_NOTHING and (text == own.gloss or spoken(text))]


def related(folder, known):
    """[[word, text, ...]] sorted by word, of WordNet's data.noun and index.noun; `known(word)` says of one word whether people use it."""
    synsets = {}
    for line in (folder / "data.noun").read_text("utf-8").splitlines():
        if not line.startswith("  "):
            synsets[line[:8]] = Synset(line)
    rows = []
    for line in (folder / "index.noun").read_text("utf-8").splitlines():
        if line.startswith("  "):
            continue
        fields = line.split()
        word, senses = plain(fields[0]), fields[-int(fields[2]) :]
        if not spoken(word) or not all(known(part) for part in word.split()):
            continue
        texts = []
        for offset in senses[:SENSES]:
            if synsets[offset].file in DRAWABLE:
                texts += [text for text in texts_of(synsets, offset) if text not in (word, *texts)][:TEXTS_OF_SENSE]
        if texts:
            rows.append([word, *texts])
    return sorted(rows)
