// Networks that specs name, and networks given as a list of layers.

public import Reproducibility
public import Tensors

/// A kind of network a spec can name: a recipe for its layers.
public protocol NetworkRecipe: Alternative {
  /// The layers for inputs of the given shape and the given number of classes (or words).
  func layers(for inputShape: Shape, classes: Int) -> [any Layer]

  /// How other projects' files name layers, whole or part by part between dots, that are called otherwise here.
  var namings: [[String: String]] { get }

  /// The shape of the inputs it was published for.
  static var usualInput: Shape { get }
  /// The classes, or words, it was published for.
  static var usualClasses: Int { get }
}

/// A recipe with a factor of its numbers of channels.
public protocol ScalableRecipe: NetworkRecipe {
  /// The factor.
  var width: Double { get }
}

extension NetworkRecipe {
  public var namings: [[String: String]] { [] }
  public static var usualInput: Shape { [32, 32, 3] }
  public static var usualClasses: Int { 10 }
}

/// A network in a spec: `{lenet5-caffe: {activation: none}}`, or `{layers: […]}`.
public struct NetworkChoice: Choice {
  /// The chosen recipe.
  public let recipe: any NetworkRecipe

  public init(_ recipe: some NetworkRecipe) { self.recipe = recipe }

  public init?(choosing alternative: any Alternative) {
    guard let recipe = alternative as? any NetworkRecipe else { return nil }
    self.recipe = recipe
  }

  public var chosen: any Alternative { recipe }

  public static var alternatives: [any Alternative.Type] {
    [
      LeNet300.self, LeNet5.self, AlexNet.self, ImageNetAlexNet.self, VGG16.self, VGG19.self,
      ImageNetVGG16.self, ResNet20.self, ResNet32.self, ResNet44.self, ResNet56.self,
      ResNet110.self, ResNet50.self, MobileNet.self, SmallLanguageModel.self,
      MediumLanguageModel.self, LayerList.self,
    ]
  }

  /// The network with freshly drawn parameters.
  ///
  /// - Parameters:
  ///   - classes: the outputs of networks that do not spell them out.
  ///   - seed: nil for a network without values, of which only names and shapes are asked.
  /// - Throws: `NetworkError` if the layers do not fit the input or each other, or the width is impossible.
  public func build(
    inputShape: Shape, classes: Int = 10, seed: Seed?
  ) throws(NetworkError) -> Network {
    if let width = (recipe as? any ScalableRecipe)?.width, !(width > 0 && width <= 64) {
      throw .width(network: name, width: width)
    }
    return try Network(
      recipe.layers(for: inputShape, classes: classes), inputShape: inputShape, seed: seed)
  }
}

extension Network {
  /// The network's layers as a spec would spell them out; with `inputShape` they build it again, under the same names.
  public var spelledOut: NetworkChoice { NetworkChoice(LayerList(layers.map { $0.layer })) }
}

/// A network spelled out in the spec.
public struct LayerList: NetworkRecipe {
  public static var name: String { "layers" }

  /// The layers in order.
  public var layers: [LayerChoice] = []

  public init() {}

  public init(_ layers: [any Layer]) {
    self.layers = layers.map { LayerChoice($0) }
  }

  public func layers(for inputShape: Shape, classes: Int) -> [any Layer] { layers.map { $0.layer } }

  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    while !container.isAtEnd { layers.append(try container.decode(LayerChoice.self)) }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for layer in layers { try container.encode(layer) }
  }
}
