"""Pictures for people, drawn on copies: the stamp an auditor asks for, the outline a reviewer needs.

The captured pixels stay as they are: the stamp is a band below them. A copy is only drawn from bytes
that match their digest; otherwise the picture says in words what is wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import io

import structlog
from django.utils.crypto import salted_hmac
from PIL import Image, ImageDraw, ImageFont

from robot.evidence import convert
from robot.evidence.store import StoreError, key_of, store
from robot.models import Evidence

log = structlog.get_logger(__name__)

MEDIA_TYPE = "image/webp"
#: The largest crop, CSS px: what fits a phone and a laptop beside the question.
CROP_WIDTH, CROP_HEIGHT = 720, 300
# Always as wide as may be: in a table the person's name stands far from the button in its row.
_LEAST_WIDTH, _LEAST_HEIGHT = CROP_WIDTH, 200
_BAND, _EDGE, _LABEL, _VALUE = "#14202b", "#e5484d", "#8fa3b3", "#f4f7f9"
_MARK, _HALO = "#e5484d", "#ffffff"
_MAC = 32


def stamped(evidence: Evidence) -> bytes:
    """A WebP copy with the stamp below and the marked element outlined; kept in the store.

    Evidence without a picture, or whose file is missing or changed, gives a card that says so.
    """
    key = _derived_key(evidence)
    known = _kept(key)
    if known:
        return known
    image, fault = _load(evidence)
    scale = _scale(evidence, image, fault)
    if not fault:
        _outline(image, _box(evidence, scale), scale)
    data = _encode(_with_band(image, _lines_of(evidence), scale))
    if not fault:
        _keep(key, data)
    return data


def _kept(key: str) -> bytes:
    """The copy kept under the key; empty if there is none that we made, or none can be read."""
    try:
        known = store().get_derived(key) or b""
    except StoreError as error:
        log.warning("stamped copy not read", reason=str(error))
        return b""
    return known[:-_MAC] if hmac.compare_digest(known[-_MAC:], _mac(key, known[:-_MAC])) else b""


def _keep(key: str, data: bytes) -> None:
    """Keep a copy for the next time. It can be drawn again: a full disk hides no picture."""
    try:
        # The code of whoever holds the key is appended: who can only write files cannot forge one.
        store().put_derived(key, data + _mac(key, data))
    except StoreError as error:
        log.warning("stamped copy not kept", reason=str(error))


def crop(evidence: Evidence, margin: int = 120) -> bytes:
    """A WebP of the marked element, outlined, with up to `margin` CSS px of its surroundings.

    At most 720 x 300 CSS px; without a marked element the whole picture at that size.
    """
    image, fault = _load(evidence)
    scale = _scale(evidence, image, fault)
    box = _box(evidence, scale)
    if box is not None and not fault:
        _outline(image, box, scale)
        image = image.crop(_region(image.size, box, margin * scale, scale))
    image.thumbnail((round(CROP_WIDTH * scale), round(CROP_HEIGHT * scale)))
    return _encode(image)


Box = tuple[float, float, float, float]  # left, top, right, bottom in the picture's own px


def _load(evidence: Evidence) -> tuple[Image.Image, str]:
    """The picture and "", or a card in its place and why."""
    fault = ""
    if evidence.kind == "unavailable":
        fault = f"No picture could be taken: {evidence.meta.get('reason', 'no reason given')}"
    elif not evidence.media_type.startswith("image/"):
        fault = f"No picture: this evidence is {evidence.kind}"
    else:
        try:
            return convert.pixels(convert.picture(evidence)).image.copy(), ""
        except (StoreError, convert.PixelsError) as error:
            fault = f"The picture cannot be shown: {error}"
    return _card(fault), fault


def _card(message: str) -> Image.Image:
    image = Image.new("RGB", (CROP_WIDTH, 160), "#fff4f4")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 5, 160), fill=_EDGE)
    font = _font(16)
    draw.multiline_text(
        (28, 28), "\n".join(_wrap(message, font, CROP_WIDTH - 56)[:5]), "#3b1219", font, spacing=7
    )
    return image


def _scale(evidence: Evidence, image: Image.Image, fault: str) -> float:
    """Pixels of the picture per CSS px; a card is drawn in CSS px."""
    if fault:
        return 1.0
    width = (evidence.meta.get("viewport") or {}).get("width") or image.width
    return max(0.5, image.width / float(width))


def _box(evidence: Evidence, scale: float) -> Box | None:
    box = evidence.meta.get("box")
    if not box:
        return None
    left, top = box["x"] * scale, box["y"] * scale
    return left, top, left + box["width"] * scale, top + box["height"] * scale


def _outline(image: Image.Image, box: Box | None, scale: float) -> None:
    if box is None:
        return
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    thick = max(2, round(3 * scale))
    # Kept within the picture, so that an element at its border shows all four sides.
    for gap, width, colour in ((5, thick + 4, _HALO), (3, thick, _MARK)):
        grow = gap * scale + thick
        frame = (
            max(0.0, left - grow),
            max(0.0, top - grow),
            min(image.width - 1.0, right + grow),
            min(image.height - 1.0, bottom + grow),
        )
        if frame[0] < frame[2] and frame[1] < frame[3]:
            draw.rounded_rectangle(frame, radius=6 * scale, outline=colour, width=width)


def _region(
    size: tuple[int, int], box: Box, margin: float, scale: float
) -> tuple[int, int, int, int]:
    """What to cut out: the box and its surroundings, within the picture and the largest crop."""
    spans = []
    for low, high, length, most, least in (
        (box[0], box[2], size[0], CROP_WIDTH * scale, _LEAST_WIDTH * scale),
        (box[1], box[3], size[1], CROP_HEIGHT * scale, _LEAST_HEIGHT * scale),
    ):
        needed = high - low + 24 * scale  # the element and its outline are never cut off
        want = min(length, max(needed, min(most, max(least, high - low + 2 * margin))))
        start = min(max(0.0, (low + high - want) / 2), length - want)
        spans.append((round(start), round(start + want)))
    (left, right), (top, bottom) = spans
    return left, top, right, bottom


def _lines_of(evidence: Evidence) -> list[tuple[str, str]]:
    """What an auditor wants to read in the picture itself, as label and value."""
    meta = evidence.meta
    version = meta.get("flow_version")
    flow = (
        f"{meta.get('flow') or 'flow'} v{version}" if version is not None else meta.get("flow", "")
    )
    return [
        ("", str(meta.get("url", ""))),
        ("taken", str(meta.get("utc", "")).replace("T", " ").replace("Z", " UTC")),
        ("tenant", evidence.tenant.slug),
        ("signed in as", str(meta.get("login", ""))),
        ("task", f"{evidence.task.operation} #{evidence.task.pk}" if evidence.task else "none"),
        ("step", evidence.step or str(meta.get("step", ""))),
        ("flow", flow),
        ("moment", evidence.kind.replace("_", " ")),
        ("sha256", evidence.sha256),
    ]


def _with_band(image: Image.Image, lines: list[tuple[str, str]], scale: float) -> Image.Image:
    font, pad, gap = _font(13 * scale), round(12 * scale), round(20 * scale)
    height = round(21 * scale)
    room = image.width - 2 * pad
    placed: list[tuple[float, int, str, str]] = []  # x, row, label, value
    x, row = 0.0, 0
    for label, whole in lines:
        if not whole:
            continue
        lead = f"{label}  " if label else ""
        for number, value in enumerate(_cut(whole, font, room - font.getlength(lead))):
            shown = lead if number == 0 else ""
            length = font.getlength(shown + value)
            if x and x + length > room:
                x, row = 0.0, row + 1
            placed.append((x, row, shown, value))
            x += length + gap
        if not label:  # the address has its own line
            x, row = 0.0, row + 1
    band = (placed[-1][1] + 1 if placed else 0) * height + 2 * pad
    canvas = Image.new("RGB", (image.width, image.height + band), _BAND)
    canvas.paste(image, (0, 0))
    draw = ImageDraw.Draw(canvas)
    draw.line((0, image.height, image.width, image.height), _EDGE, max(1, round(2 * scale)))
    for x, row, label, value in placed:
        y = image.height + pad + row * height
        draw.text((pad + x, y), label, _LABEL, font)
        draw.text((pad + x + font.getlength(label), y), value, _VALUE, font)
    return canvas


Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def _font(size: float) -> Font:
    # Pillow's own: the same on every machine. Its letters are Latin; others show as boxes.
    return ImageFont.load_default(size)


def _cut(text: str, font: Font, room: float) -> list[str]:
    """Pieces of a text without blanks to break at, each no wider than the room."""
    pieces = [""]
    for letter in text:
        if pieces[-1] and font.getlength(pieces[-1] + letter) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _wrap(text: str, font: Font, room: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines += _cut(word, font, room)
    return [line for line in lines if line]


def _encode(image: Image.Image) -> bytes:
    target = io.BytesIO()
    # Quality 0 is the least effort here, not a loss: a copy is looked at once or twice.
    image.save(target, "WEBP", lossless=True, method=1, quality=0)
    return target.getvalue()


def _derived_key(evidence: Evidence) -> str:
    # By the row: the same pixels seen in two steps have two stamps.
    name = hashlib.sha256(f"stamp 1 {evidence.pk} {evidence.sha256}".encode()).hexdigest()
    return key_of(evidence.tenant.slug, name, "webp")


def _mac(key: str, data: bytes) -> bytes:
    code = salted_hmac("robot.evidence.render", key.encode() + data, algorithm="sha256")
    return code.digest()
