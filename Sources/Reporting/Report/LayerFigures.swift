// Layers as markers: how many weights every tensor keeps and how many bits each of them takes, method beside method; mean and
// interval over seeds, from the `layers` of records.

import Experiments
import Foundation
import Reproducibility
import Statistics
import Tensors

extension ExperimentResults {
  /// The most markers that stand side by side in one column of a paper.
  private static let markersPerColumn = 48

  /// The figure that a spec asks for: one panel per data set and quantity; nil if no stored record has layers.
  func figure(_ spec: LayerFigureSpec, name: String) -> Figure? {
    let showsDense = spec.where["method"]?.contains { $0.summary == "dense" } ?? false
    var panels: [Figure.Panel] = []
    var markerCount = 0
    var emptied: [String] = []
    for dataset in datasets {
      let shown = rows(on: dataset, where: spec.where).filter { showsDense || !$0.run.isDense }
      let kept = shown.map { KeptWeights(of: $0) }
      // Rows without records keep their colours for later, but take no room.
      let stored = kept.indices.filter { !kept[$0].names.isEmpty }
      let tensors = Self.networkOrder(kept.map { $0.names })
      guard !tensors.isEmpty else { continue }
      let labels = shown.map { $0.label(among: shown) }
      markerCount = max(markerCount, tensors.count * stored.count)
      for quantity in spec.quantities {
        let series = kept.enumerated().map { place, weights in
          let shift = Self.shift(stored.firstIndex(of: place) ?? 0, of: stored.count)
          let points = tensors.enumerated().compactMap { position, tensor in
            weights.point(quantity, of: tensor, at: Double(position + 1) + shift)
          }
          return Figure.Series(labels[place], points: points)
        }
        panels.append(
          Figure.Panel(
            title: datasets.count > 1 ? dataset : "",
            x: Figure.Axis("layer", categories: tensors.map { $0.layer }),
            y: Self.axis(
              quantity, isLogarithmic: spec.logarithmic, points: series.flatMap { $0.points }),
            series: series))
      }
      for (label, weights) in zip(labels, kept) {
        let layers = tensors.filter { weights.isEmpty($0) }.map { $0.layer }
        if !layers.isEmpty {
          let place = datasets.count > 1 ? "\(label) on \(dataset)" : label
          emptied.append("\(layers.joined(separator: ", ")) of \(place)")
        }
      }
    }
    guard !panels.isEmpty else { return nil }
    var caption = spec.caption
    if !emptied.isEmpty {
      caption += caption.isEmpty ? "" : " "
      caption += "No weight is left in \(emptied.joined(separator: "; "))."
    }
    // One data set: panels on each other, in one column if it has the room. Several: a row of panels for each.
    let isSingle = panels.count == spec.quantities.count
    let isNarrow = isSingle && markerCount <= Self.markersPerColumn
    return Figure(
      name: name, title: "\(experiment.name), profile \(experiment.profile)", caption: caption,
      panels: panels, width: isNarrow ? .oneColumn : .twoColumns,
      panelsPerRow: isSingle ? 1 : (spec.quantities.count > 1 ? spec.quantities.count : nil))
  }

  /// How far the marker of one row stands from the middle of its layer, so that markers stand side by side.
  private static func shift(_ place: Int, of count: Int) -> Double {
    let step = min(0.2, 0.8 / Double(max(1, count)))
    return (Double(place) - Double(count - 1) / 2) * step
  }

  private static func axis(
    _ quantity: LayerQuantity, isLogarithmic: Bool, points: [Figure.Point]
  ) -> Figure.Axis {
    let lower: Double? = isLogarithmic ? nil : 0
    switch quantity {
    case .nonzeros:
      return Figure.Axis("non-zero weights", isLogarithmic: isLogarithmic, lower: lower)
    case .density:
      return Figure.Axis("density", unit: "%", isLogarithmic: isLogarithmic, lower: lower)
    case .bits:
      // Bits are few and whole, so intervals are long beside them: the axis has room for half as much as the largest mean.
      let largest = points.compactMap { $0.y }.max() ?? 1
      let highest = max(largest, points.compactMap { $0.high }.max() ?? largest)
      return Figure.Axis("bits per weight", lower: 0, upper: 1.05 * min(highest, 1.5 * largest))
    }
  }

  /// All names in the order of the first network that has them.
  private static func networkOrder(_ lists: [[ParameterName]]) -> [ParameterName] {
    var result: [ParameterName] = []
    for name in lists.joined() where !result.contains(name) { result.append(name) }
    return result
  }
}

/// What the finished runs of a row keep of their weight tensors.
private struct KeptWeights {
  /// Weight tensors, in network order.
  let names: [ParameterName]
  /// One element per finished run.
  private let rows: [ParameterName: [LayerRow]]

  init(of row: ResultRow) {
    let all = row.finished.flatMap { $0.record.layers }.filter { $0.name.role == "weight" }
    var names: [ParameterName] = []
    var rows: [ParameterName: [LayerRow]] = [:]
    for layer in all {
      if rows[layer.name] == nil { names.append(layer.name) }
      rows[layer.name, default: []].append(layer)
    }
    self.names = names
    self.rows = rows
  }

  /// Whether no run keeps a weight of the tensor.
  func isEmpty(_ name: ParameterName) -> Bool {
    rows[name]?.allSatisfy { $0.nonzeros == 0 } ?? false
  }

  /// The mean over runs with its interval; nil if no run has the quantity. A tensor without weights has no bits.
  func point(_ quantity: LayerQuantity, of name: ParameterName, at x: Double) -> Figure.Point? {
    let values = (rows[name] ?? []).compactMap { row -> Double? in
      switch quantity {
      case .nonzeros: return Double(row.nonzeros)
      case .density: return 100 * Double(row.nonzeros) / Double(max(1, row.shape.elementCount))
      case .bits: return row.nonzeros > 0 ? Double(row.bitsPerValue) : nil
      }
    }
    guard !values.isEmpty else { return nil }
    let interval = Interval(of: values)
    return Figure.Point(
      x, Sample(values).mean, low: interval?.lower, high: interval?.upper, count: values.count)
  }
}
