// The sizes of a convolution over activations [N, H, W, C] with filters [K, C / groups, R, S], and what follows from them.
// The sizes alone decide how the work is cut, so the same convolution has the same bits on any number of threads.

/// The sizes of a convolution.
public struct ConvolutionGeometry: Hashable, Sendable {
  /// Images in a batch.
  public var batch: Int
  /// Rows of an input image.
  public var height: Int
  /// Columns of an input image.
  public var width: Int
  /// Channels of the input.
  public var inputChannels: Int
  /// Channels of the output: the number of filters.
  public var outputChannels: Int
  /// Rows of a filter.
  public var kernelHeight: Int
  /// Columns of a filter.
  public var kernelWidth: Int
  /// Pixels from one window to the next.
  public var stride: Int
  /// Zeros on every side, in pixels.
  public var padding: Int
  /// Groups of channels: the filters of a group see the input channels of that group only. One means
  /// that every filter sees all channels, as many as there are channels a filter for each of them.
  public var groups: Int
  /// Whether 3 × 3 and 5 × 5 filters may take Winograd's method; without it every product is summed
  /// as it stands, two to four times as slowly and a little more exactly.
  public var allowsWinograd: Bool

  /// The geometry with these sizes.
  ///
  /// - Precondition: sizes are positive, padding is not negative, the filter fits the padded image, and
  ///   `groups` divides both numbers of channels.
  public init(
    batch: Int, height: Int, width: Int, inputChannels: Int, outputChannels: Int,
    kernelHeight: Int, kernelWidth: Int, stride: Int = 1, padding: Int = 0,
    groups: Int = 1, allowsWinograd: Bool = true
  ) {
    precondition(
      batch >= 0 && height > 0 && width > 0 && inputChannels > 0 && outputChannels > 0
        && kernelHeight > 0 && kernelWidth > 0 && stride > 0 && padding >= 0,
      "ConvolutionGeometry: sizes must be positive")
    precondition(
      kernelHeight <= height + 2 * padding && kernelWidth <= width + 2 * padding,
      """
      ConvolutionGeometry: a \(kernelHeight) × \(kernelWidth) filter does not fit \
      \(height) × \(width) with padding \(padding)
      """)
    precondition(
      groups > 0 && inputChannels % groups == 0 && outputChannels % groups == 0,
      """
      ConvolutionGeometry: \(groups) groups do not divide \(inputChannels) input and \
      \(outputChannels) output channels
      """)
    self.batch = batch
    self.height = height
    self.width = width
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.allowsWinograd = allowsWinograd
  }

  /// Rows of an output image.
  public var outputHeight: Int { (height + 2 * padding - kernelHeight) / stride + 1 }
  /// Columns of an output image.
  public var outputWidth: Int { (width + 2 * padding - kernelWidth) / stride + 1 }
  /// Elements of a whole input batch.
  public var inputCount: Int { batch * height * width * inputChannels }
  /// Elements of a whole output batch.
  public var outputCount: Int { batch * outputHeight * outputWidth * outputChannels }
  /// Elements of the filters.
  public var weightCount: Int { outputChannels * windowSize }

  /// Pixels of an output image.
  var outputPixels: Int { outputHeight * outputWidth }
  /// Elements of one window: what one filter sees.
  var windowSize: Int { inputChannels / groups * kernelHeight * kernelWidth }
  /// Elements of one input image.
  var imageSize: Int { height * width * inputChannels }
  /// Elements of one output image.
  var outputSize: Int { outputPixels * outputChannels }

  /// Images whose windows fit half a megabyte, so that they stay in a core's second-level cache; more
  /// where filters are so large that reading them again costs more than that.
  var imagesPerBlock: Int {
    let inCache = max(1, min(16, 131_072 / (outputPixels * windowSize)))
    return weightCount < 300_000 ? inCache : max(inCache, ceilingDivision(512, outputPixels))
  }

  /// The fewest images whose weight gradients are summed before they meet those of other slices: sixteen, or so many pixels.
  var smallestSlice: Int { max(1, min(16, 16_384 / outputPixels)) }

  /// Images whose weight gradients are summed before they meet those of other slices.
  var imagesPerSlice: Int {
    max(smallestSlice, ceilingDivision(batch, max(1, 8_000_000 / weightCount)))
  }
}
