// The two networks of LeCun et al. (1998) in the forms that compression papers use:
// LeNet-300-100 (266,200 weights) and LeNet-5 as Caffe defines it (20-50-500-10; 430,500 weights).

public import Tensors

/// LeNet-300-100: three fully connected layers, 784-300-100-10 on 28×28 images.
public struct LeNet300: NetworkRecipe {
  public static var name: String { "lenet300-100" }
  public static var usualInput: Shape { [28, 28, 1] }

  /// The activation between the layers.
  public enum Activation: String, Codable, Hashable, Sendable, CaseIterable { case relu, tanh }

  /// The activation after the first two layers.
  public var activation = Activation.relu

  public init() {}
  public init(activation: Activation) { self.activation = activation }

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    let active: any Layer = activation == .relu ? Rectifier() : HyperbolicTangent()
    return [
      Flatten(), Linear(outputs: 300), active, Linear(outputs: 100), active,
      Linear(outputs: classes),
    ]
  }
}

/// LeNet-5 in the Caffe form: 5×5 convolutions with 20 and 50 filters, each pooled, then 500 and 10 units.
///
/// Caffe's network has no activation after the convolutions; `relu` is the variant that has one.
public struct LeNet5: ScalableRecipe {
  public static var name: String { "lenet5-caffe" }
  public static var usualInput: Shape { [28, 28, 1] }

  /// The activation after each convolution.
  public enum Activation: String, Codable, Hashable, Sendable, CaseIterable { case none, relu }

  /// The activation after each convolution; the hidden fully connected layer always has a rectifier.
  public var activation = Activation.none

  /// A factor of all numbers of filters and hidden units.
  public var width: Double { scale ?? 1 }
  /// The width where a spec gives one; stored digests are of specs without.
  private var scale: Double?

  private enum CodingKeys: String, CodingKey {
    case activation
    case scale = "width"
  }

  public init() {}
  public init(activation: Activation = .none, width: Double? = nil) {
    self.activation = activation
    scale = width
  }

  /// The names of the network that the joint method's authors published.
  public var namings: [[String: String]] {
    [
      [
        "conv1": "features.0", "conv2": "features.2", "fc1": "classifier.0", "fc2": "classifier.2",
      ]
    ]
  }

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] {
    let active: [any Layer] = activation == .relu ? [Rectifier()] : []
    func convolution(_ filters: Int) -> Convolution {
      Convolution(filters: scaled(filters, by: width), kernel: 5)
    }
    return [convolution(20)] + active + [MaximumPooling()]
      + [convolution(50)] + active + [MaximumPooling()]
      + [Flatten(), Linear(outputs: scaled(500, by: width)), Rectifier(), Linear(outputs: classes)]
  }
}
