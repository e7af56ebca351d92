#!/usr/bin/env python3
"""Measures PyTorch on the networks of `parsimony bench`: one training step and one inference pass.

Usage: pytorch_step.py NETWORK BATCH THREADS SECONDS
  NETWORK  lenet300-100 or lenet5-caffe

Every variant (memory format x SGD implementation) is measured in a process of its own, because several in
one process slow each other down. Prints one JSON line with the images per second of the fastest variant.
"""
import json
import statistics
import subprocess
import sys
import time

MEMORY_FORMATS = {"lenet300-100": ["contiguous"], "lenet5-caffe": ["contiguous", "channels-last"]}
OPTIMIZERS = ["plain", "foreach", "fused"]
WARM_UP_STEPS = 10


def build(network):
    """The network, as a module that takes images [N, 1, 28, 28]."""
    from torch import nn

    if network == "lenet300-100":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(),
            nn.Linear(100, 10))
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10))


def images_per_second(step, batch, seconds):
    """The median speed of `step`, called for at least `seconds` and twenty times."""
    for _ in range(WARM_UP_STEPS):
        step()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 20 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return batch / statistics.median(times)


def measure(network, batch, threads, seconds, memory_format, optimizer):
    """Training and inference speed of one variant, in this process."""
    import torch
    import torch.nn.functional as functional

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = build(network)
    images = torch.randn(batch, 1, 28, 28)
    labels = torch.randint(0, 10, (batch,))
    if memory_format == "channels-last":
        model = model.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    options = {"plain": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}
    sgd = torch.optim.SGD(
        model.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4, **options[optimizer])

    def train():
        sgd.zero_grad()
        functional.cross_entropy(model(images), labels).backward()
        sgd.step()

    def infer():
        with torch.inference_mode():
            model(images)

    training = images_per_second(train, batch, seconds)
    model.eval()
    return {
        "training": training,
        "inference": images_per_second(infer, batch, seconds),
        "torch": torch.__version__,
    }


def main(arguments):
    if len(arguments) not in (4, 6) or arguments[0] not in MEMORY_FORMATS:
        sys.exit(__doc__)
    network, batch, threads = arguments[0], int(arguments[1]), int(arguments[2])
    seconds = float(arguments[3])
    if len(arguments) == 6:
        print(json.dumps(measure(network, batch, threads, seconds, *arguments[4:])))
        return
    variants = [(f, o) for f in MEMORY_FORMATS[network] for o in OPTIMIZERS]
    results = {}
    for variant in variants:
        command = [sys.executable, __file__, network, str(batch), str(threads),
                   str(seconds / len(variants) / 2), *variant]
        finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if finished.returncode != 0:
            sys.exit(f"{network}: variant {' '.join(variant)} failed")
        results[" ".join(variant)] = json.loads(finished.stdout.splitlines()[-1])
    training = max(results, key=lambda name: results[name]["training"])
    inference = max(results, key=lambda name: results[name]["inference"])
    print(json.dumps({
        "network": network,
        "batch": batch,
        "threads": threads,
        "torch": results[training]["torch"],
        "trainingImagesPerSecond": round(results[training]["training"], 1),
        "trainingVariant": training,
        "inferenceImagesPerSecond": round(results[inference]["inference"], 1),
        "inferenceVariant": inference,
        "trainingByVariant": {name: round(r["training"], 1) for name, r in results.items()},
    }))


if __name__ == "__main__":
    main(sys.argv[1:])
