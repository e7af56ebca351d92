// Dense row-major tensors of Float with value semantics. Weights are [out, in, height, width], activations [N, H, W, C].

public import Reproducibility

/// A dense, row-major array of `Float` with a shape; a value: copies share storage until one is changed.
public struct Tensor: Hashable, Sendable {
  /// The sizes of the dimensions, slowest first.
  public private(set) var shape: Shape
  /// The elements in row-major order; `elements.count == shape.elementCount`.
  public private(set) var elements: [Float]

  /// A tensor with the given elements in row-major order.
  ///
  /// - Precondition: `elements.count == shape.elementCount`.
  public init(_ shape: Shape, elements: [Float]) {
    precondition(
      elements.count == shape.elementCount,
      "a tensor of shape \(shape) has \(shape.elementCount) elements, not \(elements.count)")
    self.shape = shape
    self.elements = elements
  }

  /// A tensor whose elements all equal `value`.
  public init(_ shape: Shape, repeating value: Float = 0) {
    self.shape = shape
    elements = [Float](repeating: value, count: shape.elementCount)
  }

  /// A tensor without elements, to be given a shape by `resize`.
  public static var empty: Tensor { Tensor([0]) }

  /// The number of elements.
  public var count: Int { elements.count }

  /// The elements, for reading by a kernel; nothing is copied.
  public var span: Span<Float> {
    @_lifetime(borrow self) get { elements.span }
  }

  /// The elements, for writing by a kernel; copies them first only if they are shared.
  public var mutableSpan: MutableSpan<Float> {
    @_lifetime(&self) mutating get { elements.mutableSpan }
  }

  /// The element at a row-major position.
  public subscript(index: Int) -> Float {
    get { elements[index] }
    set { elements[index] = newValue }
  }

  /// The same elements under another shape.
  ///
  /// - Precondition: both shapes have the same number of elements.
  public func reshaped(_ newShape: Shape) -> Tensor {
    precondition(
      newShape.elementCount == count,
      "cannot reshape \(shape) to \(newShape): the element counts differ")
    var result = self
    result.shape = newShape
    return result
  }

  /// Gives the tensor a shape, keeping its storage if the element count stays; the elements are then unspecified.
  public mutating func resize(_ newShape: Shape) {
    if elements.count != newShape.elementCount {
      elements = [Float](repeating: 0, count: newShape.elementCount)
    }
    shape = newShape
  }

  /// The number of elements that are not zero (negative zero is zero).
  public var nonzeroCount: Int {
    var count = 0
    for value in elements where value != 0 { count += 1 }
    return count
  }

  /// The row-major index of the first element that is not finite; nil if all are.
  public var firstNonFiniteIndex: Int? { elements.firstIndex { !$0.isFinite } }

  /// Whether every element is finite.
  public var isFinite: Bool { elements.allSatisfy { $0.isFinite } }

  /// The sum of squared differences from `other`, in Double.
  ///
  /// - Precondition: the shapes agree.
  public func squaredDistance(to other: Tensor) -> Double {
    precondition(shape == other.shape, "cannot compare \(shape) with \(other.shape)")
    var sum = 0.0
    for index in elements.indices {
      let difference = Double(elements[index]) - Double(other.elements[index])
      sum += difference * difference
    }
    return sum
  }

  /// Independent standard normal elements times `scale`.
  public static func normal(_ shape: Shape, scale: Float = 1, from stream: inout RandomStream)
    -> Tensor
  {
    Tensor(shape, elements: (0..<shape.elementCount).map { _ in scale * stream.normal() })
  }

  /// Independent elements, uniform in [-bound, bound).
  public static func uniform(_ shape: Shape, bound: Float, from stream: inout RandomStream)
    -> Tensor
  {
    Tensor(shape, elements: (0..<shape.elementCount).map { _ in stream.uniform(-bound, bound) })
  }
}
