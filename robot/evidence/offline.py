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
    tenant, files = head["tenant"], {"": "nothing"}
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
            yield from _file(folder, link, name, files)
            seq, last = link["seq"], link["hash"]
            known_holds = known_holds or known == (seq, last)
    if (seq, last) != (head["seq"], head["hash"]):
        yield f"truncated: the head says link {head['seq']}, the last one here is {seq}"
    if not known_holds:
        yield "truncated: the head that was given is no link of this chain"
    for path in sorted((folder / "files").rglob("*")):
        if path.is_file() and path.relative_to(folder / "files").as_posix() not in files:
            yield f"added file: {path.relative_to(folder).as_posix()}: no row names it"


def _file(folder: Path, link: dict[str, Any], name: str, files: dict[str, str]) -> Iterator[str]:
    content = link["content"] or {}
    key = content.get("path", "") if link["kind"] == "evidence" else ""
    if key in files:
        return
    files[key] = str(content.get("sha256"))
    path = folder / "files" / key
    if path.is_file():
        if hashlib.sha256(path.read_bytes()).hexdigest() != files[key]:
            yield f"changed file: files/{key} of {name}"
    elif not link.get("converted"):
        yield f"missing file: files/{key} of {name}"
    elif not (folder / "files" / link["converted"]).is_file():
        yield f"missing file: files/{link['converted']}, which took the place of {key} of {name}"


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
