// The two text files of a figure: the gnuplot script and its data. The script stands alone: `gnuplot figure.gp` in its folder
// writes the PNG (300 dpi), the SVG and the PDF again. All texts are in the data: a script holds nothing that somebody else wrote.

import Files
import Foundation

/// Writes a figure as a gnuplot script and a data file.
package struct FigureScript {
  /// The script.
  package private(set) var script = ""
  /// The data file: a block of texts, then one block per series that has points, `x y low high`; what is missing is NaN.
  package private(set) var data = ""

  private let figure: Figure
  private let layout: FigureLayout
  private let labels: [String]
  /// The texts that the script draws, as they stand in the data, with what they are; it knows them by their numbers.
  private var words: [(role: String, text: String)] = []

  package init(_ figure: Figure) {
    self.figure = figure
    layout = FigureLayout(figure)
    labels = figure.labels
    let plots = plotLines()
    script = opening + preamble + "do for [format in 'png svg pdf'] {\n" + terminals + plots + "}\n"
    data = textBlock + drawnSeries.map { block(of: $0.1) }.joined()
  }

  /// The expression for a text in the script.
  private mutating func word(_ text: String, as role: String) -> String {
    let escaped = Escaped.gnuplotData(text)
    if escaped.isEmpty { return "''" }
    if let index = words.firstIndex(where: { $0.text == escaped }) { return "words[\(index + 1)]" }
    words.append((role, escaped))
    return "words[\(words.count)]"
  }

  /// Every text with its number and what it is; then, in the same form, which series the blocks behind hold.
  private var textBlock: String {
    let series = drawnSeries.enumerated().map { index, drawn in
      let place = drawn.0.title.isEmpty ? "" : "\(drawn.0.title): "
      return (role: "block \(index + 1)", text: Escaped.gnuplotData(place + drawn.1.label))
    }
    let rows = (words + series).enumerated().map { index, word in
      "\(index + 1)\t\(word.role)\t\(word.text)\n"
    }
    return "# number, role, text\n" + rows.joined()
  }

  private func block(of series: Figure.Series) -> String {
    let rows = series.points.map { point in
      [point.x, point.y ?? .nan, point.low ?? .nan, point.high ?? .nan].map(machine)
        .joined(separator: "\t") + "\n"
    }
    return "\n\n# x, y, low, high\n" + rows.joined()
  }

  private var opening: String {
    let count = words.count + drawnSeries.count
    let reading = """
      array words[\(count)]
      stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput

      """
    return """
      # Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

      stem = ARG0[1:strlen(ARG0)-3]
      set datafile separator "\\t"

      """ + (count > 0 ? reading : "")
  }

  /// The whole plot, once for every format.
  private mutating func plotLines() -> String {
    var text = "set output stem.'.'.format\n"
    text += "set multiplot\n"
    text += keyLines()
    var block = 1
    for (index, placed) in layout.panels.enumerated() {
      text += panelLines(placed, firstBlock: block)
      block += placed.panel.series.filter(hasPoints).count
      if index == 0 && !layout.key.isEmpty {
        text += "unset label\nunset arrow\n"
      }
    }
    return text + "unset multiplot\nunset output\n"
  }

  private var preamble: String {
    var text = """
      set encoding utf8
      set minussign
      set clip two
      set border 3 lc rgb '#404040' lw 0.8
      set tics nomirror out scale 0.6,0.3
      set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
      unset key

      """
    for (index, label) in labels.enumerated() {
      let role = figure.role(of: label)
      let line = role == .front ? FigureStyle.front : FigureStyle.line(index)
      let marker = role == .published ? FigureStyle.published : FigureStyle.marker(index)
      text += "set style line \(index + 1) \(line)\n"
      text += "set style line \(index + 201) \(marker)\n"
      text += "set style line \(index + 101) \(FigureStyle.bar(index))\n"
    }
    return text
      + "bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low\n"
      + "inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y\n\n"
  }

  private var terminals: String {
    let points = FigureLayout.pointSize
    let pixels = (
      png: (length(layout.width / 2.54 * 300), length(layout.height / 2.54 * 300)),
      svg: (length(layout.width / 2.54 * 96), length(layout.height / 2.54 * 96))
    )
    let font = "font '\(FigureStyle.font),\(machine(points))'"
    // Cairo draws text at 96 dpi, and a PNG's own resolution is 72 dpi.
    let scale = "fontscale 3.125 linewidth 4.1667 pointscale 4.1667"
    let svgFont = "font '\(FigureStyle.font),\(decimal(points * 96 / 72, 1))'"
    let size = "\(decimal(layout.width, 2))cm,\(decimal(layout.height, 2))cm"
    return """
      if (format eq 'png') {
      set terminal pngcairo noenhanced size \(pixels.png.0),\(pixels.png.1) \(font) \(scale) butt dashlength 1 background rgb 'white'
      }
      if (format eq 'svg') {
      set terminal svg noenhanced size \(pixels.svg.0),\(pixels.svg.1) \(svgFont) linewidth 1.33 butt dashlength 1 background rgb 'white'
      }
      if (format eq 'pdf') {
      set terminal pdfcairo noenhanced size \(size) \(font) fontscale 0.75 linewidth 1 butt dashlength 1
      }

      """
  }

  /// The key, drawn by hand above the panels; it belongs to the first plot and is removed after it.
  private mutating func keyLines() -> String {
    var text = ""
    for entry in layout.key {
      let style = entry.style + 1
      let end = entry.x + entry.length
      let height = vertical(entry.y)
      if entry.hasLine {
        text += "set arrow from screen \(horizontal(entry.x)),\(height) "
        text += "to screen \(horizontal(end)),\(height) nohead ls \(style)\n"
      }
      let middle = horizontal(entry.x + entry.length / 2)
      if entry.hasMarker {
        text += "set label '' at screen \(middle),\(height) point ls \(style + 200)\n"
      }
      text += "set label \(word(entry.text, as: "key")) "
      text += "at screen \(horizontal(end + 0.15)),\(height) left"
      text += " tc rgb '\(textColour(entry.style))'\n"
    }
    return text
  }

  private func textColour(_ style: Int) -> String {
    figure.role(of: labels[style]) == .measured
      ? FigureStyle.textColour(style) : FigureStyle.publishedText
  }

  private mutating func panelLines(_ placed: FigureLayout.PlacedPanel, firstBlock: Int) -> String {
    let panel = placed.panel
    var text = "set lmargin at screen \(horizontal(placed.left))\n"
    text += "set rmargin at screen \(horizontal(placed.right))\n"
    text += "set bmargin at screen \(vertical(placed.bottom))\n"
    text += "set tmargin at screen \(vertical(placed.top))\n"
    text += axisLines("x", panel.x, placed.x)
    let separators = panel.x.categories.indices.dropFirst().map { Double($0) + 0.5 }
    if panel.x.categories.isEmpty {
      text += "set xlabel \(word(panel.x.fullLabel, as: "x axis")) offset 0,0.35\n"
    } else {
      text += "set xlabel ''\n"
      text += "set xtics \(placed.hasUprightTics ? "rotate by 90 right" : "norotate")\n"
      for (number, place) in separators.enumerated() {
        text += "set arrow \(1001 + number) from first \(machine(place)),graph 0 "
        text += "to first \(machine(place)),graph 1 nohead back lt 1 lc rgb '#E6E6E6' lw 0.5\n"
      }
    }
    text += axisLines("y", panel.y, placed.y)
    var placedLabels = 0
    func label(_ words: String) {
      placedLabels += 1
      text += "set label \(1000 + placedLabels) \(words)\n"
    }
    if !panel.title.isEmpty {
      label(
        "\(word(panel.title, as: "panel")) at screen \(horizontal(placed.left)),\(vertical(placed.top + 0.3)) left"
      )
    }
    // gnuplot would place this label by its own estimate of the tics' width.
    if let position = placed.yLabelAt {
      let middle = vertical((placed.bottom + placed.top) / 2)
      label(
        "\(word(panel.y.fullLabel, as: "y axis")) at screen \(horizontal(position)),\(middle) center rotate by 90"
      )
    }
    for direct in placed.directLabels {
      let height = placed.bottom + direct.fraction * (placed.top - placed.bottom)
      label(
        "\(word(direct.text, as: "line")) at screen \(horizontal(placed.right + 0.12)),\(vertical(height)) left"
          + " tc rgb '\(textColour(direct.style))'")
    }
    let drawn = panel.series.filter(hasPoints)
    if drawn.isEmpty {
      label("'not run' at graph 0.5,0.5 center tc rgb '#808080'")
      text += "plot NaN notitle\n"
    } else {
      text += plotLines(drawn, placed, firstBlock: firstBlock)
    }
    for number in 0..<placedLabels { text += "unset label \(1001 + number)\n" }
    for number in separators.indices { text += "unset arrow \(1001 + number)\n" }
    return text
  }

  /// With more points than this, intervals are a band instead of bars, and only some points have markers.
  private static let mostBars = 30
  /// About so many markers are left then.
  private static let markersOfMany = 10

  /// What stands behind the lines first, then intervals, lines and markers, so that nothing hides a marker.
  private func plotLines(
    _ drawn: [Figure.Series], _ placed: FigureLayout.PlacedPanel, firstBlock: Int
  ) -> String {
    let bounds = "\(machine(placed.y.lower)),\(machine(placed.y.upper))"
    var parts: [String] = []
    let file = "stem.'.dat'"
    let styles = drawn.map { (labels.firstIndex(of: $0.label) ?? 0) + 1 }
    func lines(_ offset: Int) -> String {
      "\(file) index \(firstBlock + offset) using 1:2 with lines ls \(styles[offset]) notitle"
    }
    for offset in drawn.indices where drawn[offset].role == .front { parts.append(lines(offset)) }
    for (offset, series) in drawn.enumerated()
    where series.points.contains(where: { $0.y != nil && $0.low != nil && $0.high != nil }) {
      let block = "\(file) index \(firstBlock + offset) "
      if series.points.count > Self.mostBars {
        parts.append(
          block + "using 1:(inside($3,\(bounds))):(inside($4,\(bounds))) "
            + "with filledcurves fill transparent solid 0.2 noborder ls \(styles[offset] + 100) notitle"
        )
      } else {
        parts.append(
          block + "using 1:(inside(bar($3,$4,\(bounds)),\(bounds))):(0):"
            + "(inside($4,\(bounds))-inside($3,\(bounds))) "
            + "with vectors nohead ls \(styles[offset] + 100) notitle")
      }
    }
    for offset in drawn.indices
    where placed.panel.x.categories.isEmpty && drawn[offset].role == .measured {
      parts.append(lines(offset))
    }
    for (offset, series) in drawn.enumerated() where series.role != .front {
      let count = series.points.count
      let every = count > Self.mostBars ? "every \(count / Self.markersOfMany) " : ""
      parts.append(
        "\(file) index \(firstBlock + offset) \(every)using 1:2 with points ls \(styles[offset] + 200) notitle"
      )
    }
    return "plot " + parts.joined(separator: ", \\\n     ") + "\n"
  }

  private mutating func axisLines(
    _ letter: String, _ axis: Figure.Axis, _ scale: AxisScale
  ) -> String {
    var text = axis.isLogarithmic ? "set logscale \(letter)\n" : "unset logscale \(letter)\n"
    text += "set \(letter)range [\(machine(scale.lower)):\(machine(scale.upper))]\n"
    // gnuplot takes the label of a tic for a format.
    let major = scale.tics.map { tic in
      let label =
        axis.categories.isEmpty
        ? "'\(tic.label)'"
        : word(tic.label.replacingOccurrences(of: "%", with: "%%"), as: "tic of \(letter)")
      return "\(label) \(machine(tic.value))"
    }
    let minor = scale.minorTics.map { "'' \(machine($0)) 1" }
    text += "set \(letter)tics (\((major + minor).joined(separator: ", ")))\n"
    return text
  }

  /// Series that have a block in the data file, with their panels.
  private var drawnSeries: [(Figure.Panel, Figure.Series)] {
    figure.panels.flatMap { panel in panel.series.filter(hasPoints).map { (panel, $0) } }
  }

  private func hasPoints(_ series: Figure.Series) -> Bool {
    series.points.contains { $0.y?.isFinite == true && $0.x.isFinite }
  }

  private func horizontal(_ centimetres: Double) -> String {
    decimal(centimetres / layout.width, 5)
  }
  private func vertical(_ centimetres: Double) -> String { decimal(centimetres / layout.height, 5) }

  private func decimal(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  private func length(_ pixels: Double) -> Int { Int(pixels.rounded()) }

  private func machine(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value == value.rounded() && abs(value) < 1e15 { return "\(Int(value))" }
    return "\(value)"
  }
}
