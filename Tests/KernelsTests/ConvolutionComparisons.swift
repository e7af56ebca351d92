// All passes of a convolution, and how tests compare them: with the naive loops, or with another path where those take too long.

import Kernels
import TestSupport
import Testing

extension ConvolutionGeometry {
  /// The size of the filters if some pass may be computed by Winograd's method, which rounds a little more.
  var winogradKernel: Int? {
    let isFive = kernelHeight == 5 && padding == 0 && inputChannels >= 8
    let isThree = kernelHeight == 3 && padding == 1 && inputChannels >= 16
    let isTaken = allowsWinograd && groups == 1 && stride == 1 && (isFive || isThree)
    return isTaken ? kernelHeight : nil
  }
}

/// Output, input gradient, weight gradient and bias gradient.
func allPasses(
  _ x: [Float], weights w: [Float], bias b: [Float], _ dy: [Float], _ g: ConvolutionGeometry,
  _ workers: Workers
) -> [[Float]] {
  var y = unwritten(g.outputCount)
  var dx = unwritten(g.inputCount)
  var dw = unwritten(g.weightCount)
  var db = unwritten(g.outputChannels)
  var ySpan = y.mutableSpan
  convolutionForward(
    x.span, weights: w.span, bias: b.span, output: &ySpan, geometry: g, workers: workers)
  var dxSpan = dx.mutableSpan
  convolutionBackwardData(
    dy.span, weights: w.span, inputGradient: &dxSpan, geometry: g, workers: workers)
  var dwSpan = dw.mutableSpan
  var dbSpan = db.mutableSpan
  convolutionBackwardWeights(
    dy.span, input: x.span, weightGradient: &dwSpan, biasGradient: &dbSpan, geometry: g,
    workers: workers)
  return [y, dx, dw, db]
}

/// Expects all passes to be the naive sums, and the same bits with any number of threads.
func expectNaiveSums(
  _ g: ConvolutionGeometry, sourceLocation: SourceLocation = #_sourceLocation
) {
  let x = normalFloats(g.inputCount, "x")
  let w = normalFloats(g.weightCount, "w")
  let b = normalFloats(g.outputChannels, "b")
  let dy = normalFloats(g.outputCount, "dy")
  let results = sameBits("convolution", sourceLocation: sourceLocation) { workers in
    allPasses(x, weights: w, bias: b, dy, g, workers)
  }
  expectSums(
    results[0], KernelReference.convolution(x, weights: w, bias: b, g), "output",
    winogradKernel: g.winogradKernel, sourceLocation: sourceLocation)
  expectSums(
    results[1], KernelReference.convolutionInputGradient(dy, weights: w, g), "input gradient",
    winogradKernel: g.winogradKernel, sourceLocation: sourceLocation)
  expectSums(
    results[2], KernelReference.convolutionWeightGradient(dy, input: x, g), "weight gradient",
    winogradKernel: g.winogradKernel, sourceLocation: sourceLocation)
  expectSums(
    results[3], KernelReference.columnSums(dy, columns: g.outputChannels), "bias gradient",
    sourceLocation: sourceLocation)
}
