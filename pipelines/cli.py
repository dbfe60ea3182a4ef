"""The command `tonlage`. Exit status: 0 all scored, 1 some failed, 2 wrong usage or settings."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from analyzers.errors import TonlageError, UsageError
from pipelines import config

if TYPE_CHECKING:
    from rich.console import Console

    from pipelines.flows import Outcome
    from pipelines.tasks import Run

OK, FAILED, WRONG, STOPPED = 0, 1, 2, 130
SHARING = ("GOMP_SPINCOUNT", "2000")
"""Threads of the models that wait give the processor away soon: two calls at once took 17 s instead of 59."""


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        """Leave with status 2."""
        raise UsageError(f"{message}; see {self.prog} --help")


def build_parser() -> argparse.ArgumentParser:
    """All verbs and options."""
    common = _common()
    parser = Parser(
        prog="tonlage", description="Tells, call by call and with evidence, whether a service agent listened and kept a calm voice."
    )
    parser.add_argument("--version", action="version", version=f"tonlage {version('tonlage')}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, run: object, help: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", parents=[common])
        made.set_defaults(run=run)
        return made

    score = verb("score", _score, "score all recordings of folders, files and globs (a night), and write tables and report")
    score.add_argument("paths", nargs="+", metavar="PATH", help="folder (with all folders below), file or glob")
    score.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where tables and report go; what is there and current is kept"
    )
    call = verb("call", _call, "score one recording and show its scorecard here")
    call.add_argument("file", metavar="FILE", help="the recording")
    call.add_argument("--out", type=Path, metavar="DIR", help="keep tables and report there; without it nothing is kept")
    call.add_argument("--json", action="store_true", help="print the rows of the tables as JSON")
    report = verb("report", _report, "write the report of an output folder anew")
    report.add_argument("folder", type=Path, metavar="DIR", help="folder that `score` has written")
    demo = verb("demo", _demo, "score the sample recordings")
    demo.add_argument("--out", type=Path, default=Path("demo_out"), metavar="DIR", help="where tables and report go (default: %(default)s)")
    models = verb("models", _models, "list the models: where from, licence; or verify their checksums")
    models.add_argument("action", nargs="?", choices=("list", "verify"), default="list", help="(default: %(default)s)")
    doctor = verb("doctor", _doctor, "check that everything is there that a night needs; each line says ok or what to do")
    doctor.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where results would go (default: here)")
    verb("config", _config, "print the settings that count, and where each comes from")
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("settings (they win over environment and tonlage.toml)")
    group.add_argument("--config", metavar="FILE", help="settings file (default: tonlage.toml in this folder, where there is one)")
    group.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any setting, as `tonlage config` lists them; may be repeated"
    )
    short = {
        "--language": ("transcription.languages", "languages to choose among, such as de or de,en"),
        "--engine": ("transcription.engine", "auto, faster-whisper or openai-whisper"),
        "--model": ("transcription.model", "Whisper model by name or path"),
        "--agent-channel": ("roles.agent_channel", "channel of the agent in two-channel recordings: 0, 1, or -1 where it is not known"),
    }
    for option, (key, help) in short.items():
        group.add_argument(option, dest=key, metavar=option.rpartition("-")[2].upper(), help=f"{help} ({key})")
    return common


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    from pipelines.doctor import silence_telemetry

    silence_telemetry()
    os.environ.setdefault(*SHARING)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    try:
        args = build_parser().parse_args(argv)
        return int(args.run(args))
    except UsageError as error:
        return _say(error, WRONG)
    except TonlageError as error:
        return _say(error, FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        return _say(f"{error.filename or 'reading or writing'}: {error.strerror or error}", WRONG)
    except KeyboardInterrupt:
        return _say("stopped; the same command goes on where this one stopped", STOPPED)


def _say(message: object, status: int) -> int:
    print(f"tonlage: {' '.join(str(message).split())}", file=sys.stderr)
    return status


def _effective(args: argparse.Namespace) -> config.Effective:
    overrides: dict[str, object] = {}
    for pair in args.set:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set {pair}: expected KEY=VALUE, such as --set report.language=en")
        overrides[key.strip()] = value
    given = {name: value for name, value in vars(args).items() if "." in name and value is not None}
    return config.load(args.config, {**overrides, **given})


def _consoles() -> tuple[Console, Console]:
    from rich.console import Console

    return Console(highlight=False), Console(stderr=True, highlight=False)


def _night(paths: Sequence[str], out: Path, settings: config.Settings) -> int:
    """A night; the last line says what became of it, and which page to open."""
    from pipelines.audio import FORMATS
    from pipelines.orchestration import prepare, run_night, summary
    from pipelines.recordings import find
    from pipelines.tasks import start
    from pipelines.terminal import Progress

    found = find(paths, settings, skip=[out])
    if not found:
        raise UsageError(f"no recordings in {', '.join(paths)}; expected files such as {FORMATS}")
    run = start(settings, out)
    prepare(run.store.work)
    with run.store.locked():
        with Progress(_consoles()[1]) as progress:
            outcomes = run_night(found, run, progress)
    for outcome in outcomes:
        if outcome.status == "failed":
            print(f"failed: {outcome.reason_code}: {outcome.message}", file=sys.stderr)
    print(f"{summary(outcomes)}; open {run.store.root / 'report' / 'index.html'}")
    return _status(outcomes)


def _status(outcomes: Sequence[Outcome]) -> int:
    return FAILED if any(o.status == "failed" for o in outcomes) else OK


def _score(args: argparse.Namespace) -> int:
    return _night(args.paths, args.out, _effective(args).settings)


def _demo(args: argparse.Namespace) -> int:
    samples = Path(__file__).resolve().parent.parent / "sample_audio"
    if not samples.is_dir():
        raise UsageError("the sample recordings are not here: they come with the source, in sample_audio/")
    return _night([str(samples)], args.out, _effective(args).settings)


def _call(args: argparse.Namespace) -> int:
    from tempfile import TemporaryDirectory

    from pipelines.tasks import start

    settings = _effective(args).settings
    if args.out:
        run = start(settings, args.out)
        with run.store.locked():
            return _one(args, run, keep=True)
    with TemporaryDirectory(prefix="tonlage-") as folder:
        return _one(args, start(settings, Path(folder)), keep=False)


def _one(args: argparse.Namespace, run: Run, keep: bool) -> int:
    """Score one recording without Prefect and show what was found."""
    from pipelines import flows, terminal
    from pipelines.recordings import find

    found = [f for f in find([args.file], run.settings) if Path(args.file).is_dir() is False]
    if len(found) != 1:
        raise UsageError(f"{args.file}: expected one recording; `tonlage score` takes folders and globs")
    outcomes = flows.night(found, run, flows.one_by_one, publish_report=keep)
    (outcome,) = outcomes
    if outcome.status == "failed" or outcome.call_id is None:
        return _say(outcome.message, FAILED)
    tables = run.store.read_call(outcome.call_id)
    if args.json:
        terminal.print_json(tables)
    else:
        terminal.show(tables["scorecards"], run.rubric, run.settings.report.language, _consoles()[0])
    return OK


def _report(args: argparse.Namespace) -> int:
    from pipelines.publish import publish
    from pipelines.store import Store
    from pipelines.tasks import read_rubric

    settings = _effective(args).settings
    if not (args.folder / "scorecards").is_dir():
        raise UsageError(f"{args.folder}: no output folder of `tonlage score`; it has no scorecards")
    store = Store(args.folder, settings.recordings.time_zone).open()
    with store.locked():
        print(f"open {publish(store, settings, read_rubric(settings))}")
    return OK


def _models(args: argparse.Namespace) -> int:
    from pipelines.models import list_models, verify

    wrong = False
    for info in list_models():
        state = verify(info) if args.action == "verify" else f"sha256 {info.sha256[:12]}" if info.sha256 else "by download"
        wrong = wrong or state in ("not installed", "wrong checksum")
        print(f"{info.name:<16}{info.kind:<22}{info.licence:<12}{state}")
        print(f"    {info.source}" + (f"; from {info.package}" if info.package else ""))
    return FAILED if wrong else OK


def _doctor(args: argparse.Namespace) -> int:
    from pipelines.doctor import checks

    wrong = False
    for check in checks(args.out):
        print(check, flush=True)
        wrong = wrong or check.advice is not None
    return FAILED if wrong else OK


def _config(args: argparse.Namespace) -> int:
    print(config.as_toml(_effective(args)), end="")
    return OK
