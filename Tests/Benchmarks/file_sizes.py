# The peers of containers: programs for bytes, and NNCodec's coder for integers, on weights from a file.
# python3 file_sizes.py -> a line of JSON with the peers that are there; then for every line with the path of a safetensors file of
# I32 matrices a line of JSON: sizes in bytes, and seconds of NNCodec. Status 3 if numpy is not there.
import bz2
import json
import lzma
import struct
import sys
import time

try:
    import numpy
except ImportError:
    sys.exit(3)

peers = [f"bzip2 -9, xz -9e (Python {sys.version.split()[0]})"]
try:
    import zstandard

    peers.append(f"zstd -19 (zstandard {zstandard.__version__})")
except ImportError:
    zstandard = None
try:
    from importlib.metadata import version

    from nncodec.extensions import deepCABAC
    from nncodec.nnc_core.hdsp.hdsp_tool import HDSP_OPTS_OFF

    peers.append(f"NNCodec {version('nncodec')}")
except ImportError:
    deepCABAC = None
print(json.dumps({"peers": peers}), flush=True)


def matrices(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    result = []
    for entry in sorted(header.values(), key=lambda entry: entry["data_offsets"]):
        begin, end = entry["data_offsets"]
        part = data[8 + size + begin : 8 + size + end]
        result.append(numpy.frombuffer(part, "<i4").reshape(entry["shape"]).copy())
    return result


def encode(matrix, optimizes, order):
    """The bytes of one matrix, rows without values skipped, without any header."""
    mode, histogram = HDSP_OPTS_OFF()
    skipped = (~matrix.any(axis=1)).astype(numpy.int32)
    encoder = deepCABAC.Encoder()
    encoder.initCtxModels(10, optimizes)
    encoder.encodeLayer(matrix, 0, order, 1, 0, 1, skipped, mode, histogram, 0, 0)
    return encoder.finish()


def decode(data, shape):
    mode, histogram = HDSP_OPTS_OFF()
    result = numpy.zeros(shape, dtype=numpy.int32)
    decoder = deepCABAC.Decoder()
    decoder.setStream(data)
    decoder.initCtxModels(10)
    decoder.decodeLayer(result, 0, 0, 1, 0, mode, histogram, 0, 0)
    return result


def median(body):
    times = []
    while len(times) < 3 or sum(times) < 1 and len(times) < 50:
        start = time.process_time()
        body()
        times.append(time.process_time() - start)
    return max(1e-9, sorted(times)[len(times) // 2])


for line in sys.stdin:
    tensors = matrices(line.strip())
    raw = b"".join(tensor.astype(numpy.int8).tobytes() for tensor in tensors)
    sizes = {"bzip2": len(bz2.compress(raw, 9)), "xz": len(lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME))}
    seconds = {}
    if zstandard:
        sizes["zstd"] = len(zstandard.ZstdCompressor(level=19).compress(raw))
    if deepCABAC:
        # The best of its options for every tensor, as if it cost nothing to say which.
        sizes["nncodec"] = sum(
            min(len(encode(tensor, optimizes, order)) for optimizes in (0, 1) for order in range(5)) for tensor in tensors
        )
        streams = [encode(tensor, 0, 0) for tensor in tensors]
        seconds["nncodec-encode"] = median(lambda: [encode(tensor, 0, 0) for tensor in tensors])
        try:
            right = all((decode(stream, tensor.shape) == tensor).all() for stream, tensor in zip(streams, tensors))
            if right:
                seconds["nncodec-decode"] = median(
                    lambda: [decode(stream, tensor.shape) for stream, tensor in zip(streams, tensors)]
                )
        except Exception as error:
            print(error, file=sys.stderr)
    print(json.dumps({"sizes": sizes, "seconds": seconds}), flush=True)
