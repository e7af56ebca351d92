// Long short-term memory over a whole sequence: i, f, o = σ(·), g = tanh(·), c ← f·c + i·g, h = o·tanh(c).
// The products with the inputs of all steps are one; those with the states follow step by step, and because the sequences of a batch
// never meet, a task takes some of them through all steps. Look first at `lstmForward`.

/// The sizes of one recurrent layer over a batch of sequences.
public struct SequenceGeometry: Hashable, Sendable {
  /// T, elements of each sequence.
  public var steps: Int
  /// N, sequences side by side.
  public var batch: Int
  /// I, numbers per element.
  public var inputs: Int
  /// H, units of the layer.
  public var hidden: Int

  /// The geometry with these sizes.
  ///
  /// - Precondition: all are positive.
  public init(steps: Int, batch: Int, inputs: Int, hidden: Int) {
    precondition(
      steps > 0 && batch > 0 && inputs > 0 && hidden > 0,
      "SequenceGeometry: sizes must be positive")
    self.steps = steps
    self.batch = batch
    self.inputs = inputs
    self.hidden = hidden
  }

  /// Elements of all inputs, `[T, N, I]`.
  public var inputCount: Int { steps * batch * inputs }
  /// Elements of all outputs, `[T, N, H]`.
  public var outputCount: Int { steps * batch * hidden }
  /// Elements of a state, `[N, H]`.
  public var stateCount: Int { batch * hidden }
  /// Elements of a bias, `[4H]`.
  public var biasCount: Int { 4 * hidden }
  /// Elements of the inputs' weights, `[4H, I]`.
  public var inputWeightCount: Int { 4 * hidden * inputs }
  /// Elements of the recurrent weights, `[4H, H]`.
  public var recurrentWeightCount: Int { 4 * hidden * hidden }
  /// Floats that the forward pass leaves for the backward pass: gates `[T, N, 4H]`, then cells `[T, N, H]`.
  public var tapeCount: Int { 5 * outputCount }

  var gateCount: Int { 4 * outputCount }
  // Tasks of at most six sequences, the rows of one micro-kernel, and an even number of them.
  var taskCount: Int { batch <= 6 ? 1 : 2 * ceilingDivision(batch, 12) }

  @inline(__always)
  func sequences(of task: Int) -> (first: Int, count: Int) {
    let first = batch * task / taskCount
    return (first, batch * (task + 1) / taskCount - first)
  }
}

/// One layer of long short-term memory over a batch of sequences.
///
/// With gates in the order i, f, g, o, each of H rows of the weights:
/// z(t) = W·x(t) + b + U·h(t−1) + d, i, f, o = σ(z), g = tanh(z), c(t) = f·c(t−1) + i·g, h(t) = o·tanh(c(t)).
///
/// - Parameters:
///   - input: x, `[T, N, I]`.
///   - initialHidden: h(−1), `[N, H]`.
///   - initialCell: c(−1), `[N, H]`.
///   - inputWeights: W, `[4H, I]`.
///   - recurrentWeights: U, `[4H, H]`.
///   - inputBias: b, `[4H]`.
///   - recurrentBias: d, `[4H]`.
///   - output: h, `[T, N, H]`.
///   - finalHidden: h(T − 1), `[N, H]`.
///   - finalCell: c(T − 1), `[N, H]`.
///   - tape: `tapeCount` floats, overwritten, for `lstmBackward`.
/// - Precondition: the spans have these sizes.
///
/// Source: Hochreiter and Schmidhuber, Long Short-Term Memory (1997), with the forget gate of Gers et al. (2000); gates and biases as
/// PyTorch's `LSTM` has them.
public func lstmForward(
  _ input: Span<Float>, initialHidden: Span<Float>, initialCell: Span<Float>,
  inputWeights: Span<Float>, recurrentWeights: Span<Float>, inputBias: Span<Float>,
  recurrentBias: Span<Float>, output: inout MutableSpan<Float>,
  finalHidden: inout MutableSpan<Float>, finalCell: inout MutableSpan<Float>,
  tape: inout MutableSpan<Float>, geometry: SequenceGeometry, workers: Workers
) {
  let name: StaticString = "lstmForward"
  let g = geometry
  requireCount(input.count, g.inputCount, name, "input")
  requireStates(initialHidden.count, initialCell.count, g, name)
  requireWeights(inputWeights.count, recurrentWeights.count, g, name)
  requireBiases(inputBias.count, recurrentBias.count, g, name)
  requireCount(output.count, g.outputCount, name, "output")
  requireCount(finalHidden.count, g.stateCount, name, "finalHidden")
  requireCount(finalCell.count, g.stateCount, name, "finalCell")
  requireCount(tape.count, g.tapeCount, name, "tape")
  let (h, y, gates) = (g.hidden, output.mutablePointer, tape.mutablePointer)
  let cells = gates + g.gateCount
  multiplyInputs(input.pointer, inputWeights.pointer, into: gates, g, workers)

  let packedCount = PackedMatrix.count(inner: h, columns: 4 * h)
  // Registers may reach over the last bias and the last product.
  let memory = workers.sharedScratch(packedCount + 4 * h + 8)
  let weights = PackedMatrix(
    recurrentWeights.pointer, isTransposed: true, inner: h, columns: 4 * h, in: memory, workers)
  let biases = memory + packedCount
  let (b, d) = (inputBias.pointer, recurrentBias.pointer)
  for i in 0..<4 * h { biases[i] = b[i] + d[i] }
  let (firstHidden, firstCell) = (initialHidden.pointer, initialCell.pointer)
  let rowsPerTask = ceilingDivision(g.batch, g.taskCount)
  workers.run(g.taskCount, scratchCount: rowsPerTask * weights.stride + 8) { task, products in
    let (first, count) = g.sequences(of: task)
    for step in 0..<g.steps {
      let place = step * g.batch + first
      let previous = step == 0 ? firstHidden + first * h : FloatPointer(y + (place - g.batch) * h)
      let cell = step == 0 ? firstCell + first * h : FloatPointer(cells + (place - g.batch) * h)
      weights.multiply(previous, stride: h, rows: count, into: products)
      for row in 0..<count {
        updateCell(
          gates + (place + row) * 4 * h, products + row * weights.stride, biases,
          previous: cell + row * h, cell: cells + (place + row) * h, output: y + (place + row) * h,
          units: h)
      }
    }
  }
  let last = (g.steps - 1) * g.stateCount
  finalHidden.mutablePointer.update(from: y + last, count: g.stateCount)
  finalCell.mutablePointer.update(from: cells + last, count: g.stateCount)
}

func requireStates(_ hidden: Int, _ cell: Int, _ g: SequenceGeometry, _ name: StaticString) {
  requireCount(hidden, g.stateCount, name, "initialHidden")
  requireCount(cell, g.stateCount, name, "initialCell")
}

func requireWeights(
  _ inputWeights: Int, _ recurrentWeights: Int, _ g: SequenceGeometry, _ name: StaticString
) {
  requireCount(inputWeights, g.inputWeightCount, name, "inputWeights")
  requireCount(recurrentWeights, g.recurrentWeightCount, name, "recurrentWeights")
}

func requireBiases(
  _ inputBias: Int, _ recurrentBias: Int, _ g: SequenceGeometry, _ name: StaticString
) {
  requireCount(inputBias, g.biasCount, name, "inputBias")
  requireCount(recurrentBias, g.biasCount, name, "recurrentBias")
}

// W·x of all steps, `[T · N, 4H]`.
private func multiplyInputs(
  _ x: FloatPointer, _ weights: FloatPointer, into gates: MutableFloatPointer,
  _ g: SequenceGeometry, _ workers: Workers
) {
  let (rows, columns) = (g.steps * g.batch, 4 * g.hidden)
  let plan = BlockPlan(columns, work: rows * columns * g.inputs)
  workers.run(plan.count) { block, _ in
    let (first, count) = plan.block(block, of: columns)
    BLAS.multiplySlice(
      .init(start: x, stride: g.inputs),
      .init(start: weights + first * g.inputs, stride: g.inputs, isTransposed: true),
      into: gates + first, stride: columns, rows: rows, columns: count, inner: g.inputs)
  }
}

/// 1 / (1 + e⁻ˣ) in each lane.
@inline(__always)
func logistic(_ x: Lanes) -> Lanes {
  let one = Lanes(repeating: 1)
  return one / (one + exponential(Lanes() - x))
}

// One sequence's next cell and output; its gates are replaced by what they let through. A loop holds one of the exponential functions:
// with more of them the compiler calls them instead.
private func updateCell(
  _ gates: MutableFloatPointer, _ products: FloatPointer, _ biases: FloatPointer,
  previous: FloatPointer, cell: MutableFloatPointer, output: MutableFloatPointer, units: Int
) {
  openGates(gates, products, biases, 0..<2 * units)
  limitCandidates(gates, products, biases, 2 * units..<3 * units)
  openGates(gates, products, biases, 3 * units..<4 * units)
  var unit = 0
  while unit < units {
    let count = min(8, units &- unit)
    let own = gates + unit
    let (i, f) = (loadSome(own, count), loadSome(own + units, count))
    let (g, o) = (loadSome(own + 2 &* units, count), loadSome(own + 3 &* units, count))
    let next = f * loadSome(previous + unit, count) + i * g
    storeSome(next, to: cell + unit, count)
    storeSome(o * hyperbolicTangent(next), to: output + unit, count)
    unit &+= 8
  }
}

// What goes into gates, from the inputs, the states and the biases, becomes how far they are open.
private func openGates(
  _ gates: MutableFloatPointer, _ products: FloatPointer, _ biases: FloatPointer,
  _ range: Range<Int>
) {
  var i = range.lowerBound
  while i < range.upperBound {
    let count = min(8, range.upperBound &- i)
    let sum = loadSome(gates + i, count) + load(products + i) + load(biases + i)
    storeSome(logistic(sum), to: gates + i, count)
    i &+= 8
  }
}

// The same for what may be added to the cells.
private func limitCandidates(
  _ gates: MutableFloatPointer, _ products: FloatPointer, _ biases: FloatPointer,
  _ range: Range<Int>
) {
  var i = range.lowerBound
  while i < range.upperBound {
    let count = min(8, range.upperBound &- i)
    let sum = loadSome(gates + i, count) + load(products + i) + load(biases + i)
    storeSome(hyperbolicTangent(sum), to: gates + i, count)
    i &+= 8
  }
}
