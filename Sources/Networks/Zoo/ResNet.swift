// The residual networks of He et al. (2016, arXiv 1512.03385, section 4.2) for 32×32 images: 6n + 2 layers of 3×3 filters with
// 16, 32 and 64 channels. Parameters have the names of akamaster/pytorch_resnet_cifar10.

import Tensors

/// How a residual block is added to an input of another size.
public enum Shortcut: String, Codable, Hashable, Sendable, CaseIterable {
  /// Every second pixel, with zeros for new channels: no parameters.
  case zeroPadded = "A"
  /// A 1×1 convolution and its normalisation.
  case convolution = "B"
}

/// A residual network of basic blocks, two 3×3 convolutions each.
protocol BasicResNet: ScalableRecipe {
  /// n: the blocks at each of the three sizes.
  static var blocksPerStage: Int { get }
  /// What joins blocks of different sizes.
  var shortcuts: Shortcut { get }
}

extension BasicResNet {
  /// The names of Distiller's networks.
  public var namings: [[String: String]] { [["linear": "fc", "shortcut": "downsample"]] }

  /// The layers, ending with `classes` outputs.
  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    var channels = scaled(16, by: width)
    var builder = ResidualBuilder()
    builder.convolve("conv1", filters: channels)
    builder.normalize("bn1")
    builder.rectify("relu1")
    for stage in 1...3 {
      let outputs = scaled(16 << (stage - 1), by: width)
      for block in 0..<Self.blocksPerStage {
        let name = "layer\(stage).\(block)"
        let stride = stage > 1 && block == 0 ? 2 : 1
        let input = builder.last
        builder.convolve("\(name).conv1", filters: outputs, stride: stride)
        builder.normalize("\(name).bn1")
        builder.rectify("\(name).relu1")
        builder.convolve("\(name).conv2", filters: outputs)
        builder.normalize("\(name).bn2")
        builder.join(
          name, from: input, channels: outputs, stride: stride,
          shortcut: stride == 1 && channels == outputs ? nil : shortcuts)
        channels = outputs
      }
    }
    return builder.layers + [
      GlobalAveragePooling(), Linear(outputs: classes, initial: .fanInNormal, label: "linear"),
    ]
  }
}

/// ResNet-20 for 32×32 images (268,336 weights in filters and the last layer with shortcuts A and ten classes).
public struct ResNet20: BasicResNet {
  public static var name: String { "resnet20" }
  static var blocksPerStage: Int { 3 }
  /// What joins blocks of different sizes.
  public var shortcuts = Shortcut.zeroPadded
  /// A factor of all numbers of channels.
  public var width = 1.0
  public init() {}
  public init(shortcuts: Shortcut, width: Double = 1) {
    (self.shortcuts, self.width) = (shortcuts, width)
  }
}

/// ResNet-32 for 32×32 images.
public struct ResNet32: BasicResNet {
  public static var name: String { "resnet32" }
  static var blocksPerStage: Int { 5 }
  /// What joins blocks of different sizes.
  public var shortcuts = Shortcut.zeroPadded
  /// A factor of all numbers of channels.
  public var width = 1.0
  public init() {}
}

/// ResNet-44 for 32×32 images.
public struct ResNet44: BasicResNet {
  public static var name: String { "resnet44" }
  static var blocksPerStage: Int { 7 }
  /// What joins blocks of different sizes.
  public var shortcuts = Shortcut.zeroPadded
  /// A factor of all numbers of channels.
  public var width = 1.0
  public init() {}
}

/// ResNet-56 for 32×32 images.
public struct ResNet56: BasicResNet {
  public static var name: String { "resnet56" }
  static var blocksPerStage: Int { 9 }
  /// What joins blocks of different sizes.
  public var shortcuts = Shortcut.zeroPadded
  /// A factor of all numbers of channels.
  public var width = 1.0
  public init() {}
  public init(shortcuts: Shortcut, width: Double = 1) {
    (self.shortcuts, self.width) = (shortcuts, width)
  }
}

/// ResNet-110 for 32×32 images.
public struct ResNet110: BasicResNet {
  public static var name: String { "resnet110" }
  static var blocksPerStage: Int { 18 }
  /// What joins blocks of different sizes.
  public var shortcuts = Shortcut.zeroPadded
  /// A factor of all numbers of channels.
  public var width = 1.0
  public init() {}
}
