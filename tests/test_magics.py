"""The magics, in a real IPython shell and on a local engine that really runs the jobs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput, capture_output
from local_jobs import BAD, GOOD, running_engine
from traitlets.config import Config

from jupyter_sm_ext.commands.cell_arguments import continued
from jupyter_sm_ext.connections import connection as connections
from jupyter_sm_ext.connections.connection import Connections
from jupyter_sm_ext.handles.handles import TrainingJob, TuningJob
from jupyter_sm_ext.quiet import QuietError
from jupyter_sm_ext.studio import Studio
from jupyter_sm_ext.widgets.live import MIME_TYPE


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with running_engine(tmp_path_factory.mktemp("magics")) as running:
        yield running


@pytest.fixture(scope="module")
def bare_shell() -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "jupyter_sm_ext")
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(bare_shell: InteractiveShell, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(studio.connection.data_dir))
    # A connection of this test's own, as in a kernel that has just started.
    monkeypatch.setattr(connections, "_OF_THIS_PROCESS", Connections())
    before = set(bare_shell.user_ns)
    yield bare_shell
    for name in set(bare_shell.user_ns) - before:
        del bare_shell.user_ns[name]


Run = Callable[..., tuple[str, list[RichOutput]]]


@pytest.fixture
def run(shell: InteractiveShell) -> Run:
    def run(cell: str) -> tuple[str, list[RichOutput]]:
        with capture_output() as captured:
            shell.run_cell(cell).raise_error()
        return captured.stdout, captured.outputs

    return run


def failure(shell: InteractiveShell, cell: str) -> str:
    """The error of a cell as a notebook shows it, which must be plain and must fail the cell."""
    with capture_output() as captured:
        error = shell.run_cell(cell).error_in_exec
    assert isinstance(error, QuietError)
    assert "Traceback" not in captured.stdout
    shown = "\n".join(error._render_traceback_())
    assert shown in captured.stdout
    return shown


def test_load_ext_imports_nothing_heavy() -> None:
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell\n"
        "s = InteractiveShell(); before = set(sys.modules)\n"
        "s.run_line_magic('load_ext', 'jupyter_sm_ext')\n"
        "assert {'sm', 'sm_train', 'sm_tune'} <= {*s.magics_manager.magics['line'], *s.magics_manager.magics['cell']}\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "assert new <= {'IPython', 'jupyter_sm_ext', *sys.stdlib_module_names}, new\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%sm", ["usage: %sm", "connect", "demo"]),
        ("%sm --help", ["usage: %sm"]),
        ("%sm logs --help", ["usage: %sm logs", "--follow"]),
        ("%sm engine -h", ["start,stop,status", "--data-dir"]),
        ("%%sm_train --help", ["usage: %%sm_train [options]", "--dry-run"]),
        ("%sm algorithm --help", ["  %sm algorithm digits train.py --data", "Then `%%sm_train --algorithm digits"]),
        ("%sm upload --help", ["  %sm upload data.csv my-space:data/"]),
        ("%%sm_tune --help\nx", ["usage: %%sm_tune RANGE", "--objective METRIC", "name=1e-4..1e-1:log"]),
    ],
)
def test_help_is_text(run: Run, line: str, words: list[str]) -> None:
    text, _ = run(line)
    assert all(word in text for word in words), text


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%sm jbs", "%sm: there is no command 'jbs'\nDid you mean %sm jobs?"),
        ("%sm tune lr=1..2", "%sm: tune is a cell of a notebook, %%sm_tune\n%%sm_tune --help tells more"),
        ("%sm logs", "%sm logs: the following arguments are required: JOB\n%sm logs --help tells more."),
        ("%sm 'jobs", "no closing quotation"),
        ("%sm watch nobody", "Local engine has no tuning, training or compilation job named 'nobody'"),
        ("%sm connect local --region x", "profile, region, role and kinds of endpoints belong to an 'aws' connection"),
        ("%sm engine stop --port 1", "--port goes with start"),
        ("%%sm_tune x=1..2\npass", "the following arguments are required: --objective"),
        ("%%sm_tune x=1..2 --objective a --max-job 3\npass", "there is no option --max-job; did you mean --max-jobs?"),
        ("%%sm_tune x=2..1 --objective a\npass", "range 'x' is empty"),
        ("%%sm_tune x=1..2 --objective a --max-jobs few\npass", "argument --max-jobs: invalid int value: 'few'"),
        ("%%sm_train --max-runtime soon\npass", "'soon' is not a duration; write 90s, 10m, 2h or 1d"),
        ("%%sm_train --instance-type ml.m5.larg\npass", "--instance: there is no 'ml.m5.larg'"),
        ("%%sm_train --hp a\npass", "'a' is not name=value"),
        ("%%sm_train --hp a=1 --hp a=2\npass", "--hp a is given twice"),
        ("%%sm_train --metric =x\npass", "is not name or name=value"),
        ("%%sm_train --as a-b\npass", "'a-b' cannot be the name of a variable"),
        ("%%sm_train --script a/b.py\npass", "a file name that ends with .py is needed"),
        ("%%sm_train\n%pip list", "script.py, line 1: invalid syntax: %pip list\nA job runs plain Python"),
    ],
)
def test_a_mistake_is_one_plain_line(shell: InteractiveShell, cell: str, message: str) -> None:
    assert message in failure(shell, cell)


def test_train(run: Run, shell: InteractiveShell) -> None:
    run(f"%%sm_train --hp x=0.5 --metric score --as mine\n{GOOD}")
    job = shell.user_ns["mine"]
    assert isinstance(job, TrainingJob)
    assert job.metrics == {"score": pytest.approx(0.5)}
    text, _ = run(f"%sm logs {job.name}")
    assert "epoch 3 score=0.500000" in text
    text, _ = run(f"%sm logs -f {job.name}")
    assert text.count("epoch 3 score=0.500000") == 1
    _, [jobs] = run("%sm jobs --limit 1")
    assert job.name in jobs.data["text/plain"]
    assert "<td" in jobs.data["text/html"]
    assert "Completed" in jobs.data["text/html"]


def test_tune_over_several_lines_with_python_values(run: Run, shell: InteractiveShell) -> None:
    shell.user_ns.update(count=2, best="score")
    run(f"%%sm_tune x=0.1..0.9 \\\n  --objective {{best}} --strategy random \\\n  --max-jobs $count\n{GOOD}")
    job = shell.user_ns["job"]
    assert isinstance(job, TuningJob)
    assert job.status == "Completed"
    assert len(job.trials()) == 2
    assert "only its training jobs have logs" in failure(shell, f"%sm logs {job.name}")


def test_a_failed_job_fails_the_cell_but_leaves_its_handle(shell: InteractiveShell) -> None:
    shown = failure(shell, f"%%sm_train\n{BAD}")
    job = shell.user_ns["job"]
    assert shown.startswith(f"{job.name} Failed: AlgorithmError: ValueError: no good <b>data</b>\n")
    assert shown.endswith(f"Its log tells more: %sm logs {job.name}")


def test_a_dry_run_shows_the_request_and_does_nothing(run: Run, shell: InteractiveShell, studio: Studio) -> None:
    before = [each["TrainingJobName"] for each in studio.list("training-jobs")]
    text, _ = run("%%sm_train --dry-run --name not-now --max-runtime 10m\npass")
    request, end = json.JSONDecoder().raw_decode(text)
    assert 'response = sagemaker.create_training_job(\n    TrainingJobName="not-now",' in text[end:]
    assert request["TrainingJobName"] == "not-now"
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}
    assert [each["TrainingJobName"] for each in studio.list("training-jobs")] == before
    assert "job" not in shell.user_ns


def test_what_is_packed_is_told_and_a_trial_comes_first(
    run: Run, shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text("FACTOR = 2\n")
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers" / "a.csv").write_text("1\n")
    (tmp_path / "numbers" / "id_rsa").write_text("x")
    monkeypatch.chdir(tmp_path)
    text, _ = run("%%sm_train --local --data train=numbers\nimport mine\nprint(f'score={mine.FACTOR:.1f}')")
    packed, data, sample, runs, ended, there = text.splitlines()
    assert packed == "imported and packed: mine.py (11 bytes)"
    assert data == "--data train: numbers, 1 file, 2 bytes; left out: id_rsa (a secret)"
    assert sample == "trial here: --data train: 1 of 1 file, at most 1,000 rows of each"
    assert runs.startswith("trial here: trial-script-")
    assert ended.endswith(", score=2")
    assert there == "data: 1 file in S3 already, not uploaded again"
    assert shell.user_ns["job"].metrics == {"score": 2.0}


def test_a_trial_that_fails_starts_nothing_and_shows_the_log(shell: InteractiveShell) -> None:
    with capture_output():
        error = shell.run_cell(f"%%sm_train --local\n{BAD}").error_in_exec
    assert isinstance(error, QuietError)
    # The traceback in it is that of the script, which is what has to be read.
    shown = str(error)
    assert "so nothing was started: AlgorithmError: ValueError: no good <b>data</b>" in shown
    assert "about to fail" in shown
    assert "job" not in shell.user_ns


def test_an_algorithm_needs_no_script(shell: InteractiveShell, studio: Studio) -> None:
    shown = failure(shell, "%%sm_train --algorithm no-such-algorithm")
    assert "no-such-algorithm" in shown


def test_a_function_of_the_notebook_is_a_job(run: Run, shell: InteractiveShell) -> None:
    run("import math\nimport jupyter_sm_ext as sm\nFACTOR = 2\ndef half(x):\n    return x / FACTOR\n")
    run("def fit(x: float = 1.0):\n    return {'score': half(x) + math.floor(0.5)}\n")
    run("job = sm.train(fit, hp={'x': 3.0}, quiet=True)\njob.wait(timeout=60, live=False)")
    assert shell.user_ns["job"].metrics == {"score": 1.5}


def test_no_wait_shows_a_panel_and_watch_shows_it_again(run: Run, shell: InteractiveShell) -> None:
    _, outputs = run(f"%%sm_train --no-wait\n{GOOD}")
    job = shell.user_ns["job"]
    assert outputs[0].data[MIME_TYPE]["key"] == [job.name]
    job.wait(timeout=60)
    _, outputs = run(f"%sm watch {job.name}")
    assert outputs[0].data["text/plain"].startswith(f"Training job {job.name}: Completed")
    assert job.name in outputs[0].data["text/html"]


def test_stop(run: Run, shell: InteractiveShell) -> None:
    run("%%sm_train --no-wait\nimport time\ntime.sleep(600)")
    job = shell.user_ns["job"]
    text, _ = run(f"%sm stop {job.name}")
    assert text == f"{job.name}: asked to stop\n"
    job.wait(timeout=60)
    assert job.status == "Stopped"


def test_env_sets_this_kernels_environment_and_tells_no_key(run: Run, studio: Studio) -> None:
    before = dict(os.environ)
    os.environ["AWS_SESSION_TOKEN"] = "old"
    try:
        text, _ = run("%sm env")
        wanted = studio.connection.environment()
        assert {name: os.environ.get(name) for name in wanted} == wanted
        assert "AWS_SESSION_TOKEN" not in os.environ
        assert "AWS_SECRET_ACCESS_KEY" in text
        assert wanted["AWS_SECRET_ACCESS_KEY"] not in text
        assert wanted["AWS_ACCESS_KEY_ID"] not in text
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_status_and_connect(run: Run, studio: Studio) -> None:
    text, _ = run("%sm status")
    assert text.startswith("Local engine: ready\nregion us-east-1\n")
    text, _ = run("%sm connect local --bucket my-bucket")
    assert "bucket my-bucket" in text
    assert json.loads((studio.connection.data_dir / "connection.json").read_text())["bucket"] == "my-bucket"
    run("%sm connect local")


def completions(shell: InteractiveShell, line: str) -> list[str]:
    with provisionalcompleter():
        return [each.text for each in shell.Completer.completions(line, len(line))]


def test_completion(run: Run, shell: InteractiveShell) -> None:
    run(f"%%sm_train --name complete-me\n{GOOD}")
    assert "status" in completions(shell, "%sm st")
    assert "complete-me" in completions(shell, "%sm logs complete")
    assert "complete-me" in completions(shell, "%sm stop ")


def test_completion_starts_no_engine(shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_SM_DATA_DIR", str(tmp_path / "nothing"))
    assert "complete-me" not in completions(shell, "%sm logs complete")
    assert not (tmp_path / "nothing").exists()


def test_demo_copies_the_quickstart(run: Run, tmp_path: Path) -> None:
    text, _ = run(f"%sm demo {tmp_path}")
    assert text == f"Open {tmp_path / '01_quickstart.ipynb'} in the file browser.\n"
    assert (tmp_path / "01_quickstart.ipynb").is_file()


def test_continued_lines() -> None:
    assert continued("a \\", "b \\\nc\nbody\n") == ("a  b  c", "body\n")
    assert continued("a", "b \\\nc") == ("a", "b \\\nc")
    assert continued("a \\", "") == ("a  ", "")
