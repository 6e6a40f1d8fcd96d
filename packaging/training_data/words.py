# SPDX-License-Identifier: Apache-2.0
"""From titles, file names and metadata to words that say what a picture shows."""

import html
import re

# Words of openclipart that name a collection, a theme or nothing.
NOT_A_WORD = set("""hash unsorted special theme themes icons icon clipart svg png lumen openclipart ganson mapsym weathersym musicsym networksym
appicon stock mimetypes miscellany application applications action actions apps devices filesystem filesystems iconset submission various etiquette
collection imported import metadata bw general jpg dbm nicu buculei""".split())
JUNK_TITLE = re.compile(
    r"hash\s*\(|\bpart of\b|collection|\btheme\b|s[iu]bmi?ssion|unsorted|various|clip ?art|untitled|icon ?set|icons\b|\b(19|20)\d\d\b|\bsvg\b", re.I
)


def words(text):
    """Lower-case words of a title or a file name: camelCase and underscores parted; numbers go, at a word's end and as a word ("46pt13step") too."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", html.unescape(text))
    found = (re.sub(r"\d+$", "", w).strip("'’-") for w in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower()))
    return [w for w in found if w and not re.search(r"\d", w)]


class English:
    """Which words are English: those of a word list, of CLDR's names, and their parts between hyphens."""

    def __init__(self, *lists):
        self.known = {w for some in lists for w in some}

    def keeps(self, word):
        return word in self.known or ("-" in word and all(part in self.known for part in word.split("-")))

    def phrase(self, found, limit=6):
        """The words as a text, or "" where one of them is not English, or there are none or more than the limit."""
        single = [w for w in found if len(w) > 1 or w == "a"]
        if not single or len(single) > limit or len(single) < len(found) or not all(self.keeps(w) and w not in NOT_A_WORD for w in single):
            return ""
        if max(map(len, single)) < 3:
            return ""
        return " ".join(w if w in self.known else w.replace("-", " ") for w in single)


def without_author(found, author):
    """Words of a file name without the author after them, however it was cut off ("siringa architetto franc", "bullet hole linda kim aa")."""
    name = words(author)
    for start in range(1, len(found)):
        if name and (" ".join(name).startswith(" ".join(found[start:])) or found[start : start + len(name)] == name):
            return found[:start]
    return found


def rdf_fields(text):
    """{title, subjects, author, licences} of an SVG's RDF, whose namespaces and nesting are not always sound."""
    block = re.search(r"<(?:\w+:)?RDF\b.*?</(?:\w+:)?RDF>", text, re.S)
    rdf = block[0] if block else ""
    creator = re.search(r"<dc:creator\b.*?<dc:title[^>]*>(.*?)</dc:title>.*?</dc:creator>", rdf, re.S)
    work = re.sub(r"<(?:cc:)?Agent\b.*?</(?:cc:)?Agent>", "", rdf, flags=re.S)
    title = re.search(r"<dc:title[^>]*>(.*?)</dc:title>", work, re.S)
    subject = re.search(r"<dc:subject\b.*?</dc:subject>", rdf, re.S)
    plain = lambda found: html.unescape(html.unescape(re.sub(r"<[^>]*>", " ", found))).strip()  # many are escaped twice
    return {
        "title": plain(title[1]) if title else "",
        "subjects": [plain(s) for s in re.findall(r"<rdf:li[^>]*>(.*?)</rdf:li>", subject[0], re.S)] if subject else [],
        "author": plain(creator[1]) if creator else "",
        "licences": sorted(set(re.findall(r"<(?:cc:)?license\b[^>]*resource=\"([^\"]*)\"", rdf))),
    }


def clipart_texts(path, rdf, repeated, english):
    """(texts, named) for clip art: its title, else its file name, then subjects and folders; `repeated` titles name a series, not a drawing."""
    *folders, stem = path.split("/")
    title = rdf["title"]
    author = rdf["author"]
    tail = re.match(r"clip ?art by .*? - (.*)", title, re.I)
    if tail and not repeated:
        title = tail[1]
    if title and not repeated and not JUNK_TITLE.search(title):
        said = words(re.sub(r"\((b ?and ?w|bw)\)", "", title, flags=re.I))
        name = english.phrase([w for w in said if w not in words(author)] or said)
    else:
        name = english.phrase(without_author(words(re.sub(r"(_\d+|_r|_bw|_ganson|_aj)+$", "", stem)), author))
    found = [name] if name else []
    author_words = set(words(author))
    for subject in [*rdf["subjects"], *(f.replace("_", " ") for f in reversed(folders))]:
        said = [w for w in words(subject) if w not in NOT_A_WORD]
        if re.search(r"hash|theme|^0x", subject, re.I) or not said or set(said) <= author_words:
            continue
        text = english.phrase(said, 3)
        if text and text not in found and text not in ("signs and symbols", "signs symbols"):
            found.append(text)
    return found[:12], bool(name)
