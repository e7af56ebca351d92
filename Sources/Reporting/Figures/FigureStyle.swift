// Colours, dashes and markers: Okabe and Ito's palette without yellow, every line told apart in two more ways.

/// How the lines of figures look.
package enum FigureStyle {
  static let font = "Liberation Sans"
  static let colours = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000",
  ]
  /// The same colours, dark enough for text.
  static let textColours = [
    "#0072B2", "#B04A00", "#007A5A", "#A8527F", "#2A7FAE", "#9A6A00", "#000000",
  ]
  static let dashes = ["1", "(8,3)", "(2,2)", "(8,3,2,3)", "1", "(8,3)", "(2,2)"]
  static let markers = [7, 5, 9, 13, 6, 4, 8]
  static let markerSizes = [0.55, 0.50, 0.60, 0.65, 0.75, 0.70, 0.80]
  static let lineWidth = 1.6

  /// The number of different styles; further lines repeat the colours with other dashes and markers.
  static let count = colours.count

  /// The gnuplot words for what stands behind the lines: the front, and published points.
  static let front = "lc rgb '#D8D8D8' lw 5 dt 1"
  static let published = "lc rgb '#A0A0A0' lw 0.9 dt 1 pt 3 ps 0.6"
  static let publishedText = "#606060"

  /// The gnuplot words for the line style at `index`.
  package static func line(_ index: Int) -> String {
    let place = index % count
    let shift = (place + 3 * (index / count)) % count
    return "lc rgb '\(colours[place])' lw \(lineWidth) dt \(dashes[shift])"
  }

  /// The gnuplot words for the markers of the line style at `index`; thin, so that open markers look open.
  package static func marker(_ index: Int) -> String {
    let place = index % count
    let shift = (place + 3 * (index / count)) % count
    return "lc rgb '\(colours[place])' lw 0.9 dt 1 pt \(markers[shift]) ps \(markerSizes[shift])"
  }

  /// The gnuplot words for the error bars of the line style at `index`.
  static func bar(_ index: Int) -> String { "lc rgb '\(colours[index % count])' lw 0.9 dt 1" }

  /// The colour of text about the line style at `index`.
  static func textColour(_ index: Int) -> String { textColours[index % count] }
}
