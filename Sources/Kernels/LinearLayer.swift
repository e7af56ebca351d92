// Fully connected layers: y = x·Wᵀ + b, and its two gradients.
// Every element of a result belongs to one block of the product, so no partial sums are merged. Layers as wide as a vocabulary are
// limited by their outputs' way to memory: their bias is where the sums begin, and the input's gradient is split by rows.

/// From how many outputs on a layer is a wide one.
private let wideOutputs = 2048

/// Applies a fully connected layer: `output[n, o] = Σᵢ input[n, i] · weights[o, i] + bias[o]`.
///
/// - Parameters:
///   - input: `[batch, inputs]`.
///   - weights: `[outputs, inputs]`.
///   - bias: `[outputs]`, or empty for none.
///   - output: `[batch, outputs]`.
/// - Precondition: the spans have these sizes.
public func linearForward(
  _ input: Span<Float>, weights: Span<Float>, bias: Span<Float>,
  output: inout MutableSpan<Float>, batch: Int, inputs: Int, outputs: Int, workers: Workers
) {
  requireCount(input.count, batch * inputs, "linearForward", "input")
  requireCount(weights.count, outputs * inputs, "linearForward", "weights")
  requireCount(bias.count, bias.isEmpty ? 0 : outputs, "linearForward", "bias")
  requireCount(output.count, batch * outputs, "linearForward", "output")
  let x = input.pointer
  let w = weights.pointer
  let b = bias.pointer
  let y = output.mutablePointer
  let hasBias = !bias.isEmpty
  let startsFromBias = hasBias && outputs >= wideOutputs
  let plan = BlockPlan(outputs, work: batch * inputs * outputs)
  workers.run(plan.count) { index, _ in
    let (first, count) = plan.block(index, of: outputs)
    if startsFromBias {
      for row in 0..<batch { (y + row * outputs + first).update(from: b + first, count: count) }
    }
    BLAS.multiplySlice(
      .init(start: x, stride: inputs),
      .init(start: w + first * inputs, stride: inputs, isTransposed: true),
      into: y + first, stride: outputs, rows: batch, columns: count, inner: inputs,
      accumulate: startsFromBias)
    if hasBias && !startsFromBias {
      addToRows(b + first, y + first, rows: batch, columns: count, stride: outputs)
    }
  }
}

/// The gradient of a fully connected layer's input: `inputGradient = outputGradient · weights`.
///
/// - Parameters:
///   - outputGradient: `[batch, outputs]`.
///   - weights: `[outputs, inputs]`.
///   - inputGradient: `[batch, inputs]`, overwritten.
/// - Precondition: the spans have these sizes.
public func linearBackwardData(
  _ outputGradient: Span<Float>, weights: Span<Float>, inputGradient: inout MutableSpan<Float>,
  batch: Int, inputs: Int, outputs: Int, workers: Workers
) {
  requireCount(outputGradient.count, batch * outputs, "linearBackwardData", "outputGradient")
  requireCount(weights.count, outputs * inputs, "linearBackwardData", "weights")
  requireCount(inputGradient.count, batch * inputs, "linearBackwardData", "inputGradient")
  let dy = outputGradient.pointer
  let w = weights.pointer
  let dx = inputGradient.mutablePointer
  if outputs >= wideOutputs {
    let plan = BlockPlan(batch, work: batch * inputs * outputs)
    workers.run(plan.count) { index, _ in
      let (first, count) = plan.block(index, of: batch)
      BLAS.multiplySlice(
        .init(start: dy + first * outputs, stride: outputs), .init(start: w, stride: inputs),
        into: dx + first * inputs, stride: inputs, rows: count, columns: inputs, inner: outputs)
    }
    return
  }
  let plan = BlockPlan(inputs, work: batch * inputs * outputs)
  workers.run(plan.count) { index, _ in
    let (first, count) = plan.block(index, of: inputs)
    BLAS.multiplySlice(
      .init(start: dy, stride: outputs), .init(start: w + first, stride: inputs),
      into: dx + first, stride: inputs, rows: batch, columns: count, inner: outputs)
  }
}

/// The gradients of a fully connected layer's weights and bias, summed over the batch:
/// `weightGradient = outputGradientᵀ · input`.
///
/// - Parameters:
///   - outputGradient: `[batch, outputs]`.
///   - input: `[batch, inputs]`.
///   - weightGradient: `[outputs, inputs]`, overwritten.
///   - biasGradient: `[outputs]`, overwritten, or empty for none.
/// - Precondition: the spans have these sizes.
public func linearBackwardWeights(
  _ outputGradient: Span<Float>, input: Span<Float>, weightGradient: inout MutableSpan<Float>,
  biasGradient: inout MutableSpan<Float>, batch: Int, inputs: Int, outputs: Int, workers: Workers
) {
  requireCount(outputGradient.count, batch * outputs, "linearBackwardWeights", "outputGradient")
  requireCount(input.count, batch * inputs, "linearBackwardWeights", "input")
  requireCount(weightGradient.count, outputs * inputs, "linearBackwardWeights", "weightGradient")
  requireCount(
    biasGradient.count, biasGradient.isEmpty ? 0 : outputs, "linearBackwardWeights",
    "biasGradient")
  let hasBias = !biasGradient.isEmpty
  let dy = outputGradient.pointer
  let x = input.pointer
  let dw = weightGradient.mutablePointer
  let db = biasGradient.mutablePointer
  let plan = BlockPlan(outputs, work: batch * inputs * outputs)
  workers.run(plan.count) { index, _ in
    let (first, count) = plan.block(index, of: outputs)
    BLAS.multiplySlice(
      .init(start: dy + first, stride: outputs, isTransposed: true),
      .init(start: x, stride: inputs),
      into: dw + first * inputs, stride: inputs, rows: count, columns: inputs, inner: batch)
    if hasBias {
      sumOfRows(dy + first, into: db + first, rows: batch, columns: count, stride: outputs)
    }
  }
}

/// Adds one row to each row of a matrix.
func addToRows(
  _ row: FloatPointer, _ matrix: MutableFloatPointer, rows: Int, columns: Int, stride: Int
) {
  for r in 0..<rows {
    let target = matrix + r * stride
    var c = 0
    while c + 8 <= columns {
      store(load(target + c) + load(row + c), to: target + c)
      c += 8
    }
    while c < columns {
      target[c] += row[c]
      c += 1
    }
  }
}

/// The sum of a matrix's rows, from the first to the last.
func sumOfRows(
  _ matrix: FloatPointer, into sums: MutableFloatPointer, rows: Int, columns: Int, stride: Int
) {
  var c = 0
  while c + 16 <= columns {
    var low = Lanes()
    var high = Lanes()
    for r in 0..<rows {
      low += load(matrix + r * stride + c)
      high += load(matrix + r * stride + c + 8)
    }
    store(low, to: sums + c)
    store(high, to: sums + c + 8)
    c += 16
  }
  while c + 8 <= columns {
    var sum = Lanes()
    for r in 0..<rows { sum += load(matrix + r * stride + c) }
    store(sum, to: sums + c)
    c += 8
  }
  while c < columns {
    var sum: Float = 0
    for r in 0..<rows { sum += matrix[r * stride + c] }
    sums[c] = sum
    c += 1
  }
}
