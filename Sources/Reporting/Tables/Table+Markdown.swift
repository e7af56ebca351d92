// A table as Markdown with aligned pipes, readable as text and on a forge.

import Files

extension Table {
  /// The table as Markdown: the title in bold, the rows, the notes.
  public var markdown: String {
    let headings = columns.map { Escaped.markdown($0.fullHeading) }
    let body = rows.map { row in
      row.cells.map { cell in
        let text = Escaped.markdown(cell.plainText)
        if cell.isBest { return "**\(text)**" }
        return cell.isUnverified && !text.isEmpty ? "*\(text)*" : text
      }
    }
    let widths = columns.indices.map { column in
      max(3, headings[column].count, body.map { $0[column].count }.max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      let padded = columns.indices.map {
        Self.padded(cells[$0], to: widths[$0], columns[$0].alignment)
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    func rule(_ column: Int) -> String {
      let dashes = String(repeating: "-", count: widths[column] - 1)
      switch columns[column].alignment {
      case .leading: return "-" + dashes
      case .centre: return ":" + dashes.dropFirst() + ":"
      case .trailing: return dashes + ":"
      }
    }
    var text = title.isEmpty ? "" : "**\(Escaped.markdown(title)).**\n\n"
    text += line(headings) + line(columns.indices.map(rule))
    for row in body { text += line(row) }
    var sentences = notes
    if hasUnverifiedCells { sentences.append(Self.unverifiedNote(mark: "Italic")) }
    for sentence in sentences { text += "\n\(Escaped.markdownParagraph(sentence))\n" }
    return text
  }

  static func unverifiedNote(mark: String) -> String {
    "\(mark): recalled or unknown, not verified, never judged."
  }

  private static func padded(_ text: String, to width: Int, _ alignment: Alignment) -> String {
    let missing = max(0, width - text.count)
    let left =
      switch alignment {
      case .leading: 0
      case .centre: missing / 2
      case .trailing: missing
      }
    return String(repeating: " ", count: left) + text
      + String(repeating: " ", count: missing - left)
  }
}
