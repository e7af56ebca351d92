// Ranges and tics, computed here and not by gnuplot, so that labels can be placed beside the lines.

import Foundation

/// The range of an axis and its tics.
package struct AxisScale: Hashable, Sendable {
  /// The smallest value shown.
  package let lower: Double
  /// The largest value shown.
  package let upper: Double
  /// Whether the scale is logarithmic.
  package let isLogarithmic: Bool
  /// Labelled tics.
  package let tics: [Tic]
  /// Tics without labels.
  package let minorTics: [Double]

  /// A labelled tic.
  package struct Tic: Hashable, Sendable {
    package let value: Double
    package let label: String
  }

  /// The share of the range left free beyond the outermost points.
  private static let padding = 0.05
  /// How far error bars may extend the range beyond the points, as a share of the points' own span.
  private static let barShare = 0.25

  /// The scale that shows the given points.
  ///
  /// - Parameters:
  ///   - values: the points' coordinates; those that are not finite, or not positive on a logarithmic axis, are ignored.
  ///   - bars: ends of error bars, which extend the range by a quarter at most and are clipped beyond.
  package init(_ axis: Figure.Axis, values: [Double], bars: [Double] = []) {
    if !axis.categories.isEmpty {
      self.init(categories: axis.categories)
      return
    }
    func isShown(_ value: Double) -> Bool {
      value.isFinite && (!axis.isLogarithmic || value > 0)
    }
    // In the axis' own measure, logarithms or plain values, everything below is linear.
    func measure(_ value: Double) -> Double { axis.isLogarithmic ? log10(value) : value }
    func unmeasure(_ value: Double) -> Double { axis.isLogarithmic ? pow(10, value) : value }
    let points = values.filter(isShown).map(measure)
    let ends = bars.filter(isShown).map(measure)
    var low = points.min() ?? 0
    var high = points.max() ?? (axis.isLogarithmic ? 1 : (axis.unit == "%" ? 100 : 1))
    let highestPoint = high
    if let bound = axis.lower, isShown(bound), measure(bound) < high {
      low = max(low, measure(bound))
    }
    let span = high - low
    if let lowest = ends.min() {
      low = max(min(low, lowest), span > 0 ? low - Self.barShare * span : lowest)
    }
    if let highest = ends.max() {
      high = min(max(high, highest), span > 0 ? high + Self.barShare * span : highest)
    }
    if high - low <= 1e-12 * max(abs(high), abs(low)) {
      let half = axis.isLogarithmic ? log10(2.0) : max(1e-3, abs(high) * 0.01)
      (low, high) = (low - half, high + half)
    }
    let margin = Self.padding * (high - low)
    var lower = unmeasure(low - margin)
    var upper = unmeasure(high + margin)
    if axis.unit == "%" && !axis.isLogarithmic {
      if low >= 0 { lower = max(lower, 0) }
      if highestPoint <= 100 { upper = min(upper, 100) }
    }
    if let bound = axis.lower, isShown(bound), bound < (axis.upper ?? upper) { lower = bound }
    if let bound = axis.upper, isShown(bound), bound > lower { upper = bound }
    let tics =
      axis.isLogarithmic
      ? Self.logarithmicTics(lower, upper) : (Self.linearTics(lower, upper), [])
    self.init(
      lower: lower, upper: upper, isLogarithmic: axis.isLogarithmic, tics: tics.0,
      minorTics: tics.1)
  }

  /// The same scale with fewer labels, if labels would touch along a horizontal axis of the given length.
  ///
  /// Every second, fourth … label is kept, and the other tics lose theirs.
  package func thinned(length: Double, textWidth: (String) -> Double) -> AxisScale {
    var every = 1
    func isTight(_ shown: [Tic]) -> Bool {
      zip(shown, shown.dropFirst()).contains { left, right in
        guard let first = fraction(left.value), let second = fraction(right.value) else {
          return false
        }
        let needed = (textWidth(left.label) + textWidth(right.label)) / 2 + 0.15
        return (second - first) * length < needed
      }
    }
    func kept() -> [Tic] {
      tics.enumerated().filter { $0.offset % every == 0 }.map { $0.element }
    }
    while every < tics.count && isTight(kept()) { every *= 2 }
    let shown = kept()
    let hidden = tics.filter { !shown.contains($0) }.map { $0.value }
    return AxisScale(
      lower: lower, upper: upper, isLogarithmic: isLogarithmic, tics: shown,
      minorTics: (minorTics + hidden).sorted())
  }

  /// The same scale with bare tics, for a panel above another one that shows the labels.
  package var withoutLabels: AxisScale {
    AxisScale(
      lower: lower, upper: upper, isLogarithmic: isLogarithmic,
      tics: tics.map { Tic(value: $0.value, label: "") }, minorTics: minorTics)
  }

  /// The scale of names: each has one unit of length, with its tic in the middle.
  private init(categories: [String]) {
    self.init(
      lower: 0.5, upper: Double(categories.count) + 0.5, isLogarithmic: false,
      tics: categories.enumerated().map { Tic(value: Double($0.offset + 1), label: $0.element) },
      minorTics: [])
  }

  private init(
    lower: Double, upper: Double, isLogarithmic: Bool, tics: [Tic], minorTics: [Double]
  ) {
    self.lower = lower
    self.upper = upper
    self.isLogarithmic = isLogarithmic
    self.tics = tics
    self.minorTics = minorTics
  }

  /// The position of `value` between the lower (0) and the upper end (1); nil if it cannot be shown on this scale.
  package func fraction(_ value: Double) -> Double? {
    guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
    let position =
      isLogarithmic
      ? log10(value / lower) / log10(upper / lower) : (value - lower) / (upper - lower)
    // Bounds are computed through logarithms; a point on the bound itself is inside.
    return position >= -1e-9 && position <= 1 + 1e-9 ? position : nil
  }

  /// Multiples of the largest of 1, 2, 5 × 10ᵏ that gives at least four tics.
  private static func linearTics(_ lower: Double, _ upper: Double) -> [Tic] {
    var exponent = Int(floor(log10(upper - lower))) + 1
    for _ in 0..<4 {
      for mantissa in [5, 2, 1] {
        let unit = pow(10, Double(abs(exponent)))
        let step = exponent < 0 ? Double(mantissa) / unit : Double(mantissa) * unit
        let first = Int((lower / step - 1e-9).rounded(.up))
        let last = Int((upper / step + 1e-9).rounded(.down))
        if last - first >= 3 {
          return (first...last).map { index in
            let value =
              exponent < 0 ? Double(index * mantissa) / unit : Double(index * mantissa) * unit
            return Tic(
              value: value, label: NumberText.fixed(value, digits: max(0, -exponent)))
          }
        }
      }
      exponent -= 1
    }
    return []
  }

  /// Powers of ten if at least two are in range, else their multiples by 1, 2 and 5, else linear tics.
  private static func logarithmicTics(_ lower: Double, _ upper: Double) -> ([Tic], [Double]) {
    let firstDecade = Int(floor(log10(lower)))
    let lastDecade = Int(floor(log10(upper)))
    func multiples(_ mantissas: [Int], every: Int = 1) -> [(value: Double, digits: Int)] {
      var result: [(value: Double, digits: Int)] = []
      for decade in firstDecade...lastDecade where decade % every == 0 {
        let unit = pow(10, Double(abs(decade)))
        for mantissa in mantissas {
          let value = decade < 0 ? Double(mantissa) / unit : Double(mantissa) * unit
          if value >= lower * (1 - 1e-9) && value <= upper * (1 + 1e-9) {
            result.append((value, max(0, -decade)))
          }
        }
      }
      return result
    }
    func label(_ candidates: [(value: Double, digits: Int)]) -> [Tic] {
      candidates.map { value, digits in
        // More zeros than one can count at a glance are counted for the reader: 2e−6.
        let isSmall = digits > 4
        let mantissa = isSmall ? Int((value * pow(10, Double(digits))).rounded()) : 0
        return Tic(
          value: value,
          label: isSmall
            ? "\(mantissa)e−\(digits)" : NumberText.fixed(value, digits: digits))
      }
    }
    let decadeCount = lastDecade - firstDecade + 1
    let all = multiples(Array(1...9)).map { $0.value }
    func minor(to tics: [Tic]) -> [Double] {
      decadeCount > 5 ? [] : all.filter { value in !tics.contains { $0.value == value } }
    }
    let every = max(1, (decadeCount + 5) / 6)
    let decades = label(multiples([1], every: every))
    if decades.count >= 3 { return (decades, minor(to: decades)) }
    let finer = label(multiples([1, 2, 5]))
    if finer.count >= 3 { return (finer, minor(to: finer)) }
    return (linearTics(lower, upper), [])
  }
}
