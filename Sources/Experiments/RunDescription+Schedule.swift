// How long a run trains, known from its description before any data is read: what a plan costs, and how far a run is from a
// published schedule.

import Datasets
import Methods
public import Training

extension RunDescription {
  /// The examples of one epoch; nil where the size of the data set is not known before it is read.
  public var epochLength: EpochLength? {
    guard let dataset, let entry = try? dataset.entry(),
      let count = try? entry.split(named: dataset.split).trainingCount
    else { return nil }
    let limit = dataset.trainingLimit
    if entry.isText { return .words(limit > 0 ? min(limit, count) : count) }
    let images = max(0, count - dataset.validation)
    return .images(limit > 0 ? min(limit, images) : images)
  }

  /// Minibatch updates of the method, or of the dense training of a dense run; nil where that is not known.
  public var updateCount: Int? {
    epochLength.flatMap { method?.method.updateCount(over: $0) ?? dense?.updateCount(over: $0) }
  }

  /// Examples in a minibatch of the same training; nil where nothing is trained.
  public var batchSize: Int? {
    guard let method else { return dense?.batch }
    return method.method.learning?.batch ?? method.method.recipes.first?.recipe.batch
  }
}
