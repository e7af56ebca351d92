// Numbers as text for people: fixed digits, true minus signs, grouped thousands. Independent of the locale.

import Foundation

/// How numbers are written in tables and on axes.
package enum NumberText {
  /// `value` with a fixed number of digits after the point.
  ///
  /// - Parameters:
  ///   - isSigned: writes a plus sign before positive numbers, for changes.
  ///   - isGrouped: separates thousands by commas from 10,000 on.
  package static func fixed(
    _ value: Double, digits: Int, isSigned: Bool = false, isGrouped: Bool = true
  ) -> String {
    if value.isNaN { return "not a number" }
    if value.isInfinite { return value < 0 ? "−∞" : "∞" }
    var text = String(format: "%.\(max(0, digits))f", abs(value))
    let isZero = !text.contains { $0 >= "1" && $0 <= "9" }
    if isGrouped { text = grouped(text) }
    if isZero { return text }
    if value < 0 { return "−" + text }
    return isSigned ? "+" + text : text
  }

  /// The shortest text that reads back as the same number, for machines.
  package static func raw(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value == value.rounded() && abs(value) < 1e15 { return "\(Int(value))" }
    return "\(value)"
  }

  private static func grouped(_ text: String) -> String {
    let whole = text.prefix { $0 != "." }
    guard whole.count > 4 else { return text }
    var result = ""
    for (index, digit) in whole.enumerated() {
      if index > 0 && (whole.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return result + text.dropFirst(whole.count)
  }
}
