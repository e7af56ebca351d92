// The networks of Simonyan and Zisserman (2015, arXiv 1409.1556, table 1, columns D and E) with batch normalisation: for 32×32
// images with one linear layer (the form of bearpaw/pytorch-classification), and for 224×224 with three (torchvision).

public import Tensors

/// The numbers of filters, stage by stage; each stage ends with 2×2 pooling.
private let sixteen = [
  [64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512],
]
private let nineteen = [
  [64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512],
]

/// The convolutions, each with normalisation and rectifier, numbered as the modules of `features` in PyTorch.
private func features(_ stages: [[Int]], width: Double) -> [any Layer] {
  var layers: [any Layer] = []
  var place = 0
  for stage in stages {
    for filters in stage {
      layers += [
        Convolution(
          filters: scaled(filters, by: width), kernel: 3, padding: 1, initial: .fanOutNormal,
          label: "features.\(place)"),
        BatchNormalization(label: "features.\(place + 1)"), Rectifier(),
      ]
      place += 3
    }
    layers.append(MaximumPooling())
    place += 1
  }
  return layers
}

/// VGG-16 with batch normalisation for 32×32 images.
public struct VGG16: ScalableRecipe {
  public static var name: String { "vgg16-bn" }
  /// A factor of all numbers of channels.
  public var width = 1.0
  public init() {}

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    features(sixteen, width: width) + [
      Flatten(), Linear(outputs: classes, initial: .hundredth, label: "classifier"),
    ]
  }
}

/// VGG-19 with batch normalisation for 32×32 images.
public struct VGG19: ScalableRecipe {
  public static var name: String { "vgg19-bn" }
  /// A factor of all numbers of channels.
  public var width = 1.0
  public init() {}
  public init(width: Double) { self.width = width }

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    features(nineteen, width: width) + [
      Flatten(), Linear(outputs: classes, initial: .hundredth, label: "classifier"),
    ]
  }
}

/// VGG-16 with batch normalisation for 224×224 images: 138,365,992 parameters with 1,000 classes.
public struct ImageNetVGG16: ScalableRecipe {
  public static var name: String { "vgg16-bn-imagenet" }
  public static var usualInput: Shape { [224, 224, 3] }
  public static var usualClasses: Int { 1000 }
  /// A factor of all numbers of channels and hidden units.
  public var width = 1.0
  /// The probability that a hidden unit is dropped.
  public var dropout = 0.5
  public init() {}

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    let hidden = scaled(4096, by: width)
    return features(sixteen, width: width) + [
      Flatten(),
      Linear(outputs: hidden, initial: .hundredth, label: "classifier.0"), Rectifier(),
      Dropout(rate: dropout),
      Linear(outputs: hidden, initial: .hundredth, label: "classifier.3"), Rectifier(),
      Dropout(rate: dropout),
      Linear(outputs: classes, initial: .hundredth, label: "classifier.6"),
    ]
  }
}
