// The tables of a comparison at matched size: the metric, the paired differences from the baseline, and everything once more in a long
// form for other programs.

import Experiments
import Foundation
import Statistics

extension MatchedComparison {
  private var metric: Metric? { Metric.named(spec.metric) }
  private var digits: Int { metric?.digits ?? 2 }
  private var sizeLabel: String {
    MeasuredColumn.all.first { $0.name == spec.size }?.label
      ?? Metric.named(spec.size)?.label ?? spec.size
  }
  private var headings: [Table.Column] {
    spec.at.map { .number("at \(NumberText.raw($0))", unit: "×") }
  }
  private var place: String { dataset.isEmpty ? "" : ", \(dataset)" }

  /// The metric of every curve at every size.
  func table(name: String) -> Table {
    var table = Table(
      name: name, title: spec.title + place,
      columns: [Table.Column("method"), .number("uncompressed", unit: metric?.unit ?? "")]
        + headings)
    for reference in references {
      let values = reference.points.flatMap { $0.values.sorted { $0.key < $1.key } }.map {
        $0.value
      }
      let cell: Table.Cell =
        values.isEmpty
        ? .absent("not run", because: "no record is stored") : .mean(of: values, digits: digits)
      table.append([.text(reference.label), cell] + spec.at.map { _ in .missing })
    }
    let columns = spec.at.map { readings(at: $0) }
    let best = columns.map { self.best(of: $0) }
    for (index, curve) in curves.enumerated() {
      var cells: [Table.Cell] = [.text(curve.label), .missing]
      for (column, readings) in columns.enumerated() {
        var cell = self.cell(of: readings[index], curve: curve)
        cell.isBest = best[column] == index
        cells.append(cell)
      }
      table.append(cells, startsGroup: index == 0)
    }
    table.notes = [
      "Size: \(sizeLabel). A value stands where a run has the size within "
        + "\(NumberText.raw(100 * SizeTarget.tolerance)) %; ≈ marks values between two runs of the same seed, linear in the logarithm "
        + "of the size; ‘outside’ means that the method has no runs on both sides.",
      "± is half the width of the 95 % t-interval over seeds. Bold: better than every other method at the size, by the 95 % interval "
        + "of the differences seed by seed.",
    ]
    if let metric { table.notes.append("Compared: \(metric.label), \(metric.meaning).") }
    return table
  }

  private func cell(of reading: TradeOffCurve.Reading, curve: TradeOffCurve) -> Table.Cell {
    guard !reading.values.isEmpty else { return absence(of: curve) ?? .text("outside") }
    var cell = Table.Cell.mean(of: reading.ordered, digits: digits)
    cell.isInterpolated = reading.isInterpolated
    return cell
  }

  /// What stands in the place of all values of a curve that has none.
  private func absence(of curve: TradeOffCurve) -> Table.Cell? {
    missing[curve.label].map { .absent($0, because: "no run of it can be read at any size") }
  }

  /// Every curve minus the baseline; nil without a baseline.
  func differenceTable(name: String) -> Table? {
    guard let baseline else { return nil }
    let others = curves.indices.filter { $0 != baseline }
    let columns = spec.at.map { readings(at: $0) }
    // One correction over all tested cells.
    var tested: [(row: Int, column: Int, pValue: Double)] = []
    for row in others {
      for (column, readings) in columns.enumerated() {
        let found = Self.differences(readings[row], readings[baseline])
        if let test = TTest(found, against: 0, alternative: .different) {
          tested.append((row, column, test.pValue))
        }
      }
    }
    let adjusted = holmAdjusted(tested.map { $0.pValue })
    var decided: Set<[Int]> = []
    for (cell, pValue) in zip(tested, adjusted) where pValue < Verdict.significance {
      decided.insert([cell.row, cell.column])
    }
    var table = Table(
      name: name, title: "Minus \(curves[baseline].label)\(place)",
      columns: [Table.Column("method")] + headings)
    for row in others {
      var cells: [Table.Cell] = [.text(curves[row].label)]
      for (column, readings) in columns.enumerated() {
        let found = Self.differences(readings[row], readings[baseline])
        var cell = Table.Cell.mean(of: found, digits: digits, isSigned: true)
        if found.isEmpty {
          let isOutside = !readings[row].values.isEmpty
          cell = absence(of: curves[row]) ?? .text(isOutside ? "baseline outside" : "outside")
        }
        cell.isInterpolated =
          !found.isEmpty && (readings[row].isInterpolated || readings[baseline].isInterpolated)
        cell.isBest = decided.contains([row, column])
        cells.append(cell)
      }
      table.append(cells)
    }
    table.notes = [
      "Differences in \(metric?.unit == "%" ? "points" : metric?.unit ?? "") are taken seed by seed; ± is half the width of their 95 % "
        + "t-interval. Bold: a two-sided paired t test rejects equality at 5 % after Holm's correction over the \(tested.count) tested cells."
    ]
    return table
  }

  /// All readings and all runs, one per row.
  func valuesTable(name: String) -> Table {
    var table = Table(
      name: name, title: spec.title + place,
      columns: [
        Table.Column("data set"), Table.Column("method"), .number(sizeLabel, unit: "×"),
        .number(metric?.label ?? spec.metric, unit: metric?.unit ?? ""), .number("n"),
        Table.Column("kind"), Table.Column("Pareto front"),
      ])
    for point in measuredPoints {
      table.append([
        .text(dataset), .text(curves[point.curve].label), .number(point.size, digits: 2),
        .mean(of: point.values, digits: digits), .count(point.values.count), .text("run"),
        .text(point.isOnFront ? "yes" : "no"),
      ])
    }
    for size in spec.at {
      for (curve, reading) in zip(curves, readings(at: size)) where !reading.values.isEmpty {
        table.append([
          .text(dataset), .text(curve.label), .number(size, digits: 2),
          .mean(of: reading.ordered, digits: digits), .count(reading.values.count),
          .text(reading.isInterpolated ? "interpolated" : "matched"), .text(""),
        ])
      }
    }
    return table
  }
}
