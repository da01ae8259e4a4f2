"""The shipped flows, by name: the files of robot/flows, parsed once and again when they change.

Fragments (robot/flows/fragments) belong to the flows that use them and have no names of their own
here. Nothing of this needs Django.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from robot import types
from robot.player import annotated, generate, recording
from robot.player.errors import FlowError
from robot.player.flow import Flow
from robot.player.load import load_file

_FOLDER = Path(__file__).resolve().parent / "flows"
_Stamp = tuple[tuple[str, int, int], ...]

_lock = Lock()
_loaded: dict[str, tuple[_Stamp, Flow]] = {}


def directory() -> Path:
    """Where the flows lie: NAME.yaml, fragments/, recordings/ and annotations/."""
    return _FOLDER


def names() -> list[str]:
    """Names of all flows, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def load(name: str) -> Flow:
    """The flow of that name; read again only when it or a fragment has changed on disk.

    Raises KeyError for a name nobody has, FlowError for a file that cannot be used.
    """
    path = _FOLDER / f"{name}.yaml"
    if "/" in name or not path.is_file():
        raise KeyError(f"there is no flow {name!r}; there are {', '.join(names())}")
    stamp = _stamp(path)
    with _lock:
        known = _loaded.get(name)
    if known is not None and known[0] == stamp:
        return known[1]
    flow = load_file(path, types=types.TYPES.keys())
    with _lock:
        _loaded[name] = (stamp, flow)
    return flow


def usable(name: str) -> Flow:
    """As `load`, for who is to play it: a flow that nobody has cannot be used either (FlowError)."""
    try:
        return load(name)
    except KeyError as error:
        raise FlowError(
            name, [f"there is none; record it: `manage.py flow record {name}`"]
        ) from error


def all_flows() -> list[Flow]:
    """Every flow, by name. Raises FlowError at the first that cannot be used."""
    return [load(name) for name in names()]


def version_of(name: str) -> int:
    """The version of a flow, which decisions are bound to. Raises as `load`."""
    return load(name).version


def sources() -> list[str]:
    """Names of everything that is made from annotations, fragments included, sorted."""
    return sorted(path.stem for path in (_FOLDER / "annotations").glob("*.yaml"))


def generated(name: str) -> tuple[Path, str]:
    """Where the flow or fragment of that name belongs, and its text made anew from its sources.

    Raises KeyError without annotations, AnnotationError or RecordingError for sources that do not fit.
    """
    path = _FOLDER / "annotations" / f"{name}.yaml"
    if not path.is_file():
        raise KeyError(f"there are no annotations for {name!r}; there are {', '.join(sources())}")
    notes = annotated.parse(path.read_text(encoding="utf-8"))
    recorded = _FOLDER / "recordings" / f"{notes.get('recording', name)}.json"
    if not recorded.is_file():
        raise recording.RecordingError(f"recordings/{recorded.name} is missing; record it")
    made = recording.loads(recorded.read_text(encoding="utf-8"))
    folder = _FOLDER / "fragments" if notes["kind"] == "fragment" else _FOLDER
    return folder / f"{name}.yaml", generate.generate(made, notes)


def _stamp(path: Path) -> _Stamp:
    """Changes whenever the file or any fragment does."""
    files = [path, *sorted((_FOLDER / "fragments").glob("*.yaml"))]
    return tuple((one.name, one.stat().st_mtime_ns, one.stat().st_size) for one in files)
