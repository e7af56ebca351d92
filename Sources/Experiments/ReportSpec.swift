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

/// A table of paired differences: one row per pair of rows, compared on the seeds that both have.
public struct ComparisonSpec: Defaulted {
  /// The file name without extension.
  public var name = "comparison"
  /// The caption.
  public var title = ""
  /// The metric compared.
  public var metric = "test-accuracy"
  /// What selects the first row of every pair: `method`, `dataset` or the name of a swept value.
  public var of: [String: JSONValue] = [:]
  /// What selects the row that is subtracted.
  public var minus: [String: JSONValue] = [:]
  /// The pairs; each adds to `of` and `minus`.
  public var pairs: [ComparedPair] = []
  /// What the values under `reference` are, as the head of their columns.
  public var referenceLabel = "reference"
  /// The data set that the references belong to; nil for any.
  public var referenceDataset: String?
  public init() {}
}

extension ComparisonSpec {
  /// What selects the first row of a pair.
  public func rule(ofFirst pair: ComparedPair) -> [String: JSONValue] {
    of.merging(pair.where) { $1 }.merging(pair.of) { $1 }
  }

  /// What selects the row that is subtracted in a pair.
  public func rule(ofSecond pair: ComparedPair) -> [String: JSONValue] {
    minus.merging(pair.where) { $1 }.merging(pair.minus) { $1 }
  }
}

/// Two rows that are compared.
public struct ComparedPair: Defaulted {
  /// What the pair is called.
  public var label = ""
  /// What selects both rows, besides the comparison's own `of` and `minus`.
  public var `where`: [String: JSONValue] = [:]
  /// What selects the first row alone.
  public var of: [String: JSONValue] = [:]
  /// What selects the row that is subtracted alone.
  public var minus: [String: JSONValue] = [:]
  /// A single run of the first row that was made elsewhere, to be found in the prediction interval or not.
  public var reference: Double?
  /// The same of the second row.
  public var referenceMinus: Double?
  public init() {}
}

/// A comparison of methods where they cost the same: a table of a metric at given sizes, the paired differences from a baseline, and
/// a figure of all curves with their Pareto front, per data set.
public struct MatchedSpec: Defaulted {
  /// The file name without extension.
  public var name = "matched"
  /// The caption of the table.
  public var title = ""
  /// The caption of the figure.
  public var caption = ""
  /// What counts as size: a metric that grows as networks shrink, or a column of measured speed.
  public var size = "common-ratio"
  /// The sizes at which methods are compared.
  public var at: [Double] = []
  /// The metric compared.
  public var metric = "test-accuracy"
  /// The swept values that walk along a curve; all others tell curves apart.
  public var along = ["ratio"]
  /// What selects the curve that all others are compared with: `method` or the name of a swept value.
  public var baseline: [String: JSONValue] = [:]
  /// Only rows with these values, by `method`, `dataset` or the name of a swept value; a list means any of them.
  public var `where`: [String: [JSONValue]] = [:]
  /// Whether points published elsewhere for the network and the data are drawn behind the curves.
  public var literature = false
  /// The smallest metric shown in the figure; nil to fit the data.
  public var minimumY: Double?
  public init() {}
}

/// A figure: one metric against another, one line per method or other swept value, one panel per data set.
public struct FigureSpec: Defaulted {
  /// The file name without extension.
  public var name = "figure"
  /// The caption.
  public var caption = ""
  /// The metric along x, or a column of measured speed.
  public var x = "payload-ratio"
  /// The metric along y.
  public var y = "test-accuracy"
  /// What the lines are: `method` or the name of a swept value.
  public var lines = "method"
  /// The swept value of which each value has a panel of its own; nil for none.
  public var panels: String?
  /// Only rows with these values, by `method`, `dataset` or the name of a swept value; a list means any of them.
  public var `where`: [String: [JSONValue]] = [:]
  /// Whether x is logarithmic.
  public var logarithmic = true
  /// The smallest y shown; nil to fit the data.
  public var minimumY: Double?
  public init() {}
}

/// A figure of histories: metrics of history.csv against the step, one line per row of the table, mean over seeds.
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
  /// Several metrics side by side, three at most, in the place of `metric`, `label` and `logarithmic`.
  public var panels: [HistoryPanelSpec] = []
  /// Only rows with these values, by `method`, `dataset` or the name of a swept value; a list means any of them.
  public var `where`: [String: [JSONValue]] = [:]
  public init() {}

  /// What is drawn, from left to right: `panels`, or the single metric.
  public var drawnPanels: [HistoryPanelSpec] {
    if !panels.isEmpty { return panels }
    var single = HistoryPanelSpec()
    (single.metric, single.label, single.logarithmic) = (metric, label, logarithmic)
    return [single]
  }
}

/// One of several metrics in a figure of histories.
public struct HistoryPanelSpec: Defaulted {
  /// The history's metric.
  public var metric = ""
  /// What the metric is.
  public var label = ""
  /// Whether the values are drawn on a logarithmic axis.
  public var logarithmic = false
  public init() {}
}

/// What is known of a weight tensor from the `layers` of a record.
public enum LayerQuantity: String, Codable, Hashable, Sendable, CaseIterable {
  /// Elements that are not zero.
  case nonzeros
  /// Their share of all elements, in per cent.
  case density
  /// Bits that each of them takes.
  case bits
}

/// A figure of layers: what is left of every weight tensor, in network order, one marker per row of the table, mean over seeds
/// with the 95 % t-interval; one panel per quantity.
///
/// The dense network is shown only where `where` names it: next to its 32 bits all others would look alike.
public struct LayerFigureSpec: Defaulted {
  /// The file name without extension.
  public var name = "layers"
  /// The caption.
  public var caption = ""
  /// What is drawn, one panel each.
  public var quantities: [LayerQuantity] = [.nonzeros, .bits]
  /// Only rows with these values, by `method`, `dataset` or the name of a swept value; a list means any of them.
  public var `where`: [String: [JSONValue]] = [:]
  /// Whether non-zeros and density are drawn on logarithmic axes; bits never are.
  public var logarithmic = true
  public init() {}
}

/// A picture of a layer's filters, or of a part of its matrix, before and after a method.
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
  public var coordinates: [String: JSONValue] = [:]
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
  /// The tables of paired differences.
  public var comparisons: [ComparisonSpec] = []
  /// The comparisons at matched size.
  public var matched: [MatchedSpec] = []
  /// The figures.
  public var figures: [FigureSpec] = []
  /// The figures of histories.
  public var histories: [HistoryFigureSpec] = []
  /// The figures of layers.
  public var layers: [LayerFigureSpec] = []
  /// The pictures of filters.
  public var pictures: [PictureSpec] = []
  public init() {}

  /// The files that the report writes into the paper's folder, without their extensions.
  public var files: [String] {
    (tables.map { $0.name } + comparisons.map { $0.name } + matched.map { $0.name })
      .map { "tables/\($0)" }
      + (matched.map { $0.name } + figures.map { $0.name } + histories.map { $0.name }
      + layers.map { $0.name } + pictures.map { $0.name }).map { "figures/\($0)" }
  }
}
