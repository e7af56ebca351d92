// Passes over a batch: values and gradients stand at places, place 0 being the network's input and place i + 1 the output of
// layer i. Buffers are kept in `Activations` from batch to batch; gradients of places share a few.

import Kernels
import Reproducibility
public import Tensors

/// The buffers of forward and backward passes, reused from batch to batch.
public struct Activations: Sendable {
  var tapes: [Tape] = []
  /// Tensors that no pass uses at the moment, by their number of elements.
  private var free: [Int: [Tensor]] = [:]

  public init() {}

  /// What recurrent layers carry from one batch to the next, by layer; empty for layers that carry nothing.
  public var states: [[Tensor]] {
    get { tapes.map { $0.state } }
    set {
      tapes = newValue.map { state in
        var tape = Tape()
        tape.state = state
        return tape
      }
    }
  }

  /// A tensor of the given shape with unspecified elements.
  mutating func borrow(_ shape: Shape) -> Tensor {
    guard var result = free[shape.elementCount]?.popLast() else { return Tensor(shape) }
    result.resize(shape)
    return result
  }

  /// Gives a tensor back.
  mutating func release(_ tensor: consuming Tensor) {
    if tensor.count > 0 { free[tensor.count, default: []].append(tensor) }
  }
}

/// One or several layers that are computed together by the first of them.
struct Step: Sendable {
  /// The layer that computes.
  var layer: Int
  /// The place whose value it takes.
  var source: Int
  /// The place whose value it adds, if any.
  var addendSource: Int?
  /// Whether it takes over a rectifier.
  var rectifies = false
  /// The place whose value it writes.
  var target: Int

  /// The layers in the order of the passes.
  ///
  /// - Parameter fusing: whether a layer that can takes over an addition and a rectifier that alone read what is before them.
  static func plan(_ layers: [NamedLayer], fusing: Bool) -> [Step] {
    let readers = Network.readers(in: layers)
    var steps: [(position: Int, step: Step)] = []
    var taken: Set<Int> = []
    for (index, named) in layers.enumerated() where !taken.contains(index) {
      var step = Step(
        layer: index, source: named.source, addendSource: named.addendSource, target: index + 1)
      var position = index
      func soleReader() -> Int? {
        let all = readers[step.target]
        return all.count == 1 && !taken.contains(all[0]) ? all[0] : nil
      }
      if fusing, type(of: named.layer).fusesAdditionAndRectifier {
        if step.addendSource == nil, let next = soleReader(),
          let other = layers[next].addendSource
        {
          step.addendSource = layers[next].source == step.target ? other : layers[next].source
          step.target = next + 1
          position = next
          taken.insert(next)
        }
        if let next = soleReader(), layers[next].layer is Rectifier {
          step.rectifies = true
          step.target = next + 1
          taken.insert(next)
        }
      }
      steps.append((position, step))
    }
    return steps.sorted { $0.position < $1.position }.map { $0.step }
  }
}

extension Network {
  /// The network's output for a batch.
  ///
  /// - Parameter input: `[N]` followed by `inputShape`.
  /// - Returns: `[N]` followed by `outputShape`.
  public func forward(_ input: Tensor, activations: inout Activations, pass: Pass) -> Tensor {
    forward(input, activations: &activations, pass: pass) { _, _, _ in false }
  }

  /// The network's output for a batch, with some layers computed in another way.
  ///
  /// - Parameter compute: is given the place of a layer, its input and its output to fill; false if the layer is to compute
  ///   itself.
  public func forward(
    _ input: Tensor, activations: inout Activations, pass: Pass,
    computing compute: (Int, Tensor, inout Tensor) -> Bool
  ) -> Tensor {
    if activations.tapes.count != layers.count {
      activations.tapes = [Tape](repeating: Tape(), count: layers.count)
    }
    var writer = [Int?](repeating: nil, count: layers.count + 1)
    for step in steps {
      let named = layers[step.layer]
      let source = writer[step.source].map { activations.tapes[$0].output } ?? input
      if let addend = step.addendSource {
        activations.tapes[step.layer].addend =
          writer[addend].map { activations.tapes[$0].output } ?? input
      }
      activations.tapes[step.layer].hasAddend = step.addendSource != nil
      activations.tapes[step.layer].rectifies = step.rectifies
      if !compute(step.layer, source, &activations.tapes[step.layer].output) {
        named.layer.forward(
          source, parameters: parameters(of: named),
          tape: &activations.tapes[step.layer], pass: pass.forLayer(step.layer))
      }
      activations.tapes[step.layer].addend = .empty
      writer[step.target] = step.layer
    }
    return writer[layers.count].map { activations.tapes[$0].output } ?? input
  }

  /// The derivatives of the loss by every parameter, after a `forward` of the same batch with the same pass.
  ///
  /// - Parameters:
  ///   - outputGradient: the derivative of the loss by the network's output.
  ///   - gradients: overwritten; one tensor per parameter, in order. Statistics get their next value.
  public func backward(
    _ outputGradient: Tensor, input: Tensor, activations: inout Activations,
    gradients: inout [Tensor], pass: Pass
  ) {
    precondition(activations.tapes.count == layers.count, "backward needs a forward pass first")
    if gradients.count != parameters.count {
      gradients = information.map { Tensor($0.shape) }
    }
    let needed = placesWithLearnedParametersBefore
    var writer = [Int?](repeating: nil, count: layers.count + 1)
    for step in steps { writer[step.target] = step.layer }
    var placeGradients = [Tensor?](repeating: nil, count: layers.count + 1)
    placeGradients[layers.count] = outputGradient
    for step in steps.reversed() where needed[step.target] {
      let named = layers[step.layer]
      guard var gradient = placeGradients[step.target].take() else {
        preconditionFailure("nothing reads the output of ‘\(named.name)’")
      }
      let source = writer[step.source].map { activations.tapes[$0].output } ?? input
      let needsInputGradient = needed[step.source]
      let addendSource = step.addendSource.flatMap { needed[$0] ? $0 : nil }
      let isInPlace = type(of: named.layer).differentiatesInPlace && step.addendSource == nil
      if needsInputGradient, !isInPlace {
        activations.tapes[step.layer].inputGradient = activations.borrow(source.shape)
      }
      named.layer.backward(
        &gradient, input: source, parameters: parameters(of: named),
        tape: &activations.tapes[step.layer], gradients: &gradients,
        first: named.parameterRange.lowerBound, needsInputGradient: needsInputGradient,
        pass: pass.forLayer(step.layer))
      if step.target != layers.count { activations.release(gradient) }
      if needsInputGradient {
        let result = activations.tapes[step.layer].takeInputGradient()
        deposit(result, at: step.source, &placeGradients, &activations, pass)
      }
      if let addendSource {
        let result = activations.tapes[step.layer].takeAddendGradient()
        deposit(result, at: addendSource, &placeGradients, &activations, pass)
      }
    }
    for (index, named) in layers.enumerated() {
      guard let borrowed = named.borrowedParameter else { continue }
      let share = activations.tapes[index].borrowedGradient
      var span = gradients[borrowed].mutableSpan
      add(share.span, to: &span, workers: pass.workers)
    }
  }

  /// For every place, whether its value depends on parameters that are learned.
  private var placesWithLearnedParametersBefore: [Bool] {
    var result = [false]
    for named in layers {
      let learns = named.parameterRange.contains { information[$0].kind.isLearned }
      let follows = result[named.source] || named.addendSource.map { result[$0] } ?? false
      result.append(learns || follows)
    }
    return result
  }

  /// Adds a gradient to what other readers of a place have left there.
  private func deposit(
    _ gradient: consuming Tensor, at place: Int, _ placeGradients: inout [Tensor?],
    _ activations: inout Activations, _ pass: Pass
  ) {
    guard var sum = placeGradients[place].take() else {
      placeGradients[place] = gradient
      return
    }
    do {
      var span = sum.mutableSpan
      add(gradient.span, to: &span, workers: pass.workers)
    }
    activations.release(gradient)
    placeGradients[place] = sum
  }
}

extension Tape {
  fileprivate mutating func takeInputGradient() -> Tensor {
    var result = Tensor.empty
    swap(&result, &inputGradient)
    return result
  }

  fileprivate mutating func takeAddendGradient() -> Tensor {
    var result = Tensor.empty
    swap(&result, &addendGradient)
    return result
  }
}

extension Pass {
  /// The same pass with the random masks of layer `index`.
  fileprivate func forLayer(_ index: Int) -> Pass {
    guard mode == .training else { return self }
    var result = self
    result.seed = seed.child(index)
    return result
  }
}
