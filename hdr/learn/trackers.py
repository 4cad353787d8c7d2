"""Optional second logs of a run: TensorBoard event files, MLflow. Each only where it is installed and asked for."""

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hdr.errors import SettingsError
from hdr.learn.plan import TRACKERS, Plan
from hdr.nets.backend import load_keras


def installed_trackers() -> list[str]:
    """The trackers that can be asked for here."""
    return [name for name in TRACKERS if importlib.util.find_spec(name)]


def tracker_callbacks(plan: Plan, folder: Path, name: str) -> list[Any]:
    """Callbacks of Keras for the trackers of a plan.

    Args:
        plan: Says which.
        folder: TensorBoard's files go into its sub-folder `tensorboard`.
        name: What the run is called in MLflow, whose server is named by `MLFLOW_TRACKING_URI`.

    Raises:
        SettingsError: One is not installed.
    """
    missing = [tracker for tracker in plan.trackers if tracker not in installed_trackers()]
    if missing:
        raise SettingsError(f"{', '.join(missing)} is not installed. Install it with pip, or leave it out.")
    callbacks: list[Any] = []
    if "tensorboard" in plan.trackers:
        callbacks.append(load_keras().callbacks.TensorBoard(str(folder / "tensorboard"), write_graph=False))
    if "mlflow" in plan.trackers:
        callbacks.append(_mlflow_logger(plan, name))
    return callbacks


def _mlflow_logger(plan: Plan, name: str) -> Any:
    """A logger whose run is begun here, so that a server that cannot be reached is told before the training."""
    import mlflow

    try:
        mlflow.set_experiment("hdr")
        mlflow.start_run(run_name=name)
        mlflow.log_params({"net": plan.net, **asdict(plan.settings)})
    except Exception as error:  # MLflow's stores raise nearly anything
        raise SettingsError(f"MLflow cannot be used ({error}). Check MLFLOW_TRACKING_URI, or leave it out.") from error

    class MlflowLogger(load_keras().callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
            try:
                mlflow.log_metrics({key: float(value) for key, value in logs.items()}, step=epoch)
            except Exception as error:  # the training is worth more than its second log
                sys.stderr.write(f"MLflow missed epoch {epoch + 1}: {error}\n")

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
            mlflow.end_run()

    return MlflowLogger()
