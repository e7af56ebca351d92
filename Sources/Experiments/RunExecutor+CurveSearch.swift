// A search on a curve as a run: no network, no data, only the strategy's samples.

import Reproducibility
import Training

extension RunExecutor {
  /// Repeats the search and summarises what it found.
  func computeCurveSearch(_ search: CurveSearch, seed: Int) throws -> Computation {
    let began = ProcessClock.processorSeconds
    let result = try CurveSearchResult(search, seed: Seed(UInt64(seed)).child("curve"))
    var computation = Computation()
    computation.metrics = result.metrics
    computation.history = result.history.map {
      HistoryRow(step: $0.step, metric: $0.metric, value: $0.value)
    }
    computation.processorSeconds = ProcessClock.processorSeconds - began
    return computation
  }
}
