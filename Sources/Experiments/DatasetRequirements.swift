// What a network must fit, known from the catalogue before any file is read.

import Datasets
import Tensors

/// Shapes and classes of the catalogue's data sets, for checking specs on machines that lack the data.
enum DatasetRequirements {
  /// The names in the catalogue.
  static var names: [String] { DatasetCatalog.knownEntries.map { $0.name } }

  /// The entry called `name`.
  static func entry(named name: String) -> DatasetEntry? {
    DatasetCatalog.knownEntries.first { $0.name == name }
  }
}
