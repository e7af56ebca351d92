#!/usr/bin/env python3
"""Measures PyTorch on the networks of `parsimony bench`: one training step and one inference pass.

Usage: pytorch_step.py NETWORK BATCH THREADS SECONDS
  NETWORK  lenet300-100, lenet5-caffe, resnet20, resnet56, vgg19-bn, lstm-200 (with BATCH sequences of 35 words out of 10,000) or
           lstm-200-33k (out of 33,278)

Every variant (memory format x SGD implementation) is measured in a process of its own, because several in
one process slow each other down. Prints one JSON line with the images (or words) per second of the fastest variant,
and the largest memory of a training process.
"""
import json
import resource
import statistics
import subprocess
import sys
import time

BOTH_FORMATS = ["contiguous", "channels-last"]
MEMORY_FORMATS = {
    "lenet300-100": ["contiguous"], "lenet5-caffe": BOTH_FORMATS, "resnet20": BOTH_FORMATS,
    "resnet56": BOTH_FORMATS, "vgg19-bn": BOTH_FORMATS, "lstm-200": ["contiguous"],
    "lstm-200-33k": ["contiguous"]}
WORDS = {"lstm-200": 10_000, "lstm-200-33k": 33_278}
STEPS = 35
OPTIMIZERS = ["plain", "foreach", "fused"]
LEAST_REPEATS = 5
WARM_UP_STEPS = 2


def residual_network(depth):
    """A residual network of basic blocks for 32x32 images, with zero-padded shortcuts."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.stride, self.extra = stride, outputs - inputs
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)

        def forward(self, x):
            y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)), inplace=True)))
            if self.extra:
                side = self.extra // 2
                x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, side, side))
            return functional.relu(y + x, inplace=True)

    class Mean(nn.Module):
        def forward(self, x):
            return torch.mean(x, (2, 3))

    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    inputs = 16
    for outputs in (16, 32, 64):
        for block in range((depth - 2) // 6):
            layers.append(Block(inputs, outputs, 2 if block == 0 and outputs > 16 else 1))
            inputs = outputs
    return nn.Sequential(*layers, Mean(), nn.Linear(64, 10))


def vgg19():
    """VGG-19 with batch normalisation for 32x32 images."""
    from torch import nn

    layers, inputs = [], 3
    for filters, count in ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)):
        for _ in range(count):
            layers += [nn.Conv2d(inputs, filters, 3, padding=1), nn.BatchNorm2d(filters),
                       nn.ReLU(inplace=True)]
            inputs = filters
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


def language_model(words):
    """Two LSTM layers of 200 units between an embedding and a linear layer; input [steps, sequences]."""
    from torch import nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.Embedding(words, 200)
            self.rnn = nn.LSTM(200, 200, 2)
            self.decoder = nn.Linear(200, words)

        def forward(self, x):
            return self.decoder(self.rnn(self.encoder(x))[0]).flatten(0, 1)

    return Model()


def build(network):
    """The network, as a module that takes a batch of `examples`."""
    from torch import nn

    if network == "lenet300-100":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(),
            nn.Linear(100, 10))
    if network == "lenet5-caffe":
        return nn.Sequential(
            nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10))
    if network == "vgg19-bn":
        return vgg19()
    if network in WORDS:
        return language_model(WORDS[network])
    return residual_network(int(network.removeprefix("resnet")))


def examples(network, batch):
    """A batch of inputs and labels."""
    import torch

    if network in WORDS:
        words = WORDS[network]
        return torch.randint(0, words, (STEPS, batch)), torch.randint(0, words, (STEPS * batch,))
    shape = (1, 28, 28) if network.startswith("lenet") else (3, 32, 32)
    return torch.randn(batch, *shape), torch.randint(0, 10, (batch,))


def images_per_second(step, batch, seconds):
    """The median speed of `step`, called for at least `seconds` and some times."""
    for _ in range(WARM_UP_STEPS):
        step()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < LEAST_REPEATS or time.perf_counter() < end:
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
    images, labels = examples(network, batch)
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

    count = batch * STEPS if network in WORDS else batch
    training = images_per_second(train, count, seconds)
    model.eval()
    return {
        "training": training,
        "inference": images_per_second(infer, count, seconds),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
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
        "trainingMegabytes": round(results[training]["megabytes"]),
        "trainingByVariant": {name: round(r["training"], 1) for name, r in results.items()},
    }))


if __name__ == "__main__":
    main(sys.argv[1:])
