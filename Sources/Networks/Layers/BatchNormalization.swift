// Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithms 1 and 2) over [N, H, W, C] or [N, features], channel by
// channel: y = scale·(x − mean)/√(variance + ε) + shift. It can take over the addition and the rectifier behind it.

import Kernels
public import Tensors

/// Normalises every channel: by the statistics of the batch while training, by running statistics afterwards.
public struct BatchNormalization: Layer {
  public static var name: String { "batch-normalization" }
  public static var stem: String { "bn" }
  public static var fusesAdditionAndRectifier: Bool { true }
  public static var differentiatesInPlace: Bool { true }

  /// Added to the variance.
  public var epsilon = 1e-5
  /// The share of the newest batch in the running statistics.
  public var momentum = 0.1
  public var from: String?
  public var label: String?

  public init() {}

  public init(from: String? = nil, label: String? = nil) {
    self.from = from
    self.label = label
  }

  public func outputShape(for input: Shape) throws(NetworkError) -> Shape {
    let name = label ?? Self.name
    guard Float(epsilon) > 0, Float(epsilon).isFinite else {
      throw .value(
        layer: name, field: "epsilon", problem: "must be a positive Float, not \(epsilon)")
    }
    guard momentum > 0, momentum <= 1 else {
      throw .value(layer: name, field: "momentum", problem: "must be in (0, 1], not \(momentum)")
    }
    guard input.rank == 3 || input.rank == 1 else {
      throw .shape(
        layer: name, input: input,
        problem: "it takes an image [height, width, channels] or a vector")
    }
    return input
  }

  public func parameters(for input: Shape) -> [ParameterDeclaration] {
    func vector(_ role: String, _ kind: ParameterKind, _ value: Float) -> ParameterDeclaration {
      ParameterDeclaration(
        role: role, shape: [input.unitCount], kind: kind, initialValues: .constant(value))
    }
    return [
      vector("weight", .scale, 1), vector("bias", .shift, 0),
      vector("running_mean", .statistic, 0), vector("running_var", .statistic, 1),
    ]
  }

  /// Mean, inverse deviation, and the running statistics after the batch, in `Tape.kept`.
  private func prepare(_ tape: inout Tape, channels: Int) {
    if tape.kept.count != 4 || tape.kept[0].count != channels {
      tape.kept = (0..<4).map { _ in Tensor([channels]) }
    }
  }

  public func forward(
    _ input: Tensor, parameters: ArraySlice<Tensor>, tape: inout Tape, pass: Pass
  ) {
    let first = parameters.startIndex
    let channels = input.shape.sizes[input.shape.rank - 1]
    let rows = input.count / channels
    let (scale, shift) = (parameters[first], parameters[first + 1])
    let (runningMean, runningVariance) = (parameters[first + 2], parameters[first + 3])
    tape.output.resize(input.shape)
    let (addend, rectifies) = (tape.addend, tape.rectifies)
    guard pass.mode == .training else {
      var output = tape.output.mutableSpan
      batchNormalizationEvaluation(
        input.span, scale: scale.span, shift: shift.span, mean: runningMean.span,
        variance: runningVariance.span, residual: addend.span, output: &output, rows: rows,
        channels: channels, epsilon: Float(epsilon), rectifies: rectifies,
        workers: pass.workers)
      return
    }
    prepare(&tape, channels: channels)
    var kept: [Tensor] = []
    swap(&kept, &tape.kept)
    var (mean, inverse) = (Tensor.empty, Tensor.empty)
    swap(&mean, &kept[0])
    swap(&inverse, &kept[1])
    var (nextMean, nextVariance) = (runningMean, runningVariance)
    do {
      var output = tape.output.mutableSpan
      var meanSpan = mean.mutableSpan
      var inverseSpan = inverse.mutableSpan
      var runningMeanSpan = nextMean.mutableSpan
      var runningVarianceSpan = nextVariance.mutableSpan
      batchNormalizationForward(
        input.span, scale: scale.span, shift: shift.span, residual: addend.span, output: &output,
        mean: &meanSpan, inverseDeviation: &inverseSpan, runningMean: &runningMeanSpan,
        runningVariance: &runningVarianceSpan, rows: rows, channels: channels,
        epsilon: Float(epsilon), momentum: Float(momentum), rectifies: rectifies,
        workers: pass.workers)
    }
    tape.kept = [mean, inverse, nextMean, nextVariance]
  }

  public func backward(
    _ outputGradient: inout Tensor, input: Tensor, parameters: ArraySlice<Tensor>,
    tape: inout Tape, gradients: inout [Tensor], first: Int, needsInputGradient: Bool, pass: Pass
  ) {
    let start = parameters.startIndex
    let channels = input.shape.sizes[input.shape.rank - 1]
    let rows = input.count / channels
    let (scale, shift) = (parameters[start], parameters[start + 1])
    let (mean, inverse) = (tape.kept[0], tape.kept[1])
    let rectifies = tape.rectifies
    gradients[first + 2] = tape.kept[2]
    gradients[first + 3] = tape.kept[3]
    var (scaleGradient, shiftGradient) = (Tensor.empty, Tensor.empty)
    swap(&scaleGradient, &gradients[first])
    swap(&shiftGradient, &gradients[first + 1])
    do {
      var scaleSpan = scaleGradient.mutableSpan
      var shiftSpan = shiftGradient.mutableSpan
      var gradient = outputGradient.mutableSpan
      if tape.hasAddend {
        let output = tape.output
        tape.inputGradient.resize(input.shape)
        var inputGradient = tape.inputGradient.mutableSpan
        batchNormalizationBackward(
          residualInPlace: &gradient, input: input.span, output: output.span, mean: mean.span,
          inverseDeviation: inverse.span, scale: scale.span, shift: shift.span,
          inputGradient: &inputGradient, scaleGradient: &scaleSpan, shiftGradient: &shiftSpan,
          rows: rows, channels: channels, rectifies: rectifies, workers: pass.workers)
      } else {
        batchNormalizationBackward(
          inPlace: &gradient, input: input.span, mean: mean.span, inverseDeviation: inverse.span,
          scale: scale.span, shift: shift.span, scaleGradient: &scaleSpan,
          shiftGradient: &shiftSpan, rows: rows, channels: channels, rectifies: rectifies,
          workers: pass.workers)
      }
    }
    swap(&scaleGradient, &gradients[first])
    swap(&shiftGradient, &gradients[first + 1])
    if tape.hasAddend {
      swap(&tape.addendGradient, &outputGradient)
    } else {
      swap(&tape.inputGradient, &outputGradient)
    }
  }
}
