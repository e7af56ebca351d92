// Codebooks that follow weights as they are trained: Lloyd's rule from the levels there are.

extension Codebook {
  /// Every level at the mean of the values nearest to it, `rounds` times or until no level moves; levels without values stay, and
  /// so does the free zero.
  ///
  /// Source: joint-sparsity-quantization, section 2.5.
  public func reestimated(from values: Span<Float>, rounds: Int) -> Codebook {
    var result = self
    for _ in 0..<rounds {
      let cells = Cells(result)
      var sums = [Double](repeating: 0, count: cells.levels.count)
      var counts = sums
      for i in values.indices {
        let cell = cells.cell(of: values[i])
        sums[cell] += Double(values[i])
        counts[cell] += 1
      }
      var levels: [Float] = []
      for cell in cells.levels.indices where cells.codes[cell] >= 0 {
        levels.append(counts[cell] > 0 ? Float(sums[cell] / counts[cell]) : cells.levels[cell])
      }
      let next = Codebook(levels: levels, reservesZero: reservesZero)
      if next == result { break }
      result = next
    }
    return result
  }
}
