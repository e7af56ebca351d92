// Long short-term memory over whole sequences against its equations in Double, and their gradients.

import Kernels
import TestSupport
import Testing

@Suite("Long short-term memory")
struct LSTMTests {
  /// One unit, odd sizes, several tasks, panels that are not filled, sums that are followed in several runs.
  static let geometries = [
    SequenceGeometry(steps: 1, batch: 1, inputs: 1, hidden: 1),
    SequenceGeometry(steps: 3, batch: 2, inputs: 5, hidden: 7),
    SequenceGeometry(steps: 4, batch: 7, inputs: 9, hidden: 8),
    SequenceGeometry(steps: 5, batch: 20, inputs: 24, hidden: 33),
    SequenceGeometry(steps: 2, batch: 15, inputs: 17, hidden: 16),
    SequenceGeometry(steps: 3, batch: 30, inputs: 40, hidden: 12),
    SequenceGeometry(steps: 2, batch: 3, inputs: 4, hidden: 300),
  ]

  struct Example {
    let g: SequenceGeometry
    let x, hidden, cell, inputWeights, recurrentWeights, inputBias, recurrentBias, dy: [Float]

    init(_ geometry: SequenceGeometry) {
      g = geometry
      let bound = 1 / Float(g.hidden).squareRoot()
      x = normalFloats(g.inputCount, "x")
      hidden = normalFloats(g.stateCount, "hidden").map { 0.5 * $0 }
      cell = normalFloats(g.stateCount, "cell")
      inputWeights = normalFloats(g.inputWeightCount, "inputWeights").map { bound * $0 }
      recurrentWeights = normalFloats(g.recurrentWeightCount, "recurrent").map { bound * $0 }
      inputBias = normalFloats(g.biasCount, "inputBias").map { bound * $0 }
      recurrentBias = normalFloats(g.biasCount, "recurrentBias").map { bound * $0 }
      dy = normalFloats(g.outputCount, "dy")
    }

    var reference: SequenceReference {
      SequenceReference(
        g, initialHidden: hidden.map(Double.init), initialCell: cell.map(Double.init))
    }

    var values: SequenceReference.Values {
      .init(
        input: x.map(Double.init), inputWeights: inputWeights.map(Double.init),
        recurrentWeights: recurrentWeights.map(Double.init),
        inputBias: inputBias.map(Double.init), recurrentBias: recurrentBias.map(Double.init))
    }

    /// Output, final hidden state, final cell; then the gradients of weights, biases and input.
    func compute(_ workers: Workers, needsInputGradient: Bool = true) -> [[Float]] {
      var (y, tape) = (unwritten(g.outputCount), unwritten(g.tapeCount))
      var (lastHidden, lastCell) = (unwritten(g.stateCount), unwritten(g.stateCount))
      do {
        var ySpan = y.mutableSpan
        var tapeSpan = tape.mutableSpan
        var hiddenSpan = lastHidden.mutableSpan
        var cellSpan = lastCell.mutableSpan
        lstmForward(
          x.span, initialHidden: hidden.span, initialCell: cell.span,
          inputWeights: inputWeights.span, recurrentWeights: recurrentWeights.span,
          inputBias: inputBias.span, recurrentBias: recurrentBias.span, output: &ySpan,
          finalHidden: &hiddenSpan, finalCell: &cellSpan, tape: &tapeSpan, geometry: g,
          workers: workers)
      }
      var (dw, du) = (unwritten(g.inputWeightCount), unwritten(g.recurrentWeightCount))
      var (db, dd) = (unwritten(g.biasCount), unwritten(g.biasCount))
      var dx = unwritten(needsInputGradient ? g.inputCount : 0)
      do {
        var tapeSpan = tape.mutableSpan
        var dxSpan = dx.mutableSpan
        var dwSpan = dw.mutableSpan
        var duSpan = du.mutableSpan
        var dbSpan = db.mutableSpan
        var ddSpan = dd.mutableSpan
        lstmBackward(
          dy.span, input: x.span, output: y.span, initialHidden: hidden.span,
          initialCell: cell.span, inputWeights: inputWeights.span,
          recurrentWeights: recurrentWeights.span, tape: &tapeSpan, inputGradient: &dxSpan,
          inputWeightGradient: &dwSpan, recurrentWeightGradient: &duSpan,
          inputBiasGradient: &dbSpan, recurrentBiasGradient: &ddSpan, geometry: g,
          workers: workers)
      }
      return [y, lastHidden, lastCell, dw, du, db, dd, dx]
    }
  }

  @Test("outputs, final state and gradients are those of the equations", arguments: geometries)
  func equations(g: SequenceGeometry) {
    let example = Example(g)
    let results = sameBits("lstm") { example.compute($0) }
    let (output, _, cells) = example.reference.forward(example.values)
    // A gate's sum of some hundred products of the order of 0.1, through a few steps.
    let close = KernelTolerance(relative: 2e-6, absolute: 2e-6)
    expectValues(results[0], output, close, "output")
    expectValues(results[1], Array(output.suffix(g.stateCount)), close, "final hidden state")
    expectValues(results[2], Array(cells.suffix(g.stateCount)), close, "final cell")
    let gradient = example.reference.backward(example.dy.map(Double.init), example.values)
    // Sums over all steps and sequences of gradients that carry the errors above.
    let sum = KernelTolerance(relative: 1e-5, absolute: 1e-5)
    expectValues(results[3], gradient.inputWeights, sum, "input weights")
    expectValues(results[4], gradient.recurrentWeights, sum, "recurrent weights")
    expectValues(results[5], gradient.inputBias, sum, "input bias")
    expectValues(results[6], gradient.recurrentBias, sum, "recurrent bias")
    expectValues(results[7], gradient.input, sum, "input")
  }

  @Test("the gradients of the equations are slopes")
  func slopes() {
    let example = Example(SequenceGeometry(steps: 4, batch: 2, inputs: 3, hidden: 4))
    let (reference, values) = (example.reference, example.values)
    let dy = example.dy.map(Double.init)
    let gradient = reference.backward(dy, values)
    let fields: [(String, WritableKeyPath<SequenceReference.Values, [Double]>)] = [
      ("input", \.input), ("input weights", \.inputWeights),
      ("recurrent weights", \.recurrentWeights), ("input bias", \.inputBias),
      ("recurrent bias", \.recurrentBias),
    ]
    for (name, field) in fields {
      let numeric = centralDifferences(at: values[keyPath: field]) { moved in
        var changed = values
        changed[keyPath: field] = moved
        return weighted(reference.forward(changed).output, by: dy)
      }
      expectValues(
        numeric.map(Float.init), gradient[keyPath: field],
        KernelTolerance(relative: 1e-6, absolute: 1e-7), name)
    }
  }

  @Test("two sequences after one another are one, when the state is handed on")
  func statePasses() {
    let g = SequenceGeometry(steps: 6, batch: 3, inputs: 5, hidden: 9)
    let half = SequenceGeometry(steps: 3, batch: 3, inputs: 5, hidden: 9)
    let example = Example(g)
    let workers = Workers(threadCount: 2)
    func run(_ g: SequenceGeometry, _ x: [Float], _ state: ([Float], [Float])) -> [[Float]] {
      var (y, tape) = (unwritten(g.outputCount), unwritten(g.tapeCount))
      var (lastHidden, lastCell) = (unwritten(g.stateCount), unwritten(g.stateCount))
      do {
        var ySpan = y.mutableSpan
        var tapeSpan = tape.mutableSpan
        var hiddenSpan = lastHidden.mutableSpan
        var cellSpan = lastCell.mutableSpan
        lstmForward(
          x.span, initialHidden: state.0.span, initialCell: state.1.span,
          inputWeights: example.inputWeights.span,
          recurrentWeights: example.recurrentWeights.span, inputBias: example.inputBias.span,
          recurrentBias: example.recurrentBias.span, output: &ySpan, finalHidden: &hiddenSpan,
          finalCell: &cellSpan, tape: &tapeSpan, geometry: g, workers: workers)
      }
      return [y, lastHidden, lastCell]
    }
    let whole = run(g, example.x, (example.hidden, example.cell))
    let first = run(
      half, Array(example.x.prefix(half.inputCount)), (example.hidden, example.cell))
    let second = run(half, Array(example.x.suffix(half.inputCount)), (first[1], first[2]))
    // The products with the inputs have other sizes, and OpenBLAS may sum them in another order.
    let close = KernelTolerance(relative: 1e-6, absolute: 1e-6)
    expectValues(first[0] + second[0], whole[0].map(Double.init), close, "outputs")
    expectValues(second[1], whole[1].map(Double.init), close, "final hidden state")
    expectValues(second[2], whole[2].map(Double.init), close, "final cell")
  }

  @Test("the input's gradient can be left out")
  func withoutInputGradient() {
    let example = Example(Self.geometries[3])
    let workers = Workers(threadCount: 2)
    let with = example.compute(workers)
    let without = example.compute(workers, needsInputGradient: false)
    #expect(without.dropLast() == with.dropLast())
    #expect(without.last == [])
  }

  @Test("a tape of another size is refused")
  func refusesTape() async {
    await #expect(processExitsWith: .failure) {
      let g = SequenceGeometry(steps: 1, batch: 1, inputs: 1, hidden: 1)
      let (one, four) = ([1] as [Float], [1, 1, 1, 1] as [Float])
      var (y, h, c, tape) = (one, one, one, four)
      var ySpan = y.mutableSpan
      var hSpan = h.mutableSpan
      var cSpan = c.mutableSpan
      var tapeSpan = tape.mutableSpan
      lstmForward(
        one.span, initialHidden: one.span, initialCell: one.span, inputWeights: four.span,
        recurrentWeights: four.span, inputBias: four.span, recurrentBias: four.span,
        output: &ySpan, finalHidden: &hSpan, finalCell: &cSpan, tape: &tapeSpan, geometry: g,
        workers: Workers(threadCount: 1))
    }
  }
}
