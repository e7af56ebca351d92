// The loss that pulls blocks towards one magnitude before they are unified (micro-structured-unification, section 1.5).

public import Tensors

extension UnifiedValues {
  /// Adds `factor` · ∂/∂w Σ D(w) over the kept blocks to `gradient`, where D is the squared distance from one magnitude, the mean:
  /// 2 (w − s·c), because the best c moves at no cost.
  ///
  /// - Precondition: both tensors have the shape of the partition.
  ///
  /// Source: micro-structured-unification, sections 1.4 and 1.5.
  public func addDistortionGradient(
    of weights: Tensor, times factor: Float, to gradient: inout Tensor
  ) {
    var cursor = BlockCursor(partition)
    let elements = weights.span
    var target = gradient.mutableSpan
    for block in tags.indices where tags[block] == .keep {
      cursor.move(to: block)
      let places = cursor.places.span
      var sum = 0.0
      for t in 0..<cursor.count { sum += Double(abs(elements[places[t]])) }
      let center = Float(sum / Double(cursor.count))
      for t in 0..<cursor.count {
        let value = elements[places[t]]
        target[places[t]] += 2 * factor * (value - (value < 0 ? -center : center))
      }
    }
  }
}
