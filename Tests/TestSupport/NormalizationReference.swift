// Batch normalisation with residual and rectification in Double, as its formulas are written.

/// Batch normalisation of `[rows, channels]`.
public struct NormalizationReference: Sendable {
  public var rows: Int
  public var channels: Int
  public var epsilon: Double
  public var rectifies: Bool

  public init(rows: Int, channels: Int, epsilon: Double, rectifies: Bool) {
    self.rows = rows
    self.channels = channels
    self.epsilon = epsilon
    self.rectifies = rectifies
  }

  /// Mean and biased variance of each channel.
  public func moments(_ x: [Double]) -> (mean: [Double], variance: [Double]) {
    let columns = (0..<channels).map { c in (0..<rows).map { x[$0 * channels + c] } }
    let mean = columns.map { $0.reduce(0, +) / Double(rows) }
    let variance = zip(columns, mean).map { column, center in
      column.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(rows)
    }
    return (mean, variance)
  }

  /// The output for given moments; an empty residual adds nothing.
  public func normalized(
    _ x: [Double], scale: [Double], shift: [Double], residual: [Double], mean: [Double],
    variance: [Double]
  ) -> [Double] {
    x.indices.map { i in
      let c = i % channels
      var y = scale[c] * (x[i] - mean[c]) / (variance[c] + epsilon).squareRoot() + shift[c]
      if !residual.isEmpty { y += residual[i] }
      return rectifies ? max(y, 0) : y
    }
  }

  /// The output for the batch's own moments.
  public func forward(
    _ x: [Double], scale: [Double], shift: [Double], residual: [Double]
  ) -> [Double] {
    let (mean, variance) = moments(x)
    return normalized(
      x, scale: scale, shift: shift, residual: residual, mean: mean, variance: variance)
  }

  /// The gradients of Σ dy·y by input, residual, scale and shift.
  public func backward(
    _ dy: [Double], _ x: [Double], scale: [Double], shift: [Double], residual: [Double]
  ) -> (input: [Double], residual: [Double], scale: [Double], shift: [Double]) {
    let (mean, variance) = moments(x)
    let y = forward(x, scale: scale, shift: shift, residual: residual)
    let g = x.indices.map { rectifies && y[$0] <= 0 ? 0 : dy[$0] }
    let inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
    let normal = x.indices.map { (x[$0] - mean[$0 % channels]) * inverse[$0 % channels] }
    var (dScale, dShift) = (
      [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
    )
    for i in x.indices {
      dScale[i % channels] += g[i] * normal[i]
      dShift[i % channels] += g[i]
    }
    let dx = x.indices.map { i in
      let c = i % channels
      let centered = g[i] - dShift[c] / Double(rows) - normal[i] * dScale[c] / Double(rows)
      return scale[c] * inverse[c] * centered
    }
    return (dx, g, dScale, dShift)
  }
}
