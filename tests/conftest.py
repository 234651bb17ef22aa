"""What holds for every test: a neutral environment, and in CI no test that quietly did not run."""

import os
from collections.abc import Generator

import pytest

_FOREIGN = (
    "ALFRED_COCKPIT_STATE",
    "ALFRED_COCKPIT_TRACEBACK",
    "KUBECONFIG",
    "DATABASE_URL",
    "OPENAI_API_KEY",
    "SLACK_BOT_TOKEN",
    "NO_COLOR",
)
"""A developer's own settings that would change what the program does."""

_MAY_BE_MISSING = ("terraform", "native histograms")
"""What a machine may lack even in CI: a skip whose reason names one of these stays a skip."""

for _name in _FOREIGN:
    os.environ.pop(_name, None)


def is_ci() -> bool:
    """Whether a missing server is a failure here."""
    return os.environ.get("CI") == "true"


def _counts_as_failure(report: pytest.TestReport | pytest.CollectReport) -> bool:
    if not is_ci() or not report.skipped or hasattr(report, "wasxfail"):
        return False
    return not any(word in str(report.longrepr) for word in _MAY_BE_MISSING)


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    if _counts_as_failure(report):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"With CI=true nothing may be skipped. {why}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail(report)
    return report
