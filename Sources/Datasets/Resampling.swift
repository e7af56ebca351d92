// Resizing pictures, bilinear with antialiasing: every output pixel is a weighted mean of input pixels under a triangle, which
// is as wide as two input pixels when a picture grows and as two output pixels when it shrinks. Start with `AxisFilter`.

import Files

/// The weights along one axis of a picture that is resized.
///
/// With the scale r = inputs / outputs, output i has its centre at c = (i + ½) · r, and input k the weight
/// max(0, 1 − │k + ½ − c│ / max(1, r)), divided by the sum of all weights of that output. Inputs beyond the ends have no weight.
struct AxisFilter {
  /// The first input of each output.
  private(set) var starts: [Int] = []
  /// How many inputs each output has.
  private(set) var counts: [Int] = []
  /// The weights of all outputs, one after the other.
  private(set) var weights: [Float] = []

  /// The weights of the outputs in `window`, of `outputCount`, over `inputCount` inputs.
  ///
  /// - Precondition: both counts are positive and the window lies within the outputs.
  init(inputCount: Int, outputCount: Int, window: Range<Int>) {
    precondition(
      inputCount > 0 && window.lowerBound >= 0 && window.upperBound <= outputCount,
      "AxisFilter: outputs \(window) of \(outputCount), from \(inputCount)")
    let scale = Double(inputCount) / Double(outputCount)
    let reach = max(1, scale)
    for output in window {
      let centre = (Double(output) + 0.5) * scale
      let first = max(0, Int((centre - reach - 0.5).rounded(.up)))
      let last = min(inputCount - 1, Int((centre + reach - 0.5).rounded(.down)))
      let values = (first...max(first, last)).map { input in
        max(0, 1 - abs(Double(input) + 0.5 - centre) / reach)
      }
      let sum = values.reduce(0, +)
      starts.append(first)
      counts.append(values.count)
      for value in values { weights.append(Float(value / sum)) }
    }
  }
}

extension Bitmap {
  /// Part of this picture, resized, and of that a window, mirrored left to right if asked.
  ///
  /// Columns are filtered first, in Float and without rounding, then rows; the result is rounded to the nearest byte, halves
  /// up. A part resized to its own size stays as it is.
  ///
  /// - Parameters:
  ///   - sourceRows: the rows of the part.
  ///   - sourceColumns: the columns of the part.
  ///   - size: height and width of the part once resized.
  ///   - rows: the rows of the window, within the resized part.
  ///   - columns: the columns of the window, within the resized part.
  /// - Returns: `[rows, columns, channels]`.
  /// - Precondition: the part lies within the picture and the window within the resized part; neither is empty.
  func resampled(
    _ sourceRows: Range<Int>, _ sourceColumns: Range<Int>, to size: (height: Int, width: Int),
    rows: Range<Int>, columns: Range<Int>, mirrored: Bool
  ) -> [UInt8] {
    precondition(
      sourceRows.lowerBound >= 0 && sourceRows.upperBound <= height
        && sourceColumns.lowerBound >= 0 && sourceColumns.upperBound <= width,
      "\(sourceRows) × \(sourceColumns) is not in a picture of \(height) × \(width)")
    let across = AxisFilter(
      inputCount: sourceColumns.count, outputCount: size.width, window: columns)
    let down = AxisFilter(inputCount: sourceRows.count, outputCount: size.height, window: rows)
    let (columnCount, channels) = (columns.count, channels)
    var filtered = [Float](repeating: 0, count: sourceRows.count * columnCount * channels)
    var result = [UInt8](repeating: 0, count: rows.count * columnCount * channels)

    let source = pixels.span
    let (acrossWeights, downWeights) = (across.weights.span, down.weights.span)
    do {
      var target = filtered.mutableSpan
      var place = 0
      for row in sourceRows {
        var weight = 0
        for column in 0..<columnCount {
          let count = across.counts[column]
          let first = row * width + sourceColumns.lowerBound + across.starts[column]
          for channel in 0..<channels {
            var sum: Float = 0
            for step in 0..<count {
              let value = Float(source[(first + step) * channels + channel])
              sum += acrossWeights[weight + step] * value
            }
            target[place] = sum
            place += 1
          }
          weight += count
        }
      }
    }
    let lines = filtered.span
    var target = result.mutableSpan
    let lineSize = columnCount * channels
    var weight = 0
    for row in 0..<rows.count {
      let (first, count) = (down.starts[row], down.counts[row])
      for column in 0..<columnCount {
        let place = (row * columnCount + (mirrored ? columnCount - 1 - column : column)) * channels
        for channel in 0..<channels {
          var sum: Float = 0
          for step in 0..<count {
            sum +=
              downWeights[weight + step]
              * lines[(first + step) * lineSize + column * channels + channel]
          }
          target[place + channel] = UInt8(min(255, max(0, (sum + 0.5).rounded(.down))))
        }
      }
      weight += count
    }
    return result
  }
}
