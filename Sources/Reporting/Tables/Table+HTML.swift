// A table as HTML: a caption, a heading row, rows whose first cell is their heading, and notes. The template is table.mustache;
// what stands in it is decided here. On the page rows can be linked to, and their cells lead to the runs behind them.

/// A table as its template reads it.
struct TableModel {
  /// A link in a list of links.
  struct Link: Hashable {
    let text: String
    let href: String
  }

  struct Column {
    let heading: String
    let unit: String?
    let style: String?
  }

  struct Cell {
    /// `th` for the heading of the row, `td` for all others.
    let tag: String
    let isHeading: Bool
    let style: String?
    /// How many columns the cell takes, where that is more than one.
    let span: Int?
    let link: String?
    let text: String
    /// The class of a badge round the text.
    let badge: String?
    let reason: String?
  }

  struct Row {
    let id: String?
    let facets: Facets?
    let style: String?
    let cells: [Cell]
  }

  let id: String?
  let title: String?
  /// What the table is called for those who do not see its title.
  let label: String
  let columns: [Column]
  let rows: [Row]
  let notes: [String]
  /// The table's other forms.
  let files: [Link]
}

extension Table {
  /// What the page knows of a row besides its cells.
  struct RowContext {
    /// The name by which the row can be linked to.
    var id: String?
    /// Where the row's heading leads.
    var headingLink: String?
    /// Where the row's values lead.
    var link: String?
    /// Where the cells of single columns lead instead.
    var links: [Int: String] = [:]
    /// What the row can be filtered by.
    var facets: Facets?
  }

  /// The table as HTML, to stand in a page.
  ///
  /// - Throws: `ReportError` if the template cannot be read, which is a mistake in Parsimony.
  public func html() throws(ReportError) -> String {
    try PageTemplates().render(model(), with: "table")
  }

  /// The table as its template reads it.
  ///
  /// - Parameters:
  ///   - contexts: one element per row, or none.
  ///   - files: links to the table's other forms.
  func model(
    id: String? = nil, contexts: [RowContext] = [], files: [TableModel.Link] = []
  ) -> TableModel {
    var sentences = notes
    if hasUnverifiedCells { sentences.append(Self.unverifiedNote(mark: "Grey")) }
    return TableModel(
      id: id, title: title.isEmpty ? nil : title, label: title.isEmpty ? name : title,
      columns: columns.map { column in
        TableModel.Column(
          heading: column.heading, unit: column.unit.isEmpty ? nil : column.unit,
          style: Self.style(column.alignment))
      },
      rows: rows.enumerated().map { index, row in
        model(row, isFirst: index == 0, contexts.isEmpty ? RowContext() : contexts[index])
      },
      notes: sentences, files: files)
  }

  /// A row with two links at most: that of its heading and, on the first value, that of its values. The page's script makes the
  /// other values lead there too; a link in every cell would double the page, and the way through it by keyboard.
  private func model(_ row: Row, isFirst: Bool, _ context: RowContext) -> TableModel.Row {
    var cells: [TableModel.Cell] = []
    var remaining = context.link
    var index = 0
    while index < row.cells.count {
      let cell = row.cells[index]
      var span = 1
      // Words in the place of values take the room of all the values that are not there.
      if case .absent = cell.content {
        while index + span < row.cells.count,
          [.missing, cell.content].contains(row.cells[index + span].content)
        {
          span += 1
        }
      }
      var link = index == 0 ? context.headingLink : cell.isValue ? context.links[index] : nil
      if index > 0, cell.isValue, link == nil {
        link = remaining
        remaining = nil
      }
      cells.append(cell.model(columns[index], isHeading: index == 0, span: span, link: link))
      index += span
    }
    return TableModel.Row(
      id: context.id, facets: context.facets,
      style: row.startsGroup && !isFirst ? "group" : nil, cells: cells)
  }

  fileprivate static func style(_ alignment: Alignment) -> String? {
    switch alignment {
    case .leading: nil
    case .centre: "c"
    case .trailing: "n"
    }
  }
}

extension Table.Cell {
  /// Whether the cell shows what was computed from runs, or says that it was not.
  fileprivate var isValue: Bool {
    switch content {
    case .number, .estimate, .absent, .verdict: true
    case .text, .missing: false
    }
  }

  fileprivate func model(
    _ column: Table.Column, isHeading: Bool, span: Int, link: String?
  ) -> TableModel.Cell {
    var styles: [String] = []
    var badge: String?
    var reason: String?
    switch content {
    case .absent(_, let why):
      styles.append("absent")
      badge = "not-run"
      reason = why
    case .verdict(let judgement): badge = judgement.style
    case .missing: styles.append("missing")
    case .text: if !isHeading && column.alignment == .trailing { styles.append("words") }
    case .number, .estimate: break
    }
    if reason == nil, let style = Table.style(column.alignment) { styles.insert(style, at: 0) }
    if isUnverified { styles.append("unverified") }
    if isBest { styles.append("best") }
    return TableModel.Cell(
      tag: isHeading ? "th" : "td", isHeading: isHeading,
      style: styles.isEmpty ? nil : styles.joined(separator: " "), span: span > 1 ? span : nil,
      link: link, text: plainText, badge: badge, reason: reason)
  }
}
