// What a report shows of an experiment: declared in its spec, but no part of a run's identity.

public import Reproducibility

/// A table of an experiment: one row per cell, one column per metric, aggregated over seeds.
public struct TableSpec: Defaulted {
  /// The file name without extension.
  public var name = "results"
  /// The caption.
  public var title = ""
  /// Metric names, in column order; `file-bytes`, `seeds` and `processor-seconds` are known besides.
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

/// What a report shows of an experiment.
public struct ReportSpec: Defaulted {
  /// The tables.
  public var tables: [TableSpec] = []
  /// The figures.
  public var figures: [FigureSpec] = []
  /// The pictures of filters.
  public var pictures: [PictureSpec] = []
  public init() {}
}
