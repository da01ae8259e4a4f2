"""Checks an exported chain without its maker: Python 3.11 and nothing else.

    python verify.py [FOLDER] [--head SEQ:HASH]

Reads head.json, links.jsonl and files/ beside it. Exit 0: the chain holds; 1: it does not, each
finding on a line; 2: wrong use. Give --head with a head that you were told earlier: only that
shows a chain that was cut short or made anew as a whole.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any


def jcs(value: Any) -> str:
    """RFC 8785: the one way to write a JSON value."""
    if isinstance(value, dict):
        # Keys are ordered by their UTF-16 code units.
        pairs = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be"))
        return "{" + ",".join(f"{jcs(key)}:{jcs(item)}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(jcs(item) for item in value) + "]"
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def number(value: float) -> str:
    """A number as ECMAScript writes it, which RFC 8785 prescribes."""
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    point = len(text) + int(exponent)  # where the decimal point stands, counted from the left
    text = text.rstrip("0")
    if 0 < point <= 21:
        shown = text.ljust(point, "0")
        shown = shown[:point] + ("." + shown[point:] if len(shown) > point else "")
    elif -6 < point <= 0:
        shown = "0." + "0" * -point + text
    else:
        power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
        shown = text[0] + ("." + text[1:] if len(text) > 1 else "") + power
    return ("-" if sign else "") + shown


def digest(value: Any) -> str:
    """SHA-256 (hex) of a value as RFC 8785 JSON."""
    return hashlib.sha256(jcs(value).encode()).hexdigest()


def check(folder: Path, known: tuple[int, str] | None) -> Iterator[str]:
    """Everything that does not hold, a line each."""
    head = json.loads((folder / "head.json").read_text("utf-8"))
    tenant, walk = head["tenant"], Files(folder / "files")
    seq, last = 0, digest({"v": 1, "tenant": tenant})
    known_holds = known is None or known == (seq, last)
    with (folder / "links.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            link = json.loads(line)
            name = f"link {link['seq']} ({link['kind']} {link['item']})"
            if link["seq"] != seq + 1 or link["prev"] != last:
                yield f"broken order: {name} does not follow link {seq}"
            body = {key: link[key] for key in ("seq", "prev", "kind", "item", "digest")}
            if digest({"v": 1, "tenant": tenant, **body}) != link["hash"]:
                yield f"changed link: {name}: its hash does not fit it"
            if digest(link["content"]) != link["digest"]:
                yield f"changed row: {name}: its content is not what was chained"
            if link["kind"] == "evidence" and link["content"]:
                yield from walk.see(link["content"], name)
            seq, last = link["seq"], link["hash"]
            known_holds = known_holds or known == (seq, last)
    if (seq, last) != (head["seq"], head["hash"]):
        yield f"truncated: the head says link {head['seq']}, the last one here is {seq}"
    if not known_holds:
        yield "truncated: the head that was given is no link of this chain"
    yield from walk.end()


class Files:
    """The files against the chained rows that name them. A PNG may be gone once it was converted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: set[str] = set()
        # Path of a missing file -> the first link that names it, and its rows as (id, SHA-256).
        self.gone: dict[str, tuple[str, set[tuple[Any, Any]]]] = {}
        self.converted: set[tuple[Any, Any]] = set()

    def see(self, content: dict[str, Any], name: str) -> Iterator[str]:
        """One row of evidence, as it was chained."""
        key, sha256 = content["path"], content["sha256"]
        if not key:
            return
        if content["kind"] == "conversion":
            self.converted.add((content["meta"]["of"], content["meta"]["png_sha256"]))
        path = self.folder / key
        if not path.is_file():
            self.gone.setdefault(key, (name, set()))[1].add((content["id"], sha256))
        elif key not in self.known and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            yield f"changed file: files/{key} of {name}"
        self.known.add(key)

    def end(self) -> Iterator[str]:
        """What only the whole chain shows: files that nothing took the place of, and strangers."""
        for key, (name, rows) in self.gone.items():
            if not rows & self.converted:
                yield f"missing file: files/{key} of {name}"
        for path in sorted(self.folder.rglob("*")):
            key = path.relative_to(self.folder).as_posix()
            if path.is_file() and key not in self.known:
                yield f"added file: files/{key}: no row names it"


def main(words: list[str]) -> int:
    """The command line. Gives the exit code."""
    known = None
    try:
        if "--head" in words:
            place = words.index("--head")
            seq, _, value = words.pop(place + 1).partition(":")
            known = (int(seq), value)
            words.pop(place)
        folder = Path(words[0]) if words else Path(__file__).resolve().parent
        findings = list(check(folder, known))
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        sys.stderr.write(f"verify.py [FOLDER] [--head SEQ:HASH]: cannot check this: {error!r}\n")
        return 2
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    sys.stdout.write("the chain does not hold\n" if findings else "the chain holds\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
