# Outputs of an exported folder in PyTorch: python3 torch_outputs.py FOLDER INPUT OUTPUT. FOLDER holds config.json and
# model.safetensors as `parsimony export --format hub` writes them; INPUT little-endian f4 numbers, [N, C, H, W]; OUTPUT gets the
# outputs likewise. Every layer is PyTorch's own, loaded by the names in the file. Status 3 if torch or safetensors is not there.
import json
import sys

try:
    import numpy
    import torch
    from safetensors.torch import load_file
    from torch.nn import functional
except ImportError:
    sys.exit(3)

folder, source, target = sys.argv[1:]
with open(f"{folder}/config.json") as file:
    config = json.load(file)
tensors = load_file(f"{folder}/model.safetensors")
height, width, channels = config["input_shape"]
value = torch.from_numpy(numpy.fromfile(source, "<f4").reshape(-1, channels, height, width).copy())

stems = {"convolution": "conv", "linear": "fc", "batch-normalization": "bn"}
counts = {}
values = {"input": value}
used = set()


def parameter(name, role):
    used.add(f"{name}.{role}")
    return tensors.get(f"{name}.{role}")


for layer in config["layers"]:
    kind, fields = next(iter(layer.items()))
    stem = stems.get(kind, kind)
    counts[stem] = counts.get(stem, 0) + 1
    name = fields.get("label") or f"{stem}{counts[stem]}"
    x = values[fields["from"]] if fields.get("from") else value
    if kind == "convolution":
        value = functional.conv2d(
            x, parameter(name, "weight"), parameter(name, "bias"), fields["stride"], fields["padding"], 1, fields.get("groups") or 1
        )
    elif kind == "linear":
        value = functional.linear(x, parameter(name, "weight"), parameter(name, "bias"))
    elif kind == "batch-normalization":
        mean, variance = parameter(name, "running_mean"), parameter(name, "running_var")
        value = functional.batch_norm(
            x, mean, variance, parameter(name, "weight"), parameter(name, "bias"), eps=fields["epsilon"]
        )
    elif kind == "max-pooling":
        value = functional.max_pool2d(x, fields["window"], fields["stride"], fields.get("padding") or 0)
    elif kind == "global-average-pooling":
        value = x.mean(dim=(2, 3))
    elif kind == "relu":
        value = functional.relu(x)
    elif kind == "tanh":
        value = torch.tanh(x)
    elif kind == "flatten":
        value = x.flatten(1)
    elif kind == "dropout":
        value = x
    elif kind == "add":
        value = x + values[fields["of"]]
    elif kind == "subsampling":
        x = x[:, :, :: fields["stride"], :: fields["stride"]]
        before = (fields["channels"] - x.shape[1]) // 2
        shown = fields.get("shown")
        if shown is None:
            shown = [c - before if 0 <= c - before < x.shape[1] else -1 for c in range(fields["channels"])]
        value = torch.stack([x[:, c] if c >= 0 else torch.zeros_like(x[:, 0]) for c in shown], dim=1)
    else:
        sys.exit(f"no layer of kind {kind} in this script")
    values[name] = value

missing = [name for name in tensors if name not in used]
if missing:
    sys.exit(f"tensors that no layer takes: {missing}")
value.numpy().astype("<f4").tofile(target)
