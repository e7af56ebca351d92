// ResNet-50 (He et al. 2016, table 1) for 32×32 images: bottleneck blocks with expansion 4 behind a 3×3 stem without pooling, the
// form that the joint method's paper counts 23,467,712 weights for (joint-sparsity-quantization, section 3).

public import Tensors

/// ResNet-50 with a 3×3 stem for 32×32 images; shortcuts between sizes are convolutions.
public struct ResNet50: ScalableRecipe {
  public static var name: String { "resnet50-cifar" }

  /// A factor of all numbers of channels.
  public var width = 1.0

  public init() {}

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    var builder = ResidualBuilder()
    var channels = scaled(64, by: width)
    builder.convolve("conv1", filters: channels)
    builder.normalize("bn1")
    builder.rectify("relu1")
    for (stage, blocks) in [3, 4, 6, 3].enumerated() {
      let inner = scaled(64 << stage, by: width)
      let outputs = 4 * inner
      for block in 0..<blocks {
        let name = "layer\(stage + 1).\(block)"
        let stride = stage > 0 && block == 0 ? 2 : 1
        let input = builder.last
        builder.convolve("\(name).conv1", filters: inner, kernel: 1)
        builder.normalize("\(name).bn1")
        builder.rectify("\(name).relu1")
        builder.convolve("\(name).conv2", filters: inner, stride: stride)
        builder.normalize("\(name).bn2")
        builder.rectify("\(name).relu3")
        builder.convolve("\(name).conv3", filters: outputs, kernel: 1)
        builder.normalize("\(name).bn3")
        builder.join(
          name, from: input, channels: outputs, stride: stride,
          shortcut: block == 0 ? .convolution : nil)
        channels = outputs
      }
    }
    return builder.layers + [
      GlobalAveragePooling(), Linear(outputs: classes, initial: .fanInNormal, label: "linear"),
    ]
  }
}
