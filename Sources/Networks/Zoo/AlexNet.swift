// AlexNet in two forms: five convolutions and one linear layer for 32×32 images (bearpaw/pytorch-classification), and the network
// of Krizhevsky (2014, arXiv 1404.5997) for 224×224 as torchvision builds it (61,090,496 weights).

public import Tensors

/// The five convolutions with rectifiers, pooled after the first, second and last, numbered as in PyTorch's `features`.
private func features(
  stem: Convolution, window: Int, width: Double
) -> [any Layer] {
  func convolution(_ filters: Int, _ kernel: Int, _ place: Int) -> Convolution {
    Convolution(
      filters: scaled(filters, by: width), kernel: kernel, padding: kernel / 2,
      label: "features.\(place)")
  }
  let pooling = MaximumPooling(window: window, stride: 2)
  return [
    stem, Rectifier(), pooling,
    convolution(192, 5, 3), Rectifier(), pooling,
    convolution(384, 3, 6), Rectifier(),
    convolution(256, 3, 8), Rectifier(),
    convolution(256, 3, 10), Rectifier(), pooling, Flatten(),
  ]
}

/// AlexNet for 32×32 images.
public struct AlexNet: ScalableRecipe {
  public static var name: String { "alexnet-cifar10" }
  /// A factor of all numbers of channels.
  public var width = 1.0
  public init() {}

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    let stem = Convolution(
      filters: scaled(64, by: width), kernel: 11, stride: 4, padding: 5, label: "features.0")
    return features(stem: stem, window: 2, width: width) + [
      Linear(outputs: classes, label: "classifier")
    ]
  }
}

/// AlexNet for 224×224 images, of which the last pooling leaves 6×6.
public struct ImageNetAlexNet: ScalableRecipe {
  public static var name: String { "alexnet" }
  public static var usualInput: Shape { [224, 224, 3] }
  public static var usualClasses: Int { 1000 }
  /// A factor of all numbers of channels and hidden units.
  public var width = 1.0
  /// The probability that a hidden unit is dropped.
  public var dropout = 0.5
  public init() {}

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    let stem = Convolution(
      filters: scaled(64, by: width), kernel: 11, stride: 4, padding: 2, label: "features.0")
    let hidden = scaled(4096, by: width)
    return features(stem: stem, window: 3, width: width) + [
      Dropout(rate: dropout), Linear(outputs: hidden, label: "classifier.1"), Rectifier(),
      Dropout(rate: dropout), Linear(outputs: hidden, label: "classifier.4"), Rectifier(),
      Linear(outputs: classes, label: "classifier.6"),
    ]
  }
}
