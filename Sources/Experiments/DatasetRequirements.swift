// What a network must fit, known from the catalogue before any file is read.

import Datasets
import Tensors

/// Shapes and classes of the catalogue's data sets, for checking specs on machines that lack the data.
enum DatasetRequirements {
  /// The names in the catalogue.
  static var names: [String] { DatasetCatalog.entries.map { $0.name } }

  /// The shape of one image, `[height, width, channels]`; nil for an unknown name.
  static func imageShape(of name: String) -> Shape? {
    DatasetCatalog.entries.first { $0.name == name }?.imageShape
  }

  /// The number of classes; nil for an unknown name.
  static func classCount(of name: String) -> Int? {
    DatasetCatalog.entries.first { $0.name == name }?.classCount
  }
}
