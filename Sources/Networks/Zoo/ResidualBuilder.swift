// Writes the layers of residual networks one after the other, with the names of PyTorch's modules.

/// A list of layers that grows, and the name of the last one.
struct ResidualBuilder {
  private(set) var layers: [any Layer] = []
  /// The name of the last layer.
  private(set) var last = "input"

  /// Adds a convolution without bias, padded so that only the stride changes the size; filters are drawn by He et al. (2015).
  mutating func convolve(
    _ name: String, filters: Int, kernel: Int = 3, stride: Int = 1, from source: String? = nil
  ) {
    layers.append(
      Convolution(
        filters: filters, kernel: kernel, stride: stride, padding: kernel / 2, bias: false,
        initial: .fanInNormal, from: source, label: name))
    last = name
  }

  /// Adds batch normalisation.
  mutating func normalize(_ name: String) {
    layers.append(BatchNormalization(label: name))
    last = name
  }

  /// Adds a rectifier.
  mutating func rectify(_ name: String) {
    layers.append(Rectifier(label: name))
    last = name
  }

  /// Adds what came into the block called `name`, in the size that it has by now, and a rectifier.
  mutating func join(
    _ name: String, from input: String, channels: Int, stride: Int, shortcut: Shortcut?
  ) {
    let body = last
    var other = input
    switch shortcut {
    case nil: break
    case .zeroPadded:
      other = "\(name).shortcut"
      layers.append(
        Subsampling(stride: stride, channels: channels, from: input, label: other))
    case .convolution:
      convolve(
        "\(name).shortcut.0", filters: channels, kernel: 1, stride: stride, from: input)
      other = "\(name).shortcut.1"
      normalize(other)
    }
    layers.append(Addition(of: other, from: body, label: "\(name).add"))
    rectify("\(name).relu2")
  }
}

/// A number of channels times a factor, rounded, at least 1.
func scaled(_ channels: Int, by width: Double) -> Int {
  max(1, Int((Double(channels) * width).rounded()))
}
