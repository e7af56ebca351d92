// MobileNet v1 (Howard et al. 2017, arXiv 1704.04861, table 1): depth-wise 3×3 and 1×1 convolutions in turn, each with batch
// normalisation and rectifier. 4,209,088 weights with 1,000 classes. Files of marvis/pytorch-mobilenet are known too.

public import Tensors

/// MobileNet v1 for 224×224 images; smaller ones work too, since the last pooling takes whatever is left.
public struct MobileNet: ScalableRecipe {
  public static var name: String { "mobilenet-v1" }
  public static var usualInput: Shape { [224, 224, 3] }
  public static var usualClasses: Int { 1000 }
  /// A factor of all numbers of channels (the paper's width multiplier α).
  public var width = 1.0
  public init() {}

  /// The names of marvis/pytorch-mobilenet: a sequence of modules for each block.
  public var namings: [[String: String]] {
    var names = ["conv0": "model.0.0", "conv0.bn": "model.0.1", "classifier": "fc"]
    for block in 1...Self.blocks.count {
      for (kind, place) in [("depthwise", 0), ("pointwise", 3)] {
        names["\(kind)\(block)"] = "model.\(block).\(place)"
        names["\(kind)\(block).bn"] = "model.\(block).\(place + 1)"
      }
    }
    return [names]
  }

  /// The pairs of convolutions: the filters of the second, and the stride of the first.
  private static let blocks: [(filters: Int, stride: Int)] =
    [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    + [(Int, Int)](repeating: (512, 1), count: 5) + [(1024, 2), (1024, 1)]

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    var layers: [any Layer] = []
    func add(_ convolution: Convolution, _ name: String) {
      var named = convolution
      named.label = name
      layers += [named, BatchNormalization(label: "\(name).bn"), Rectifier()]
    }
    var channels = scaled(32, by: width)
    add(
      Convolution(
        filters: channels, kernel: 3, stride: 2, padding: 1, bias: false, initial: .fanOutNormal),
      "conv0")
    for (index, block) in Self.blocks.enumerated() {
      add(
        Convolution(
          filters: channels, kernel: 3, stride: block.stride, padding: 1, bias: false,
          groups: channels, initial: .fanOutNormal), "depthwise\(index + 1)")
      channels = scaled(block.filters, by: width)
      add(
        Convolution(filters: channels, kernel: 1, bias: false, initial: .fanOutNormal),
        "pointwise\(index + 1)")
    }
    return layers + [GlobalAveragePooling(), Linear(outputs: classes, label: "classifier")]
  }
}
