// What thinning asks of every layer, so that it needs to know none of them (condensa, section 6, decisions 8 and 9).
// A unit is one index of an activation's last dimension: a channel of an image or a feature of a vector.

public import Tensors

/// What is known of a unit's activation whatever the network's input is.
public enum UnitValue: Hashable, Sendable {
  /// It is zero everywhere.
  case zero
  /// It does not depend on the input, and is not known to be zero.
  case constant
  /// It may depend on the input.
  case varying
}

/// A layer and its parameters after units were removed.
public struct ThinnedLayer: Sendable {
  /// The layer for the units that are left.
  public var layer: any Layer
  /// Its parameters, in the order of `Layer.parameters(for:)`.
  public var parameters: [Tensor]

  public init(layer: any Layer, parameters: [Tensor]) {
    self.layer = layer
    self.parameters = parameters
  }
}

/// What a layer knows about its units. Every layer answers for itself; `Network.thinned()` combines the answers.
///
/// There are two kinds of layers. One makes units of its own, each from all of its inputs (linear, convolution): of its outputs
/// any may be removed. The other passes units on, each output being made of one input unit and perhaps of parameters of that
/// unit (activations, pooling, flatten, batch normalisation, additions): an output goes exactly when its origin goes.
public protocol Thinnable: Sendable {
  /// For every output unit the input unit that it is made of; nil if the layer makes units of its own.
  func unitOrigins(for input: Shape) -> [Int]?

  /// What is known of each output unit, from what is known of the input units and from the parameters.
  ///
  /// Batch normalisation, for example, answers `zero` where scale and shift are zero, and for a unit that is zero before it
  /// answers `constant` where the shift is not.
  func unitValues(of inputs: [UnitValue], parameters: ArraySlice<Tensor>, input: Shape)
    -> [UnitValue]

  /// Whether the outputs that are kept depend on each input unit, as far as the parameters tell.
  func readsInputs(keeping outputs: [Bool], parameters: ArraySlice<Tensor>, input: Shape) -> [Bool]

  /// Whether none of the layer's units may be removed, although it makes units of its own.
  func hasFixedUnits(for input: Shape) -> Bool

  /// The layer with the input and output units that are left, ascending.
  func thinned(
    keeping inputs: [Int], outputs: [Int], parameters: ArraySlice<Tensor>, input: Shape
  ) -> ThinnedLayer
}

extension Thinnable {
  public func hasFixedUnits(for input: Shape) -> Bool { false }
}

extension Shape {
  /// The number of units of one example's activation.
  var unitCount: Int { sizes.last ?? 1 }
}
