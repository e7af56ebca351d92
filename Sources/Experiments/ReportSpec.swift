// What a report shows of an experiment: declared in its spec, but no part of a run's identity.

public import Reproducibility

/// A table of an experiment: one row per cell, one column per metric, aggregated over seeds.
public struct TableSpec: Defaulted {
  /// The file name without extension.
  public var name = "results"
  /// The caption.
  public var title = ""
  /// Metric names, in column order; `file-bytes`, `seeds`, `processor-seconds` and measured speeds are known besides.
  public var columns: [String] = []
  public init() {}
}

/// A figure: one metric against another, one line per method, one panel per data set.
public struct FigureSpec: Defaulted {
  /// The file name without extension.
  public var name = "figure"
  /// The caption.
  public var caption = ""
  /// The metric along x.
  public var x = "payload-ratio"
  /// The metric along y.
  public var y = "test-accuracy"
  /// Whether x is logarithmic.
  public var logarithmic = true
  /// The smallest y shown; nil to fit the data.
  public var minimumY: Double?
  public init() {}
}

/// A figure of histories: one metric of history.csv against the step, one line per row of the table, mean over seeds.
public struct HistoryFigureSpec: Defaulted {
  /// The file name without extension.
  public var name = "history"
  /// The caption.
  public var caption = ""
  /// The history's metric.
  public var metric = "validation-loss"
  /// Whether the 95 % interval over seeds is drawn.
  public var intervals = true
  /// What a step is.
  public var stepLabel = "updates"
  /// What the metric is.
  public var label = ""
  /// Whether the values are drawn on a logarithmic axis.
  public var logarithmic = false
  /// Only rows with these values, by `method`, `dataset` or the name of a swept value; a list means any of them.
  public var `where`: [String: [JSONValue]] = [:]
  public init() {}
}

/// A picture of a layer's filters before and after a method.
public struct PictureSpec: Defaulted {
  /// The file name without extension.
  public var name = "filters"
  /// The caption.
  public var caption = ""
  /// The parameter shown.
  public var parameter = "conv1.weight"
  /// The method whose result stands beside the dense filters.
  public var method = "one-shot-retrain"
  /// The density (or other swept value) of the cell shown, by coordinate name.
  public var coordinates: [String: Double] = [:]
  /// The data set shown.
  public var dataset = ""
  /// The seed shown.
  public var seed = 1
  public init() {}
}

/// A column of measured speed: what `parsimony measure` wrote beside the records.
public struct MeasuredColumn: Hashable, Sendable {
  /// The name in specs.
  public let name: String
  /// The heading.
  public let label: String
  /// Images in the batch.
  public let batch: Int

  /// Every such column.
  public static let all = [
    MeasuredColumn(name: "speedup-batch-1", label: "measured speed, batch 1", batch: 1),
    MeasuredColumn(name: "speedup-batch-64", label: "measured speed, batch 64", batch: 64),
  ]
}

/// What a report shows of an experiment.
public struct ReportSpec: Defaulted {
  /// The tables.
  public var tables: [TableSpec] = []
  /// The figures.
  public var figures: [FigureSpec] = []
  /// The figures of histories.
  public var histories: [HistoryFigureSpec] = []
  /// The pictures of filters.
  public var pictures: [PictureSpec] = []
  public init() {}
}

extension ReportSpec {
  /// Columns of tables that are counted by the report, not measured by runs.
  private static let countedColumns =
    ["file-bytes", "seeds", "processor-seconds"] + MeasuredColumn.all.map { $0.name }

  /// What is wrong with names and metrics, which would else be noticed only after hours of runs.
  ///
  /// - Parameter node: where the report stands in its spec.
  func mistakes(in node: SpecNode) -> [SpecError] {
    let metrics = Metric.all.map { $0.name }
    var result: [SpecError] = []
    func check(_ name: String, in known: [String], at path: String) {
      guard !known.contains(name) else { return }
      result.append(
        (node.node(at: path) ?? node).error(
          "report.\(path)", "‘\(name)’ is not a metric; \(NearMiss.hint(name, in: known))"))
    }
    var used: Set<String> = []
    func checkName(_ name: String, at path: String) {
      let place = node.node(at: path + ".name") ?? node.node(at: path) ?? node
      let allowed = name.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
          || $0 == "-" || $0 == "_"
      }
      if name.isEmpty || !allowed {
        result.append(
          place.error(
            "report.\(path).name", "‘\(name)’ is no file name; allowed: letters, digits, - and _"))
      } else if !used.insert("\(path.prefix { $0 != "[" }) \(name)").inserted {
        result.append(place.error("report.\(path).name", "‘\(name)’ stands twice"))
      }
    }
    for (index, table) in tables.enumerated() {
      checkName(table.name, at: "tables[\(index)]")
      for (column, name) in table.columns.enumerated() {
        check(
          name, in: metrics + Self.countedColumns, at: "tables[\(index)].columns[\(column)]")
      }
    }
    for (index, figure) in figures.enumerated() {
      checkName(figure.name, at: "figures[\(index)]")
      check(figure.x, in: metrics, at: "figures[\(index)].x")
      check(figure.y, in: metrics, at: "figures[\(index)].y")
    }
    for (index, figure) in histories.enumerated() {
      checkName(figure.name, at: "histories[\(index)]")
    }
    for (index, picture) in pictures.enumerated() {
      checkName(picture.name, at: "pictures[\(index)]")
    }
    return result
  }
}
