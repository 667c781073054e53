"""Data-parallel training: every process learns from its share of each batch, and all keep the same network.

A batch is cut into equal shares and the gradients are averaged, so that the sum over all processes is the gradient of
the whole batch: the loss is that of one process, but for rounding. Everything is in double precision for that reason.
"""

import csv
import fcntl
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from aifactory.recipes.sandbox import INPUTS, OUTPUTS, parameters, progress, stop, write

TEST_SHARE = 0.2
MOMENTUM = 0.9
STATE = "checkpoint/state.npz"
_ADDRESS_OF_INTERFACE = 0x8915  # ioctl SIOCGIFADDR, netdevice(7)


@dataclass(frozen=True)
class Task:
    """The rows, scaled by the training part's mean and spread, their classes by number, and which rows are which."""

    rows: torch.Tensor
    classes: torch.Tensor
    labels: list[str]
    training: np.ndarray
    test: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


def main() -> None:
    asked = parameters()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    os.environ.setdefault("GLOO_SOCKET_IFNAME", interface(os.environ.get("AIFACTORY_ADDRESS", "127.0.0.1")))
    distributed.init_process_group("gloo")
    try:
        train(read_task(asked["target"], asked["seed"]), asked)
    finally:
        distributed.destroy_process_group()


def interface(address: str) -> str:
    """Return the name of this machine's network interface that has an address; without names, gloo needs it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe, _ADDRESS_OF_INTERFACE, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # it has no address
            if socket.inet_ntoa(answer[20:24]) == address:
                return name
    return "lo"


def read_task(target: str, seed: int) -> Task:
    """Read the table and keep a part for the test; the same in every process."""
    files = sorted((INPUTS / "table").rglob("*.csv"))
    if len(files) != 1:
        stop(f"The input 'table' must hold exactly one .csv file; it holds {len(files)}.")
    with files[0].open(encoding="utf-8", newline="") as file:
        head, *lines = csv.reader(file)
    if target not in head:
        stop(f"The table has no column {target!r}. It has: {', '.join(head[:40])}.")
    place = head.index(target)
    answers = [line[place] for line in lines]
    labels = sorted(set(answers))
    try:
        rows = np.array([[float(v) for k, v in enumerate(line) if k != place] for line in lines])
    except ValueError as error:
        stop(f"Every column but {target!r} must hold numbers, without gaps: {error}.")
    order = np.random.default_rng(seed).permutation(len(rows))
    test, training = np.split(order, [round(TEST_SHARE * len(rows))])
    mean, spread = rows[training].mean(axis=0), rows[training].std(axis=0)
    spread[spread == 0] = 1
    classes = np.array([labels.index(answer) for answer in answers])
    scaled = torch.from_numpy((rows - mean) / spread)
    return Task(scaled, torch.from_numpy(classes), labels, training, test, mean, spread)


def train(task: Task, asked: dict[str, Any]) -> None:
    """Go through the training part again and again, from the checkpoint on where there is one."""
    here, world = distributed.get_rank(), distributed.get_world_size()
    if asked["batch"] % world:
        stop(f"A batch of {asked['batch']} rows can't be shared equally by {world} processes.")
    if len(task.training) < asked["batch"]:
        stop(f"The training part has {len(task.training)} rows, fewer than one batch of {asked['batch']}.")
    torch.manual_seed(asked["seed"])
    network = torch.nn.Sequential(
        torch.nn.Linear(task.rows.shape[1], asked["hidden"]),
        torch.nn.Tanh(),
        torch.nn.Linear(asked["hidden"], len(task.labels)),
    ).double()
    steps = torch.optim.SGD(network.parameters(), lr=asked["learning_rate"], momentum=MOMENTUM)
    losses = resume(network, steps)
    together = DistributedDataParallel(network)
    for epoch in range(len(losses), asked["epochs"]):
        losses.append(one_epoch(together, steps, task, asked, epoch))
        if here == 0:
            save(network, steps, losses)
            progress((epoch + 1) / asked["epochs"], f"Round {epoch + 1}: loss {losses[-1]:.6f}")
    if here == 0:
        finish(network, task, losses, world)


def one_epoch(network: Any, steps: torch.optim.SGD, task: Task, asked: dict[str, Any], epoch: int) -> float:
    """Learn from every batch once, in an order of this epoch's own; return the mean loss over all processes."""
    here, world, batch = distributed.get_rank(), distributed.get_world_size(), asked["batch"]
    order = np.random.default_rng([asked["seed"], epoch]).permutation(task.training)
    share, found = batch // world, []
    for start in range(0, len(order) - batch + 1, batch):
        mine = torch.from_numpy(order[start + here * share : start + (here + 1) * share])
        steps.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(task.rows[mine]), task.classes[mine])
        loss.backward()
        steps.step()
        found.append(loss.detach())
    total = torch.stack(found).mean()
    distributed.all_reduce(total)
    return float(total) / world


def resume(network: torch.nn.Module, steps: torch.optim.SGD) -> list[float]:
    """Take up what an earlier attempt left, and return its losses; none: a fresh start."""
    file = INPUTS / STATE
    if not file.is_file():
        return []
    with np.load(file, allow_pickle=False) as kept, torch.no_grad():
        for name, weight in network.named_parameters():
            weight.copy_(torch.from_numpy(kept[f"weight.{name}"]))
            steps.state[weight]["momentum_buffer"] = torch.from_numpy(kept[f"momentum.{name}"])
        losses = kept["losses"].tolist()
    if distributed.get_rank() == 0:
        progress(0, f"Going on after round {len(losses)}")
    return losses


def save(network: torch.nn.Module, steps: torch.optim.SGD, losses: list[float]) -> None:
    """Write down where the training stands: whole, or not at all."""
    kept = {"losses": np.array(losses)}
    for name, weight in network.named_parameters():
        kept[f"weight.{name}"] = weight.detach().numpy()
        kept[f"momentum.{name}"] = steps.state[weight]["momentum_buffer"].numpy()
    write_arrays(OUTPUTS / STATE, kept)


def write_arrays(file: Path, arrays: dict[str, np.ndarray]) -> None:
    file.parent.mkdir(exist_ok=True)
    draft = file.with_suffix(".draft")
    with draft.open("wb") as out:
        np.savez(out, **arrays)
    draft.replace(file)


def finish(network: torch.nn.Module, task: Task, losses: list[float], world: int) -> None:
    """Judge the network on the test part and write every result."""
    with torch.no_grad():
        named = network(task.rows[task.test]).argmax(dim=1)
    right = float((named == task.classes[task.test]).double().mean())
    weights = {name: weight.detach().numpy() for name, weight in network.named_parameters()}
    write_arrays(OUTPUTS / "weights.npz", weights | {"mean": task.mean, "spread": task.spread})
    write(
        "metrics.json",
        {
            "format": "aifactory-training/1",
            "loss": losses,
            "accuracy": round(right, 5),
            "labels": task.labels,
            "rows": {"training": len(task.training), "test": len(task.test)},
            "nodes": int(os.environ.get("AIFACTORY_NODES", "1")),
            "processes": world,
            "torch": torch.__version__,
        },
    )


if __name__ == "__main__":
    main()
