"""Metrics as scripts of all kinds print them."""

from __future__ import annotations

import re
import textwrap

import pytest

from jupyter_sm_ext.launching.metric_formats import metric_regex, metrics_in, metrics_of, table_regex
from jupyter_sm_ext.metric_lines import MetricLines

KERAS = "63/63 ━━━━━━━━ 1s 5ms/step - accuracy: 0.9012 - loss: 0.3021 - val_accuracy: 0.9102 - val_loss: 2.9e-01"
OLD_KERAS = "1875/1875 [==============================] - 3s 2ms/step - loss: 0.2962 - accuracy: 0.9134"
TRAINER = "{'eval_loss': 0.31, 'eval_accuracy': 0.92, 'eval_runtime': 1.5, 'epoch': 1.0}"
LIGHTNING = "Epoch 3: 100%|██████████| 10/10 [00:00<00:00, 55.2it/s, v_num=0, train_loss=0.523, val_acc=0.911]"
TABLE = "│         test_acc          │    0.9834001064300537     │"


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("validation:accuracy=0.97", "validation:accuracy", 0.97),
        ("epoch 3 validation:accuracy: 9.7e-1 loss=1", "validation:accuracy", 0.97),
        ("validation:accuracy = -.5", "validation:accuracy", -0.5),
        ("x_validation:accuracy=0.1", "validation:accuracy", None),
        ("validation:accuracy is fine", "validation:accuracy", None),
        (KERAS, "loss", 0.3021),
        (KERAS, "val_loss", 0.29),
        (KERAS, "accuracy", 0.9012),
        (OLD_KERAS, "accuracy", 0.9134),
        (TRAINER, "eval_loss", 0.31),
        (TRAINER, "loss", None),
        (LIGHTNING, "train_loss", 0.523),
        (LIGHTNING, "val_acc", 0.911),
        ('{"step": 3, "loss": 0.25}', "loss", 0.25),
        ("{'acc': np.float64(0.97)}", "acc", 0.97),
        ("loss=tensor(0.3127, device='cuda:0')", "loss", 0.3127),
    ],
)
def test_one_expression_finds_every_common_format(line: str, name: str, value: float | None) -> None:
    expression = metric_regex(name)
    found = re.search(expression, line)
    assert (float(found[1]) if found else None) == value
    # The engine and the views use another library.
    lines = MetricLines([{"Name": name, "Regex": expression}])
    assert [pytest.approx(got) for _, got in lines.find(line)] == ([value] if value is not None else [])
    assert len(metric_regex("x" * 255)) <= 500


def test_lightnings_table() -> None:
    found = re.search(table_regex("test_acc"), TABLE)
    assert found
    assert float(found[1]) == pytest.approx(0.9834)


def names(script: str) -> list[str]:
    return list(metrics_of(textwrap.dedent(script)))


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('print(f"epoch {epoch}: train:loss={loss:.4f} val:acc={a:.3f}")', ["train:loss", "val:acc"]),
        ('print("loss:", loss, "step:", step)', ["loss"]),
        ('print("val_acc: %.3f after %d steps" % (acc, steps))', ["val_acc"]),
        ('print("f1={:.3f} name={}".format(f1, name))', ["f1"]),
        ('logger.info("auc=%f", auc)', ["auc"]),
        ("print(json.dumps({'loss': loss, 'epoch': 3}))", ["loss"]),
        ("print({'mse': error})", ["mse"]),
        ('print("score=0.5")', ["score"]),
        ('print(f"device: {device}, lr={lr:.3g}, batch_size={n:d}")', []),
        ('print(f"speed={x:.1f}")', ["speed"]),
        ("print('old'", []),
        ("raise ValueError(f'loss={loss:.2f}')", []),
    ],
)  # fmt: skip
def test_what_a_script_prints_is_read(script: str, found: list[str]) -> None:
    assert names(script) == found


def test_keras() -> None:
    script = """
        from tensorflow import keras
        model.compile(optimizer="adam", loss="mse", metrics=["accuracy", keras.metrics.AUC()])
        model.fit(x, y, validation_split=0.1)
    """
    assert names(script) == ["loss", "accuracy", "val_loss", "val_accuracy"]


def test_the_trainer_of_hugging_face() -> None:
    script = """
        from transformers import Trainer
        def compute_metrics(pair):
            return {"accuracy": 1.0, "f1": 0.5}
        trainer = Trainer(model=model, compute_metrics=compute_metrics)
    """
    assert names(script) == ["loss", "eval_loss", "train_loss", "eval_accuracy", "eval_f1"]


def test_lightning() -> None:
    script = """
        import lightning as L
        class Net(L.LightningModule):
            def training_step(self, batch, i):
                self.log("train_loss", loss, prog_bar=True)
                self.log_dict({"val_acc": acc, "val_f1": f1})
    """
    assert names(script) == ["train_loss", "val_acc", "val_f1"]


def test_what_a_log_holds() -> None:
    found = metrics_in([KERAS, TRAINER, LIGHTNING, TABLE, "listening on port: 8080 at 10:30:21"])
    assert list(found)[:4] == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert {"eval_loss", "eval_accuracy", "train_loss", "val_acc", "test_acc"} <= set(found)
    assert not {"epoch", "v_num", "10"} & set(found)
    assert found["test_acc"] == table_regex("test_acc")
