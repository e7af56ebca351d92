// A table as CSV (RFC 4180): lines end in CR LF, numbers are raw, an estimate takes two columns.

import Files
import Statistics

extension Table {
  /// The table as CSV: a header line, then the rows with numbers in their shortest exact form.
  ///
  /// A column with at least one estimate is followed by a column of half widths, and one with unverified values by a column
  /// that says so.
  public var csv: String {
    // Plain loops: the optimiser of Swift 6.3.1 crashes on the same lines written with nested closures.
    var hasEstimates = [Bool](repeating: false, count: columns.count)
    var hasUnverified = hasEstimates
    for row in rows {
      for (index, cell) in row.cells.enumerated() {
        if cell.halfWidth != nil { hasEstimates[index] = true }
        if cell.isUnverified { hasUnverified[index] = true }
      }
    }
    var header: [String] = []
    for (index, column) in columns.enumerated() {
      header.append(column.fullHeading)
      if hasEstimates[index] { header.append("\(column.fullHeading), 95 % half width") }
      if hasUnverified[index] { header.append("\(column.fullHeading), status") }
    }
    var text = Self.csvLine(header)
    for row in rows {
      var line: [String] = []
      for (index, cell) in row.cells.enumerated() {
        line.append(cell.rawText)
        if hasEstimates[index] {
          if let halfWidth = cell.halfWidth {
            line.append(NumberText.raw(halfWidth))
          } else {
            line.append("")
          }
        }
        if hasUnverified[index] { line.append(cell.isUnverified ? "unverified" : "") }
      }
      text += Self.csvLine(line)
    }
    return text
  }

  private static func csvLine(_ fields: [String]) -> String {
    var line = ""
    for (index, field) in fields.enumerated() {
      if index > 0 { line += "," }
      line += Escaped.csv(field)
    }
    return line + "\r\n"
  }
}

extension Table.Cell {
  var rawText: String {
    switch content {
    case .text(let text), .absent(let text, _): text
    case .missing: ""
    case .verdict(let judgement): judgement.words
    case .number(let value, _): NumberText.raw(value)
    case .estimate(let mean, _, _): NumberText.raw(mean)
    }
  }

  var halfWidth: Double? {
    if case .estimate(_, let halfWidth, _) = content { return halfWidth }
    return nil
  }
}
