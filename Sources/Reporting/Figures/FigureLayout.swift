// Where everything stands in a figure, in centimetres from the lower left corner: panels, direct labels or a key.
// Lines are labelled at their right ends if all of them end there without collision; otherwise a key stands above the panels.
// Markers above names (an axis of categories) always have a key; names that do not fit side by side stand upright.

/// The geometry of a figure.
package struct FigureLayout {
  /// The size of the figure in centimetres.
  package let width: Double
  package let height: Double
  /// The panels, in the order of the figure.
  package let panels: [PlacedPanel]
  /// The key's entries; empty if lines are labelled directly.
  package let key: [KeyEntry]

  /// A panel with its place.
  package struct PlacedPanel {
    package let panel: Figure.Panel
    package let x: AxisScale
    package let y: AxisScale
    /// The frame of the axes.
    package let left: Double
    package let right: Double
    package let bottom: Double
    package let top: Double
    /// Where the middle of the y axis' label stands; nil if the panel on the left shows it.
    package let yLabelAt: Double?
    /// Whether the labels of the x axis' tics stand upright.
    package let hasUprightTics: Bool
    /// Names beside the right ends of their lines.
    package let directLabels: [DirectLabel]
  }

  /// A name beside the right end of a line.
  package struct DirectLabel: Hashable {
    package let text: String
    /// The position of the name among the figure's labels.
    package let style: Int
    /// The height of the text's middle, as a fraction of the frame.
    package let fraction: Double
  }

  /// An entry of the key: a piece of the line with its marker, or the marker alone, then the name.
  package struct KeyEntry: Hashable {
    package let text: String
    package let style: Int
    /// The left end of the sample.
    package let x: Double
    /// The height of its middle.
    package let y: Double
    /// The length of the piece of line, or of the marker's place.
    package let length: Double
    /// Whether points are joined by a line.
    package let hasLine: Bool
    /// Whether points have markers.
    package let hasMarker: Bool
  }

  /// The size of all text in points, and in centimetres.
  static let pointSize = 8.0
  static let textSize = pointSize / 72 * 2.54
  /// The length of a piece of line in the key.
  package static let sampleLength = 0.75
  /// The width of a marker's place in a key without lines.
  package static let markerLength = 0.2
  private static let lineHeight = 1.25 * textSize
  private static let keyGap = 0.45
  /// The largest share of a panel's width that labels at the right may take.
  private static let labelShare = 0.28

  package init(_ figure: Figure) {
    let labels = figure.labels
    let scales = figure.panels.map(Self.scales)
    let columnCount = Self.columnCount(figure)
    let rowCount = (figure.panels.count + columnCount - 1) / columnCount
    let hasTitles = figure.panels.contains { !$0.title.isEmpty }
    let topMargin = hasTitles ? 0.62 : 0.25
    let plainHeight = Self.rowHeight(figure, columnCount: columnCount, rowCount: rowCount)
    let frameHeight = plainHeight - Self.plainBottomMargin - topMargin

    let direct = zip(figure.panels, scales).map { panel, scale in
      Self.directLabels(
        panel, x: scale.x, y: scale.y, labels: labels,
        lineFraction: Self.lineHeight / frameHeight)
    }
    width = figure.width.centimetres
    let columnWidth = width / Double(columnCount)
    let labelWidth = direct.flatMap { $0 ?? [] }.map { Self.textWidth($0.text) }.max() ?? 0
    let isDirect =
      direct.allSatisfy { $0 != nil } && labelWidth <= Self.labelShare * columnWidth
    // What has no point anywhere keeps its style for later, but needs no entry.
    let drawn = labels.indices.filter { index in
      figure.panels.contains { panel in
        panel.series.contains { series in
          series.label == labels[index] && series.points.contains { $0.y?.isFinite == true }
        }
      }
    }
    let hasLines = figure.panels.contains { $0.x.categories.isEmpty }
    let sample = hasLines ? Self.sampleLength : Self.markerLength
    let keyRows =
      isDirect || drawn.isEmpty
      ? []
      : Self.keyRows(labels, drawn: drawn, sample: sample, width: figure.width.centimetres)
    let keyHeight = keyRows.isEmpty ? 0 : Double(keyRows.count) * 0.42 + 0.12

    // The middle of the last tic's label may stand at the very end of the frame.
    let rightMargin = max(isDirect && labelWidth > 0 ? labelWidth + 0.3 : 0, 0.4)
    let columns = Self.columns(figure, scales: scales, columnCount: columnCount)
    let frames = figure.panels.indices.map { index in
      let column = index % columnCount
      return (
        left: Double(column) * columnWidth + columns[column].leftMargin,
        right: Double(column + 1) * columnWidth - rightMargin
      )
    }
    let uprightWidths = figure.panels.indices.map { index in
      Self.uprightWidth(
        figure.panels[index], scales[index].x, length: frames[index].right - frames[index].left)
    }
    let longestName = uprightWidths.compactMap { $0 }.max()
    // From the top row to the last, which shows the names for those above.
    let hidesNames = (0..<rowCount).map { row in
      Self.repeatsNames(figure, row: row, columnCount: columnCount)
    }
    let bottomMargins = hidesNames.map { isHidden in
      hasLines ? Self.plainBottomMargin : isHidden ? 0.2 : longestName.map { $0 + 0.35 } ?? 0.6
    }
    let rowHeights = bottomMargins.map { plainHeight + ($0 - Self.plainBottomMargin) }
    height = rowHeights.reduce(0, +) + keyHeight
    var placed: [PlacedPanel] = []
    for (index, panel) in figure.panels.enumerated() {
      let (wholeX, y) = scales[index]
      let (left, right) = frames[index]
      let column = columns[index % columnCount]
      let row = index / columnCount
      let isUpright = uprightWidths[index] != nil
      var x = wholeX.thinned(
        length: right - left,
        textWidth: isUpright ? { _ in 1.05 * Self.textSize - 0.15 } : Self.textWidth)
      if hidesNames[row] { x = x.withoutLabels }
      let bottom = rowHeights[(row + 1)...].reduce(0, +) + bottomMargins[row]
      placed.append(
        PlacedPanel(
          panel: panel, x: x, y: y, left: left, right: right, bottom: bottom,
          top: bottom + frameHeight,
          yLabelAt: Self.sharesLabel(figure, index, columnCount: columnCount)
            ? nil : left - column.ticWidth - 0.55,
          hasUprightTics: isUpright,
          directLabels: isDirect ? (direct[index] ?? []) : []))
    }
    panels = placed
    var entries: [KeyEntry] = []
    for (row, members) in keyRows.enumerated() {
      let widths = members.map { Self.entryWidth(labels[$0], sample: sample) }
      let total = widths.reduce(0, +) + Double(members.count - 1) * Self.keyGap
      var x = max(0.1, (width - total) / 2)
      let y = height - 0.28 - Double(row) * 0.42
      for (member, entryWidth) in zip(members, widths) {
        let role = figure.role(of: labels[member])
        entries.append(
          KeyEntry(
            text: labels[member], style: member, x: x, y: y, length: sample,
            hasLine: hasLines && role != .published, hasMarker: role != .front))
        x += entryWidth + Self.keyGap
      }
    }
    key = entries
  }

  private static let plainBottomMargin = 1.05

  private static func columnCount(_ figure: Figure) -> Int {
    let wanted = figure.panelsPerRow ?? (figure.width == .oneColumn ? 1 : 3)
    return max(1, min(figure.panels.count, wanted))
  }

  /// The height of a row of panels with numbers along x; panels that stand on each other are lower.
  private static func rowHeight(_ figure: Figure, columnCount: Int, rowCount: Int) -> Double {
    let isStacked = columnCount == 1 && rowCount > 1
    if figure.width == .oneColumn { return isStacked ? 4.6 : 5.6 }
    return isStacked ? 5.2 : (columnCount == 1 ? 7.2 : 5.8)
  }

  /// Whether the names below a row of panels are those below the next row, which then shows them alone.
  private static func repeatsNames(_ figure: Figure, row: Int, columnCount: Int) -> Bool {
    let members = (row * columnCount)..<min((row + 1) * columnCount, figure.panels.count)
    return members.allSatisfy { index in
      let names = figure.panels[index].x.categories
      let below = index + columnCount
      return !names.isEmpty && below < figure.panels.count
        && figure.panels[below].x.categories == names
    }
  }

  /// Whether the panel on the left shows the label of the y axis.
  private static func sharesLabel(_ figure: Figure, _ index: Int, columnCount: Int) -> Bool {
    index % columnCount > 0
      && figure.panels[index - 1].y.fullLabel == figure.panels[index].y.fullLabel
  }

  /// The margin on the left of every column of panels, so that frames above each other are flush.
  private static func columns(
    _ figure: Figure, scales: [(x: AxisScale, y: AxisScale)], columnCount: Int
  ) -> [(leftMargin: Double, ticWidth: Double)] {
    (0..<columnCount).map { column in
      let members = stride(from: column, to: figure.panels.count, by: columnCount)
      let ticWidth = members.flatMap { scales[$0].y.tics }.map { textWidth($0.label) }.max() ?? 0
      let sharesAll = members.allSatisfy { sharesLabel(figure, $0, columnCount: columnCount) }
      return (ticWidth + (sharesAll ? 0.45 : 0.85), ticWidth)
    }
  }

  /// The longest name below the x axis, if names do not fit side by side and must stand upright; nil if they fit, or for numbers.
  private static func uprightWidth(
    _ panel: Figure.Panel, _ scale: AxisScale, length: Double
  ) -> Double? {
    guard !panel.x.categories.isEmpty else { return nil }
    let fits = scale.thinned(length: length, textWidth: textWidth).tics.count == scale.tics.count
    return fits ? nil : panel.x.categories.map(textWidth).max()
  }

  private static func scales(_ panel: Figure.Panel) -> (x: AxisScale, y: AxisScale) {
    let points = panel.series.flatMap { $0.points }.filter { $0.y?.isFinite == true }
    let x = AxisScale(panel.x, values: points.map { $0.x })
    let y = AxisScale(
      panel.y, values: points.compactMap { $0.y },
      bars: points.compactMap { $0.low } + points.compactMap { $0.high })
    return (x, y)
  }

  /// The names beside the right ends of a panel's lines; nil if one of them does not end at the right, or names collide.
  static func directLabels(
    _ panel: Figure.Panel, x: AxisScale, y: AxisScale, labels: [String], lineFraction: Double
  ) -> [DirectLabel]? {
    guard panel.x.categories.isEmpty, panel.series.allSatisfy({ $0.role == .measured }) else {
      return nil
    }
    var ends: [(text: String, style: Int, x: Double, y: Double)] = []
    for series in panel.series {
      let shown = series.points.compactMap { point -> (x: Double, y: Double)? in
        guard let value = point.y, let horizontal = x.fraction(point.x),
          let vertical = y.fraction(value)
        else { return nil }
        return (horizontal, vertical)
      }
      let hasPoints = series.points.contains { $0.y?.isFinite == true }
      guard let last = shown.max(by: { $0.x < $1.x }) else {
        if hasPoints { return nil }
        continue
      }
      ends.append(
        (series.label, labels.firstIndex(of: series.label) ?? 0, last.x, last.y))
    }
    let rightmost = ends.map { $0.x }.max() ?? 0
    guard ends.allSatisfy({ $0.x > rightmost - 0.12 }) else { return nil }
    ends.sort { ($0.y, $0.style) < ($1.y, $1.style) }
    // Names that are too close move apart, upwards first, then all of them down by half of the largest move.
    var heights = ends.map { $0.y }
    for index in heights.indices.dropFirst() {
      heights[index] = max(heights[index], heights[index - 1] + lineFraction)
    }
    let largestMove = zip(heights, ends).map { $0 - $1.y }.max() ?? 0
    heights = heights.map { $0 - largestMove / 2 }
    let isClose = zip(heights, ends).allSatisfy { abs($0 - $1.y) <= 0.8 * lineFraction }
    guard isClose, (heights.last ?? 0) <= 1.05, (heights.first ?? 0) >= -0.05 else { return nil }
    return zip(ends, heights).map { end, height in
      DirectLabel(text: end.text, style: end.style, fraction: height)
    }
  }

  /// The key's rows, each a list of positions among the labels.
  private static func keyRows(
    _ labels: [String], drawn: [Int], sample: Double, width: Double
  ) -> [[Int]] {
    var rows: [[Int]] = [[]]
    var used = 0.0
    for index in drawn {
      let entry = entryWidth(labels[index], sample: sample)
      if used > 0 && used + keyGap + entry > width - 0.4 {
        rows.append([])
        used = 0
      }
      used += (used > 0 ? keyGap : 0) + entry
      rows[rows.count - 1].append(index)
    }
    return rows
  }

  private static func entryWidth(_ label: String, sample: Double) -> Double {
    sample + 0.15 + textWidth(label)
  }

  /// The width of text in Liberation Sans, in centimetres, from the widths of classes of letters; within a few per cent.
  package static func textWidth(_ text: String) -> Double {
    var thousandths = 0.0
    for character in text {
      let width: Double =
        switch character {
        case "i", "j", "l", "'", "|": 222
        case " ", ".", ",", ":", ";", "f", "t", "I", "!", "/": 278
        case "-", "(", ")", "r", "[", "]": 333
        case "c", "k", "s", "v", "x", "y", "z", "J": 500
        case "m", "M": 833
        case "w": 722
        case "W": 944
        case "%": 889
        case "C", "D", "H", "N", "R", "U": 722
        case "G", "O", "Q": 778
        case "A"..."Z": 667
        default: 584
        }
      thousandths += width
    }
    return thousandths / 1000 * textSize
  }
}
