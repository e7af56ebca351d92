// Back-propagation through time for `lstmForward`: from the last step to the first, the gradients of all gates, which take the gates'
// place on the tape; then the gradients of weights, biases and inputs are products over all steps at once.

/// The gradients of `lstmForward`; the initial state gets none, so that back-propagation ends at the first step.
///
/// - Parameters:
///   - outputGradient: derivative of the loss by all outputs, `[T, N, H]`.
///   - input: x, `[T, N, I]`.
///   - output: what the forward pass wrote, `[T, N, H]`.
///   - initialHidden: h(−1), `[N, H]`.
///   - initialCell: c(−1), `[N, H]`.
///   - inputWeights: W, `[4H, I]`.
///   - recurrentWeights: U, `[4H, H]`.
///   - tape: what the forward pass wrote; its contents are used up.
///   - inputGradient: `[T, N, I]`, overwritten, or empty if it is not needed.
///   - inputWeightGradient: `[4H, I]`, overwritten.
///   - recurrentWeightGradient: `[4H, H]`, overwritten.
///   - inputBiasGradient: `[4H]`, overwritten.
///   - recurrentBiasGradient: `[4H]`, overwritten with the same numbers.
/// - Precondition: the spans have these sizes.
///
/// Source: Werbos, Backpropagation through Time (1990), for the equations of `lstmForward`.
public func lstmBackward(
  _ outputGradient: Span<Float>, input: Span<Float>, output: Span<Float>,
  initialHidden: Span<Float>, initialCell: Span<Float>, inputWeights: Span<Float>,
  recurrentWeights: Span<Float>, tape: inout MutableSpan<Float>,
  inputGradient: inout MutableSpan<Float>, inputWeightGradient: inout MutableSpan<Float>,
  recurrentWeightGradient: inout MutableSpan<Float>, inputBiasGradient: inout MutableSpan<Float>,
  recurrentBiasGradient: inout MutableSpan<Float>, geometry: SequenceGeometry, workers: Workers
) {
  let name: StaticString = "lstmBackward"
  let g = geometry
  requireCount(outputGradient.count, g.outputCount, name, "outputGradient")
  requireCount(input.count, g.inputCount, name, "input")
  requireCount(output.count, g.outputCount, name, "output")
  requireStates(initialHidden.count, initialCell.count, g, name)
  requireWeights(inputWeights.count, recurrentWeights.count, g, name)
  requireWeights(inputWeightGradient.count, recurrentWeightGradient.count, g, name)
  requireBiases(inputBiasGradient.count, recurrentBiasGradient.count, g, name)
  requireCount(tape.count, g.tapeCount, name, "tape")
  let hasInputGradient = !inputGradient.isEmpty
  if hasInputGradient { requireCount(inputGradient.count, g.inputCount, name, "inputGradient") }
  let gates = tape.mutablePointer
  replaceGates(
    gates, by: outputGradient.pointer, initialCell.pointer, recurrentWeights.pointer, g, workers)
  if hasInputGradient {
    multiplyWeights(gates, inputWeights.pointer, into: inputGradient.mutablePointer, g, workers)
  }
  let (db, dd) = (inputBiasGradient.mutablePointer, recurrentBiasGradient.mutablePointer)
  multiplySteps(
    gates, input.pointer, initialHidden.pointer, output.pointer,
    into: inputWeightGradient.mutablePointer, recurrentWeightGradient.mutablePointer, db, g,
    workers)
  dd.update(from: db, count: g.biasCount)
}

// The gradients of the sums in front of the gates, in place of the gates.
private func replaceGates(
  _ gates: MutableFloatPointer, by dy: FloatPointer, _ initialCell: FloatPointer,
  _ recurrentWeights: FloatPointer, _ g: SequenceGeometry, _ workers: Workers
) {
  let h = g.hidden
  let cells = gates + g.gateCount
  let weights = PackedMatrix(
    recurrentWeights, isTransposed: false, inner: 4 * h, columns: h,
    in: workers.sharedScratch(PackedMatrix.count(inner: 4 * h, columns: h)), workers)
  let width = weights.stride
  let rowsPerTask = ceilingDivision(g.batch, g.taskCount)
  workers.run(g.taskCount, scratchCount: 2 * rowsPerTask * width) { task, products in
    let (first, count) = g.sequences(of: task)
    // What comes back from the step after: by its gates, and along the cells.
    let slopes = products + rowsPerTask * width
    products.update(repeating: 0, count: 2 * rowsPerTask * width)
    for step in (0..<g.steps).reversed() {
      let place = step * g.batch + first
      let cellsBefore = step == 0 ? initialCell : FloatPointer(cells) + (step - 1) * g.stateCount
      let previous = cellsBefore + first * h
      for row in 0..<count {
        let own = place + row
        var unit = 0
        while unit < h {
          differentiateCell(
            gates + own * 4 * h + unit, cells + own * h + unit, previous + row * h + unit,
            dy + own * h + unit, products + row * width + unit, slopes + row * width + unit, h,
            min(8, h - unit))
          unit += 8
        }
      }
      if step > 0 {
        weights.multiply(gates + place * 4 * h, stride: 4 * h, rows: count, into: products)
      }
    }
  }
}

// Up to eight units of one sequence; `slope`, the gradient of the cell, becomes that of the cell before.
@inline(__always)
private func differentiateCell(
  _ gates: MutableFloatPointer, _ cell: FloatPointer, _ previous: FloatPointer,
  _ dy: FloatPointer, _ product: FloatPointer, _ slope: MutableFloatPointer, _ units: Int,
  _ count: Int
) {
  let one = Lanes(repeating: 1)
  let (i, f) = (loadSome(gates, count), loadSome(gates + units, count))
  let (g, o) = (loadSome(gates + 2 * units, count), loadSome(gates + 3 * units, count))
  let dh = loadSome(dy, count) + load(product)
  let tangent = hyperbolicTangent(loadSome(cell, count))
  let dc = load(slope) + dh * o * (one - tangent * tangent)
  storeSome(dc * g * i * (one - i), to: gates, count)
  storeSome(dc * loadSome(previous, count) * f * (one - f), to: gates + units, count)
  storeSome(dc * i * (one - g * g), to: gates + 2 * units, count)
  storeSome(dh * tangent * o * (one - o), to: gates + 3 * units, count)
  store(dc * f, to: slope)
}

// The gradient of all inputs: gate gradients times W.
private func multiplyWeights(
  _ slopes: FloatPointer, _ weights: FloatPointer, into dx: MutableFloatPointer,
  _ g: SequenceGeometry, _ workers: Workers
) {
  let (rows, inner) = (g.steps * g.batch, 4 * g.hidden)
  let plan = BlockPlan(rows, work: rows * g.inputs * inner)
  workers.run(plan.count) { block, _ in
    let (first, count) = plan.block(block, of: rows)
    BLAS.multiplySlice(
      .init(start: slopes + first * inner, stride: inner),
      .init(start: weights, stride: g.inputs), into: dx + first * g.inputs, stride: g.inputs,
      rows: count, columns: g.inputs, inner: inner)
  }
}

// The gradients of W, U and a bias: gate gradients against the inputs, the states before, and ones, summed over all steps.
private func multiplySteps(
  _ slopes: FloatPointer, _ x: FloatPointer, _ initialHidden: FloatPointer, _ y: FloatPointer,
  into dw: MutableFloatPointer, _ du: MutableFloatPointer, _ db: MutableFloatPointer,
  _ g: SequenceGeometry, _ workers: Workers
) {
  let (rows, columns, h) = (g.steps * g.batch, 4 * g.hidden, g.hidden)
  let plan = BlockPlan(columns, work: rows * columns * (g.inputs + h))
  workers.run(plan.count) { block, _ in
    let (first, count) = plan.block(block, of: columns)
    BLAS.multiplySlice(
      .init(start: slopes + first, stride: columns, isTransposed: true),
      .init(start: x, stride: g.inputs), into: dw + first * g.inputs, stride: g.inputs,
      rows: count, columns: g.inputs, inner: rows)
    BLAS.multiplySlice(
      .init(start: slopes + first, stride: columns, isTransposed: true),
      .init(start: initialHidden, stride: h), into: du + first * h, stride: h, rows: count,
      columns: h, inner: g.batch)
    if g.steps > 1 {
      BLAS.multiplySlice(
        .init(start: slopes + g.batch * columns + first, stride: columns, isTransposed: true),
        .init(start: y, stride: h), into: du + first * h, stride: h, rows: count, columns: h,
        inner: rows - g.batch, accumulate: true)
    }
    sumOfRows(slopes + first, into: db + first, rows: rows, columns: count, stride: columns)
  }
}
