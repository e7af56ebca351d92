// Convolutions over activations [N, H, W, C] with filters [K, C / groups, R, S]: what layers call.
// `ConvolutionMethod` says which kernels compute which sizes; the functions below only check sizes and pass on.

/// Convolves a batch of images with a bank of filters and adds a bias.
///
/// - Parameters:
///   - input: `[batch, height, width, inputChannels]`.
///   - weights: `[outputChannels, inputChannels / groups, kernelHeight, kernelWidth]`.
///   - bias: `[outputChannels]`, or empty for none.
///   - output: `[batch, outputHeight, outputWidth, outputChannels]`.
/// - Precondition: the spans have these sizes.
public func convolutionForward(
  _ input: Span<Float>, weights: Span<Float>, bias: Span<Float>,
  output: inout MutableSpan<Float>, geometry: ConvolutionGeometry, workers: Workers
) {
  requireCount(input.count, geometry.inputCount, "convolutionForward", "input")
  requireCount(weights.count, geometry.weightCount, "convolutionForward", "weights")
  requireCount(bias.count, bias.isEmpty ? 0 : geometry.outputChannels, "convolutionForward", "bias")
  requireCount(output.count, geometry.outputCount, "convolutionForward", "output")
  let g = geometry
  let x = input.pointer
  let w = weights.pointer
  let b: FloatPointer? = bias.isEmpty ? nil : bias.pointer
  let y = output.mutablePointer
  switch g.method {
  case .direct: convolveDirectly(x, weights: w, bias: b, into: y, g, workers: workers)
  case .strided: convolveStrided(x, weights: w, bias: b, into: y, g, workers: workers)
  case .winograd5x5: convolveByWinograd5x5(x, weights: w, bias: b, into: y, g, workers: workers)
  case .winograd3x3:
    convolveByWinograd3x3(
      x, weights: w, bias: b, into: y, forInputGradient: false, g, workers: workers)
  case .pointwise: convolvePointwise(x, weights: w, bias: b, into: y, g, workers: workers)
  case .depthwise: convolveDepthwise(x, weights: w, bias: b, into: y, g, workers: workers)
  case .pixelPairs: convolvePixelPairs(x, weights: w, bias: b, into: y, g, workers: workers)
  case .windows: convolveByWindows(x, weights: w, bias: b, into: y, g, workers: workers)
  }
}

/// The gradient of a convolution's input.
///
/// - Parameters:
///   - outputGradient: `[batch, outputHeight, outputWidth, outputChannels]`.
///   - weights: `[outputChannels, inputChannels / groups, kernelHeight, kernelWidth]`.
///   - inputGradient: `[batch, height, width, inputChannels]`, overwritten.
/// - Precondition: the spans have these sizes.
public func convolutionBackwardData(
  _ outputGradient: Span<Float>, weights: Span<Float>, inputGradient: inout MutableSpan<Float>,
  geometry: ConvolutionGeometry, workers: Workers
) {
  requireCount(
    outputGradient.count, geometry.outputCount, "convolutionBackwardData", "outputGradient")
  requireCount(weights.count, geometry.weightCount, "convolutionBackwardData", "weights")
  requireCount(
    inputGradient.count, geometry.inputCount, "convolutionBackwardData", "inputGradient")
  let g = geometry
  let dy = outputGradient.pointer
  let w = weights.pointer
  let dx = inputGradient.mutablePointer
  switch g.method {
  case .strided: differentiateInputStrided(dy, weights: w, into: dx, g, workers: workers)
  case .winograd5x5: differentiateInputByWinograd5x5(dy, weights: w, into: dx, g, workers: workers)
  case .winograd3x3:
    convolveByWinograd3x3(
      dy, weights: w, bias: nil, into: dx, forInputGradient: true, g, workers: workers)
  case .pointwise: differentiateInputPointwise(dy, weights: w, into: dx, g, workers: workers)
  case .depthwise: differentiateInputDepthwise(dy, weights: w, into: dx, g, workers: workers)
  case .pixelPairs: differentiateInputOfPixelPairs(dy, weights: w, into: dx, g, workers: workers)
  case .direct, .windows:
    differentiateInputByWindows(dy, weights: w, into: dx, g, workers: workers)
  }
}

/// The gradients of a convolution's filters and bias, summed over the batch.
///
/// - Parameters:
///   - outputGradient: `[batch, outputHeight, outputWidth, outputChannels]`.
///   - input: `[batch, height, width, inputChannels]`.
///   - weightGradient: `[outputChannels, inputChannels / groups, kernelHeight, kernelWidth]`, overwritten.
///   - biasGradient: `[outputChannels]`, overwritten, or empty for none.
/// - Precondition: the spans have these sizes.
public func convolutionBackwardWeights(
  _ outputGradient: Span<Float>, input: Span<Float>, weightGradient: inout MutableSpan<Float>,
  biasGradient: inout MutableSpan<Float>, geometry: ConvolutionGeometry, workers: Workers
) {
  requireCount(
    outputGradient.count, geometry.outputCount, "convolutionBackwardWeights", "outputGradient")
  requireCount(input.count, geometry.inputCount, "convolutionBackwardWeights", "input")
  requireCount(
    weightGradient.count, geometry.weightCount, "convolutionBackwardWeights", "weightGradient")
  requireCount(
    biasGradient.count, biasGradient.isEmpty ? 0 : geometry.outputChannels,
    "convolutionBackwardWeights", "biasGradient")
  let g = geometry
  let dy = outputGradient.pointer
  let x = input.pointer
  let dw = weightGradient.mutablePointer
  let db: MutableFloatPointer? = biasGradient.isEmpty ? nil : biasGradient.mutablePointer
  switch g.method {
  case .direct: differentiateFiltersDirectly(dy, input: x, into: dw, bias: db, g, workers: workers)
  case .strided where g.hasStridedFilterGradient:
    differentiateFiltersStrided(dy, input: x, into: dw, bias: db, g, workers: workers)
  case .winograd5x5:
    differentiateFiltersByWinograd5x5(dy, input: x, into: dw, bias: db, g, workers: workers)
  case .winograd3x3:
    differentiateFiltersByWinograd3x3(dy, input: x, into: dw, bias: db, g, workers: workers)
  case .pointwise:
    differentiateFiltersPointwise(dy, input: x, into: dw, bias: db, g, workers: workers)
  case .depthwise:
    differentiateFiltersDepthwise(dy, input: x, into: dw, bias: db, g, workers: workers)
  case .pixelPairs:
    differentiateFiltersOfPixelPairs(dy, input: x, into: dw, bias: db, g, workers: workers)
  case .strided, .windows:
    differentiateFiltersByWindows(dy, input: x, into: dw, bias: db, g, workers: workers)
  }
}
