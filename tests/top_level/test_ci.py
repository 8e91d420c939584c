"""CI's own steps: a skipped test and a missing compiler are errors there."""

from pathlib import Path

import pytest

from scripts import influx_for_tests, kafka_for_tests, nothing_skipped
from scripts.setup import SetupError

REPORT = """\
<testsuites><testsuite>
<testcase classname="tests.a" name="test_runs"/>
<testcase classname="tests.a" name="test_idle"><skipped message="no broker"/></testcase>
</testsuite></testsuites>"""


def test_a_skipped_test_is_named_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert nothing_skipped.main([str(report)]) == 1
    assert capsys.readouterr().err == "ci: skipped tests.a::test_idle: no broker\n"


def test_a_report_without_skips_passes(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT.replace('<skipped message="no broker"/>', ""))
    assert nothing_skipped.main([str(report)]) == 0


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_missing_compiler_fails_in_ci_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, code: int
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert influx_for_tests.main() == code
    assert "go and cargo missing" in "".join(capsys.readouterr())


def test_kafka_without_java_is_left_out_but_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("CI", "")
    assert kafka_for_tests.main() == 0
    assert "java and mvn missing" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SetupError, match="install maven"):
        kafka_for_tests.main()


def test_another_jar_than_is_pinned_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kafka_2.13-3.9.1.jar").write_bytes(b"something else")
    with pytest.raises(SetupError, match=r"kafka_2\.13-3\.9\.1\.jar"):
        kafka_for_tests._check(tmp_path)
