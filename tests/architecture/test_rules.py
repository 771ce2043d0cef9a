"""The layout as behaviour: every rule holds in every file, and every rule can fail."""

from __future__ import annotations

import pytest
from tests.architecture import naming, ownership, purity, shape
from tests.architecture.exemptions import EXEMPT
from tests.architecture.purity import SHELL
from tests.architecture.rule import Rule
from tests.architecture.sources import ROOT, parsed, sources

RULES = (*shape.RULES, *ownership.RULES, *purity.RULES, *naming.RULES)


def broken(rule: Rule) -> dict[str, list[str]]:
    """What the rule finds, by path."""
    found: dict[str, list[str]] = {}
    for source in filter(rule.holds_in, sources()):
        for line, what in sorted(set(rule.faults(source))):
            found.setdefault(source.path, []).append(f"{source.path}:{line}: {what}")
    return found


by_name = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


@by_name
def test_the_project_keeps_the_rule(rule: Rule) -> None:
    found = broken(rule)
    faults = [fault for path in found if (rule.name, path) not in EXEMPT for fault in found[path]]
    if faults:
        pytest.fail("\n".join([f"{rule.name}: {len(faults)} faults", *faults]), pytrace=False)


@by_name
def test_the_rule_reports_what_it_refuses(rule: Rule) -> None:
    for text in rule.refuses:
        assert list(rule.faults(parsed(rule.place, text))), text


@by_name
def test_the_rule_lets_pass_what_it_accepts(rule: Rule) -> None:
    for text in rule.accepts:
        assert list(rule.faults(parsed(rule.accepts_place or rule.place, text))) == [], text


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_exemption_has_a_reason_and_is_still_needed() -> None:
    rule_by_name = {rule.name: rule for rule in RULES}
    for (name, path), reason in EXEMPT.items():
        assert reason, (name, path)
        assert path in broken(rule_by_name[name]), f"{path} keeps {name!r}: drop its exemption"


def test_every_shell_file_exists() -> None:
    assert [path for path in sorted(SHELL) if not (ROOT / path).is_file()] == []
