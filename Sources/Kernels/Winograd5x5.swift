// Convolutions with 5 × 5 filters by Winograd's method F(2×2, 5×5): 36 products for four outputs instead of 100.
// Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A at the points 0, ±1, ±2, ∞; the gradients are the exact transposes of this program.
// Blocks of images are transformed and multiplied while they are in the cache; a float differs from the direct sum by about
// 10⁻⁶ of the terms' magnitude.

extension ConvolutionGeometry {
  /// Whether the 5 × 5 Winograd kernels apply and pay.
  var isWinograd5x5: Bool {
    allowsWinograd && kernelHeight == 5 && kernelWidth == 5 && stride == 1 && padding == 0
      && groups == 1 && inputChannels >= 8 && outputChannels >= 8 && outputHeight % 2 == 0
      && outputWidth % 2 == 0
  }
}

/// Sizes of the transformed arrays, whose channels are filled up with zeros to full registers.
struct Winograd5x5 {
  /// Points of a transformed tile.
  static let points = 36

  let geometry: ConvolutionGeometry
  /// Input and output channels, rounded up to eight.
  let inputs: Int
  let outputs: Int
  let tilesPerRow: Int
  let tilesPerImage: Int
  /// Images transformed together, so that both transformed arrays stay in the second-level cache.
  let imagesPerBlock: Int
  /// Floats from one point's tiles to the next, for inputs and outputs.
  let inputPlane: Int
  let outputPlane: Int

  init(_ g: ConvolutionGeometry) {
    geometry = g
    inputs = ceilingDivision(g.inputChannels, 8) * 8
    outputs = ceilingDivision(g.outputChannels, 8) * 8
    tilesPerRow = g.outputWidth / 2
    tilesPerImage = tilesPerRow * (g.outputHeight / 2)
    let floatsPerImage = Self.points * tilesPerImage * (inputs + outputs)
    imagesPerBlock = max(1, min(8, 110_000 / floatsPerImage))
    // Sixteen floats more keep the planes from competing for the same cache lines.
    inputPlane = imagesPerBlock * tilesPerImage * inputs + 16
    outputPlane = imagesPerBlock * tilesPerImage * outputs + 16
  }

  /// Floats of an image whose channels are filled up.
  var imageCount: Int { geometry.height * geometry.width * inputs }
  /// Floats of transformed filters, and of their gradients.
  var filterCount: Int { Self.points * inputs * outputs }
  /// Floats a task needs.
  var scratchCount: Int { imageCount + Self.points * (inputPlane + outputPlane) }
}

/// The forward pass.
func convolveByWinograd5x5(
  _ x: FloatPointer, weights: FloatPointer, bias: FloatPointer?, into y: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let plan = Winograd5x5(g)
  let shifts = workers.sharedScratch(plan.outputs + plan.packingCount)
  shifts.update(repeating: 0, count: plan.outputs)
  if let bias { shifts.update(from: bias, count: g.outputChannels) }
  let filters = plan.packForward(weights, memory: shifts + plan.outputs)
  let size = plan.imagesPerBlock
  workers.run(ceilingDivision(g.batch, size), scratchCount: plan.scratchCount) { task, scratch in
    let first = task * size
    plan.forward(
      x + first * g.imageSize, count: min(size, g.batch - first), filters: filters,
      bias: shifts, into: y + first * g.outputSize, scratch: scratch)
  }
}

/// The gradient of the input.
func differentiateInputByWinograd5x5(
  _ dy: FloatPointer, weights: FloatPointer, into dx: MutableFloatPointer,
  _ g: ConvolutionGeometry, workers: Workers
) {
  let plan = Winograd5x5(g)
  let filters = plan.packBackward(weights, memory: workers.sharedScratch(plan.packingCount))
  let size = plan.imagesPerBlock
  workers.run(ceilingDivision(g.batch, size), scratchCount: plan.scratchCount) { task, scratch in
    let first = task * size
    plan.backwardData(
      dy + first * g.outputSize, count: min(size, g.batch - first), filters: filters,
      into: dx + first * g.imageSize, scratch: scratch)
  }
}

/// The gradients of the filters and, unless it is nil, of the bias.
func differentiateFiltersByWinograd5x5(
  _ dy: FloatPointer, input x: FloatPointer, into dw: MutableFloatPointer,
  bias: MutableFloatPointer?, _ g: ConvolutionGeometry, workers: Workers
) {
  let plan = Winograd5x5(g)
  let size = plan.imagesPerBlock
  let (sums, spare) = sumOverSlices(
    dy, imagesPerSlice: g.imagesPerSlice, partCount: plan.filterCount,
    spareCount: plan.packingCount, scratchCount: plan.scratchCount, bias: bias, g,
    workers: workers
  ) { images, part, scratch in
    part.update(repeating: 0, count: plan.filterCount)
    for first in stride(from: images.lowerBound, to: images.upperBound, by: size) {
      plan.addFilterGradients(
        x + first * g.imageSize, dy + first * g.outputSize,
        count: min(size, images.upperBound - first), to: part, scratch: scratch)
    }
  }
  plan.unpack(sums, into: dw, memory: spare)
}

extension Winograd5x5 {
  /// Outputs of `count` images from transformed filters `[point][input][output]`.
  func forward(
    _ images: FloatPointer, count: Int, filters: FloatPointer, bias: FloatPointer,
    into output: MutableFloatPointer, scratch: MutableFloatPointer
  ) {
    let inputPlanes = scratch + imageCount
    let outputPlanes = inputPlanes + Self.points * inputPlane
    transformInputs(images, count: count, into: inputPlanes, padded: scratch)
    for point in 0..<Self.points {
      multiplyPlane(
        inputPlanes + point * inputPlane, stride: inputs,
        filters + point * geometry.inputChannels * outputs,
        into: outputPlanes + point * outputPlane, tiles: count * tilesPerImage,
        inner: geometry.inputChannels, columns: outputs)
    }
    transformOutputs(outputPlanes, count: count, bias: bias, into: output)
  }

  /// Input gradients of `count` images from transformed filters `[point][output][input]`.
  func backwardData(
    _ gradients: FloatPointer, count: Int, filters: FloatPointer,
    into inputGradients: MutableFloatPointer, scratch: MutableFloatPointer
  ) {
    let inputPlanes = scratch + imageCount
    let outputPlanes = inputPlanes + Self.points * inputPlane
    transposeOutputs(gradients, count: count, into: outputPlanes)
    for point in 0..<Self.points {
      multiplyPlane(
        outputPlanes + point * outputPlane, stride: outputs,
        filters + point * geometry.outputChannels * inputs,
        into: inputPlanes + point * inputPlane, tiles: count * tilesPerImage,
        inner: geometry.outputChannels, columns: inputs)
    }
    transposeInputs(inputPlanes, count: count, into: inputGradients, padded: scratch)
  }

  /// Adds the transformed filter gradients of `count` images to `sums`, `[point][input][output]`.
  func addFilterGradients(
    _ images: FloatPointer, _ gradients: FloatPointer, count: Int, to sums: MutableFloatPointer,
    scratch: MutableFloatPointer
  ) {
    let inputPlanes = scratch + imageCount
    let outputPlanes = inputPlanes + Self.points * inputPlane
    transformInputs(images, count: count, into: inputPlanes, padded: scratch)
    transposeOutputs(gradients, count: count, into: outputPlanes)
    for point in 0..<Self.points {
      addPlaneProducts(
        inputPlanes + point * inputPlane, rows: inputs, outputPlanes + point * outputPlane,
        columns: outputs, to: sums + point * inputs * outputs, count: count * tilesPerImage)
    }
  }

  /// Filters `[K, C, 5, 5]` transformed for `forward`, behind `memory` for their reordering.
  func packForward(_ weights: FloatPointer, memory: MutableFloatPointer) -> MutableFloatPointer {
    pack(weights, rows: geometry.inputChannels, columns: outputs, memory: memory) { o, c in
      c * outputs + o
    }
  }

  /// Filters `[K, C, 5, 5]` transformed for `backwardData`, behind `memory` for their reordering.
  func packBackward(_ weights: FloatPointer, memory: MutableFloatPointer) -> MutableFloatPointer {
    pack(weights, rows: geometry.outputChannels, columns: inputs, memory: memory) { o, c in
      o * inputs + c
    }
  }

  /// Filters in 25 planes of `rows` × `columns`, then transformed; `place` is where filter o has channel c.
  @inline(__always)
  private func pack(
    _ weights: FloatPointer, rows: Int, columns: Int, memory: MutableFloatPointer,
    place: (Int, Int) -> Int
  ) -> MutableFloatPointer {
    let g = geometry
    let plane = rows * columns
    memory.update(repeating: 0, count: 25 * plane)
    for o in 0..<g.outputChannels {
      for c in 0..<g.inputChannels {
        let source = weights + (o * g.inputChannels + c) * 25
        for p in 0..<25 { memory[p * plane + place(o, c)] = source[p] }
      }
    }
    let points = memory + 25 * plane
    Self.transformFilters(memory, rows: rows, columns: columns, into: points)
    return points
  }

  /// Floats of memory either packing needs.
  var packingCount: Int { (25 + Self.points) * inputs * outputs }

  /// Filter gradients `[K, C, 5, 5]` from their transformed sums.
  func unpack(
    _ sums: FloatPointer, into gradient: MutableFloatPointer, memory: MutableFloatPointer
  ) {
    let g = geometry
    let plane = inputs * outputs
    Self.transposeFilters(sums, plane: plane, into: memory)
    for o in 0..<g.outputChannels {
      for c in 0..<g.inputChannels {
        let target = gradient + (o * g.inputChannels + c) * 25
        for p in 0..<25 { target[p] = memory[p * plane + c * outputs + o] }
      }
    }
  }
}
