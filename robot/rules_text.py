"""Rules as people write them: YAML in which every value is a text, read and written. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from robot import rules
from robot.rules import Rule, WrongRules

#: Characters; some hundred rules have a tenth of it.
LONGEST = 64 * 1024


class _Loader(yaml.BaseLoader):
    """YAML's plainest loader: no value is a number, a date or, like Norway's NO, a false.

    Refused beyond YAML's own rules: a key given twice, of which the later would win unseen, and
    aliases, which nobody needs here.
    """

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002  PyYAML's own signature
    ) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a word", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, "write the value again instead of an alias", event.start_mark
            )
        return super().compose_node(parent, index)


def read(text: str) -> tuple[Rule, ...]:
    """The table written in this text. Raises WrongRules."""
    if len(text) > LONGEST:
        raise WrongRules([f"rules: the text has more than {LONGEST // 1024} KiB"])
    try:
        # The safest loader there is: it makes texts, lists and mappings only.
        data = yaml.load(text, _Loader)  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        what = " ".join(str(error).split()) if isinstance(error, yaml.YAMLError) else "is too deep"
        raise WrongRules([f"rules: is no YAML: {what}"]) from None
    if data is None:
        raise WrongRules(["rules: is empty; write [] for a table that gives nobody anything"])
    return rules.parse(data)


class _Dumper(yaml.SafeDumper):
    """YAML's safe dumper, which quotes no `yes` and no number: the loader takes all for text."""

    yaml_implicit_resolvers = {}


def write(table: Iterable[Rule]) -> str:
    """The text that `read` makes this table of again."""
    text: str = yaml.dump(
        rules.rows(table), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000
    )
    return text
