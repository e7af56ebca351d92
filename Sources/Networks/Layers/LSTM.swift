// Long short-term memory (Hochreiter and Schmidhuber 1997) in PyTorch's form: gates i, f, g, o stacked in that order, two biases,
// several layers with dropout between them; gradients flow through the steps of one batch (truncated back-propagation).

import Kernels
import Reproducibility
public import Tensors

/// Layers of LSTM cells that read sequences; a batch's rows are time steps with a row for every sequence.
///
/// Initial weights and biases are uniform in ±1/√units.
public struct LSTM: Layer {
  public static var name: String { "lstm" }
  public static var stem: String { "rnn" }

  /// The outputs of every layer.
  public var units = 0
  /// The number of layers.
  public var layers = 1
  /// The probability that an output of a layer before the last is dropped.
  public var dropout = 0.0
  public var label: String?

  public init() {}

  public init(units: Int, layers: Int = 1, dropout: Double = 0, label: String? = nil) {
    self.units = units
    self.layers = layers
    self.dropout = dropout
    self.label = label
  }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    let name = label ?? Self.name
    guard units >= 1 else {
      throw .value(layer: name, field: "units", problem: "must be at least 1, not \(units)")
    }
    guard (1...1000).contains(layers) else {
      throw .value(layer: name, field: "layers", problem: "must be 1 to 1000, not \(layers)")
    }
    guard dropout >= 0, dropout < 1 else {
      throw .value(layer: name, field: "dropout", problem: "must be in [0, 1), not \(dropout)")
    }
    guard input.rank == 1, input[0] > 0 else {
      throw .shape(layer: name, input: input, problem: "it takes a vector at every step")
    }
    return [units]
  }

  public func parameters(for input: Shape) -> [ParameterDeclaration] {
    let values = InitialValues.uniform(bound: 1 / Float(units).squareRoot())
    return (0..<layers).flatMap { layer in
      [
        ("weight_ih", ParameterKind.recurrent, Shape([4 * units, layer == 0 ? input[0] : units])),
        ("weight_hh", .recurrent, [4 * units, units]),
        ("bias_ih", .bias, [4 * units]), ("bias_hh", .bias, [4 * units]),
      ].map { role, kind, shape in
        ParameterDeclaration(
          role: "\(role)_l\(layer)", shape: shape, kind: kind, initialValues: values)
      }
    }
  }

  public func multiplyAccumulates(for input: Shape) -> Int {
    4 * units * (input[0] + units) + (layers - 1) * 8 * units * units
  }

  /// What one of the layers keeps from its forward pass for its backward pass.
  private struct Memory {
    /// Gates and cells, as the kernel lays them out.
    var gates = Tensor.empty
    /// The state before the first step.
    var hidden = Tensor.empty
    /// The cells before the first step.
    var cell = Tensor.empty
    /// The outputs, of layers before the last.
    var output = Tensor.empty
    /// The outputs after dropout, of layers before the last.
    var dropped = Tensor.empty

    init() {}

    /// What was put away by `stored`.
    init(_ tensors: ArraySlice<Tensor>) {
      let first = tensors.startIndex
      (gates, hidden, cell) = (tensors[first], tensors[first + 1], tensors[first + 2])
      (output, dropped) = (tensors[first + 3], tensors[first + 4])
    }

    static var count: Int { 5 }
    var stored: [Tensor] { [gates, hidden, cell, output, dropped] }
  }

  /// The parameters of one of the layers.
  private struct LayerWeights {
    let input, recurrent, inputBias, recurrentBias: Tensor

    init(_ parameters: ArraySlice<Tensor>, _ number: Int) {
      let first = parameters.startIndex + 4 * number
      (input, recurrent) = (parameters[first], parameters[first + 1])
      (inputBias, recurrentBias) = (parameters[first + 2], parameters[first + 3])
    }
  }

  private func memories(_ tape: inout Tape) -> [Memory] {
    var kept: [Tensor] = []
    swap(&kept, &tape.kept)
    guard kept.count == Memory.count * layers else { return layerRange.map { _ in Memory() } }
    return layerRange.map { Memory(kept[Memory.count * $0..<Memory.count * ($0 + 1)]) }
  }

  private var layerRange: Range<Int> { 0..<layers }

  /// The sizes of layer `number` for a batch of `rows` time steps of all sequences.
  private func geometry(_ number: Int, rows: Int, features: Int, pass: Pass) -> SequenceGeometry {
    let sequences = pass.sequences ?? rows
    precondition(rows % sequences == 0, "\(rows) rows are no whole steps of \(sequences) sequences")
    return SequenceGeometry(
      steps: rows / sequences, batch: sequences, inputs: number == 0 ? features : units,
      hidden: units)
  }

  /// Hidden and cell states of all layers before the first step.
  private func firstStates(_ tape: Tape, sequences: Int, pass: Pass) -> [Tensor] {
    let goesOn =
      !pass.startsSequences && pass.sequences != nil && tape.state.count == 2 * layers
      && tape.state.allSatisfy { $0.shape == [sequences, units] }
    return goesOn
      ? tape.state : [Tensor](repeating: Tensor([sequences, units]), count: 2 * layers)
  }

  private func dropoutKey(_ number: Int, _ pass: Pass) -> UInt64 { pass.seed.child(number).value }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let (rows, features) = (input.shape[0], input.shape[1])
    let sequences = pass.sequences ?? rows
    let states = firstStates(tape, sequences: sequences, pass: pass)
    var memories = self.memories(&tape)
    var nextStates: [Tensor] = []
    var current = input
    for number in layerRange {
      let geometry = self.geometry(number, rows: rows, features: features, pass: pass)
      let weights = LayerWeights(parameters, number)
      let isLast = number == layers - 1
      var memory = memories[number]
      memories[number] = Memory()  // one owner of its tensors
      let (firstHidden, firstCell) = (states[2 * number], states[2 * number + 1])
      (memory.hidden, memory.cell) = (firstHidden, firstCell)
      var gates = Tensor.empty
      swap(&gates, &memory.gates)
      gates.resize([geometry.tapeCount])
      var output = Tensor.empty
      if isLast { swap(&output, &tape.output) } else { swap(&output, &memory.output) }
      output.resize([rows, units])
      var (hidden, cell) = (Tensor([sequences, units]), Tensor([sequences, units]))
      do {
        var outputSpan = output.mutableSpan
        var hiddenSpan = hidden.mutableSpan
        var cellSpan = cell.mutableSpan
        var gateSpan = gates.mutableSpan
        lstmForward(
          current.span, initialHidden: firstHidden.span, initialCell: firstCell.span,
          inputWeights: weights.input.span, recurrentWeights: weights.recurrent.span,
          inputBias: weights.inputBias.span, recurrentBias: weights.recurrentBias.span,
          output: &outputSpan, finalHidden: &hiddenSpan,
          finalCell: &cellSpan, tape: &gateSpan, geometry: geometry, workers: pass.workers)
      }
      memory.gates = gates
      nextStates += [hidden, cell]
      if isLast {
        tape.output = output
      } else {
        memory.output = output
        current = output
        if pass.mode == .training, dropout > 0 {
          memory.dropped.resize(output.shape)
          var span = memory.dropped.mutableSpan
          Kernels.dropout(
            output.span, output: &span, keeping: Float(1 - dropout),
            key: dropoutKey(number, pass), workers: pass.workers)
          current = memory.dropped
        }
      }
      memories[number] = memory
    }
    tape.state = nextStates
    tape.kept = memories.flatMap { $0.stored }
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    let (rows, features) = (input.shape[0], input.shape[1])
    var memories = self.memories(&tape)
    let drops = pass.mode == .training && dropout > 0
    for number in layerRange.reversed() {
      let geometry = self.geometry(number, rows: rows, features: features, pass: pass)
      let weights = LayerWeights(parameters, number)
      let source: Tensor
      if number == 0 {
        source = input
      } else {
        source = drops ? memories[number - 1].dropped : memories[number - 1].output
      }
      let output = number == layers - 1 ? tape.output : memories[number].output
      var memory = memories[number]
      memories[number] = Memory()
      var sourceGradient = Tensor.empty
      if number > 0 {
        sourceGradient.resize(source.shape)
      } else if needsInputGradient {
        swap(&sourceGradient, &tape.inputGradient)
        sourceGradient.resize(source.shape)
      }
      var own = (0..<4).map { _ in Tensor.empty }
      for role in 0..<4 { swap(&own[role], &gradients[first + 4 * number + role]) }
      backward(
        outputGradient, source: source, output: output, weights: weights, memory: &memory,
        sourceGradient: &sourceGradient, gradients: &own, geometry: geometry, pass: pass)
      for role in 0..<4 { swap(&own[role], &gradients[first + 4 * number + role]) }
      memories[number] = memory
      if number > 0 {
        if drops {
          var span = sourceGradient.mutableSpan
          dropoutBackward(
            inPlace: &span, keeping: Float(1 - dropout), key: dropoutKey(number - 1, pass),
            workers: pass.workers)
        }
        outputGradient = sourceGradient
      } else if needsInputGradient {
        swap(&tape.inputGradient, &sourceGradient)
      }
    }
    tape.kept = memories.flatMap { $0.stored }
  }

  /// The backward pass of one layer.
  private func backward(
    _ outputGradient: Tensor, source: Tensor, output: Tensor, weights: LayerWeights,
    memory: inout Memory, sourceGradient: inout Tensor, gradients: inout [Tensor],
    geometry: SequenceGeometry, pass: Pass
  ) {
    var (input, recurrent) = (Tensor.empty, Tensor.empty)
    var (inputBias, recurrentBias) = (Tensor.empty, Tensor.empty)
    swap(&input, &gradients[0])
    swap(&recurrent, &gradients[1])
    swap(&inputBias, &gradients[2])
    swap(&recurrentBias, &gradients[3])
    let (firstHidden, firstCell) = (memory.hidden, memory.cell)
    var gates = Tensor.empty
    swap(&gates, &memory.gates)
    do {
      var gateSpan = gates.mutableSpan
      var sourceSpan = sourceGradient.mutableSpan
      var inputSpan = input.mutableSpan
      var recurrentSpan = recurrent.mutableSpan
      var inputBiasSpan = inputBias.mutableSpan
      var recurrentBiasSpan = recurrentBias.mutableSpan
      lstmBackward(
        outputGradient.span, input: source.span, output: output.span,
        initialHidden: firstHidden.span, initialCell: firstCell.span,
        inputWeights: weights.input.span, recurrentWeights: weights.recurrent.span,
        tape: &gateSpan,
        inputGradient: &sourceSpan, inputWeightGradient: &inputSpan,
        recurrentWeightGradient: &recurrentSpan, inputBiasGradient: &inputBiasSpan,
        recurrentBiasGradient: &recurrentBiasSpan, geometry: geometry, workers: pass.workers)
    }
    memory.gates = gates
    gradients = [input, recurrent, inputBias, recurrentBias]
  }
}
