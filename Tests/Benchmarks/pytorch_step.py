#!/usr/bin/env python3
"""Measures PyTorch on the networks of `parsimony bench`: one training step and one inference pass.

Usage: pytorch_step.py NETWORK BATCH THREADS SECONDS
       pytorch_step.py NETWORK BATCH THREADS serve VARIANT
  NETWORK  lenet300-100, lenet5-caffe, resnet20, resnet56, vgg19-bn, alexnet-cifar10, mobilenet-v1, lstm-200 (with BATCH sequences of
           35 words out of 10,000) or lstm-200-33k (out of 33,278)
  VARIANT  a memory format and an implementation of SGD: "channels-last fused"

The first form measures every variant in a process of its own, because several in one process slow each other down, and prints one line
of JSON: the fastest variants, and the largest memory of training with the fastest. A variant that fails is left out.

The second form prints "ready", then answers lines "training SECONDS" and "inference SECONDS" on standard input with the images (or
words) per second. Inference is that of a network with its normalisations folded.

Ends with status 3 if PyTorch is not there.
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
    "resnet56": BOTH_FORMATS, "vgg19-bn": BOTH_FORMATS, "alexnet-cifar10": BOTH_FORMATS,
    "mobilenet-v1": BOTH_FORMATS, "lstm-200": ["contiguous"], "lstm-200-33k": ["contiguous"]}
WORDS = {"lstm-200": 10_000, "lstm-200-33k": 33_278}
STEPS = 35
OPTIMIZERS = ["plain", "foreach", "fused"]
LEAST_REPEATS_OF_SEARCH = 5
LEAST_REPEATS_OF_BLOCK = 2
WARM_UP_STEPS = 2
MISSING_MODULE = 3


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


def alexnet():
    """AlexNet for 32x32 images."""
    from torch import nn

    layers, inputs = [], 3
    for filters, kernel, stride, padding, pools in (
            (64, 11, 4, 5, True), (192, 5, 1, 2, True), (384, 3, 1, 1, False), (256, 3, 1, 1, False),
            (256, 3, 1, 1, True)):
        layers += [nn.Conv2d(inputs, filters, kernel, stride, padding), nn.ReLU(inplace=True)]
        if pools:
            layers.append(nn.MaxPool2d(2))
        inputs = filters
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(256, 10))


def mobilenet():
    """MobileNet v1 with a global average at its end, for 32x32 images."""
    from torch import nn

    def convolution(inputs, outputs, kernel, stride, groups=1):
        return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
                nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]

    layers, inputs = convolution(3, 32, 3, 2), 32
    for outputs, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1),
                            (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)):
        layers += convolution(inputs, inputs, 3, stride, groups=inputs)
        layers += convolution(inputs, outputs, 1, 1)
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 10))


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
    if network == "alexnet-cifar10":
        return alexnet()
    if network == "mobilenet-v1":
        return mobilenet()
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


def images_per_second(step, batch, seconds, least_repeats):
    """The median speed of `step`, called for at least `seconds` and some times."""
    for _ in range(WARM_UP_STEPS):
        step()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < least_repeats or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return batch / statistics.median(times)


def folded(model):
    """The model for inference, with normalisations folded into the convolutions before them."""
    from torch import nn
    from torch.fx.experimental.optimization import fuse

    model.eval()
    normalizes = any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    return fuse(model) if normalizes else model


def works(network, batch, threads, memory_format, optimizer):
    """A training step, and a function that gives an inference pass of what is trained by then."""
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

    def inference():
        model_for_inference = folded(model)
        if memory_format == "channels-last":
            model_for_inference = model_for_inference.to(memory_format=torch.channels_last)

        def infer():
            with torch.inference_mode():
                model_for_inference(images)

        return infer

    return train, inference


def example_count(network, batch):
    """The images, or words, of a batch."""
    return batch * STEPS if network in WORDS else batch


def measure(network, batch, threads, seconds, variant):
    """Training and inference speed of one variant, in this process."""
    import torch

    train, inference = works(network, batch, threads, *variant.split())
    count = example_count(network, batch)
    training = images_per_second(train, count, seconds, LEAST_REPEATS_OF_SEARCH)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "training": training,
        "inference": images_per_second(inference(), count, seconds, LEAST_REPEATS_OF_SEARCH),
        "megabytes": megabytes,
        "torch": torch.__version__,
    }


def serve(network, batch, threads, variant):
    """Answers the questions on standard input."""
    train, inference = works(network, batch, threads, *variant.split())
    print(json.dumps("ready"), flush=True)
    infer = None
    for line in sys.stdin:
        work, seconds = line.split()
        if work == "inference" and infer is None:
            infer = inference()
        step = train if work == "training" else infer
        rate = images_per_second(
            step, example_count(network, batch), float(seconds), LEAST_REPEATS_OF_BLOCK)
        print(json.dumps(rate), flush=True)


def fastest(network, batch, threads, seconds):
    """The fastest variants, each measured in a process of its own."""
    variants = [f"{format} {sgd}" for format in MEMORY_FORMATS[network] for sgd in OPTIMIZERS]
    results = {}
    for variant in variants:
        command = [sys.executable, __file__, network, str(batch), str(threads),
                   str(seconds / len(variants) / 2), variant]
        finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if finished.returncode == 0:
            results[variant] = json.loads(finished.stdout.splitlines()[-1])
    if not results:
        sys.exit(f"{network}: every variant failed")
    training = max(results, key=lambda name: results[name]["training"])
    inference = max(results, key=lambda name: results[name]["inference"])
    return {
        "torch": results[training]["torch"],
        "training": training,
        "inference": inference,
        "trainingMegabytes": round(results[training]["megabytes"]),
    }


def main(arguments):
    if len(arguments) not in (4, 5) or arguments[0] not in MEMORY_FORMATS:
        sys.exit(__doc__)
    try:
        import torch  # noqa: F401
    except ImportError:
        sys.exit(MISSING_MODULE)
    network, batch, threads = arguments[0], int(arguments[1]), int(arguments[2])
    if arguments[3] == "serve":
        serve(network, batch, threads, arguments[4])
    elif len(arguments) == 5:
        print(json.dumps(measure(network, batch, threads, float(arguments[3]), arguments[4])))
    else:
        print(json.dumps(fastest(network, batch, threads, float(arguments[3]))))


if __name__ == "__main__":
    main(sys.argv[1:])
