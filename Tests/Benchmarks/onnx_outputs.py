# Outputs of an ONNX model: python3 onnx_outputs.py MODEL INPUT SHAPE TYPE OUTPUT. INPUT holds little-endian numbers of TYPE (f4 or
# i8) in the given shape (1,3,32,32); OUTPUT gets the model's as f4. The model is checked first. Status 3 if onnxruntime is not there.
import sys

try:
    import numpy
    import onnxruntime
except ImportError:
    sys.exit(3)
try:
    import onnx
except ImportError:
    onnx = None

model, source, shape, kind, target = sys.argv[1:]
if onnx:
    onnx.checker.check_model(onnx.load(model), full_check=True)
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
values = numpy.fromfile(source, dtype=f"<{kind}").reshape([int(size) for size in shape.split(",")])
session.run(["output"], {"input": values})[0].astype("<f4").tofile(target)
