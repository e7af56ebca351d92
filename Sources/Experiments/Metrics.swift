// The metrics of records: their names, units and directions are declared once, here.

/// A quantity that records hold.
public struct Metric: Hashable, Sendable {
  /// Which way is better.
  public enum Direction: String, Sendable { case higher, lower, neither }

  /// The name in records and specs.
  public let name: String
  /// The heading of a table column or axis.
  public let label: String
  /// The unit; empty for ratios and counts.
  public let unit: String
  /// Which way is better.
  public let direction: Direction
  /// Digits after the point in tables.
  public let digits: Int
  /// What exactly is counted, in one sentence.
  public let meaning: String

  /// Every metric, in the order in which reports list them.
  public static let all: [Metric] = [
    Metric(
      name: "test-accuracy", label: "test accuracy", unit: "%", direction: .higher, digits: 2,
      meaning: "correctly classified test examples; evaluated once, at the end of the run"),
    Metric(
      name: "test-accuracy-change", label: "change against own dense", unit: "points",
      direction: .higher, digits: 2,
      meaning: "test accuracy minus that of the dense network with the same seed"),
    Metric(
      name: "test-loss", label: "test loss", unit: "nats", direction: .lower, digits: 4,
      meaning: "mean softmax cross-entropy on the test examples"),
    Metric(
      name: "test-perplexity", label: "test perplexity", unit: "", direction: .lower, digits: 1,
      meaning:
        "exp of the test loss over the words of a text, read in ten columns; evaluated once, at the end of the run"
    ),
    Metric(
      name: "validation-accuracy", label: "validation accuracy", unit: "%", direction: .higher,
      digits: 2, meaning: "correctly classified validation examples"),
    Metric(
      name: "validation-loss", label: "validation loss", unit: "nats", direction: .lower,
      digits: 4, meaning: "mean softmax cross-entropy on the validation examples"),
    Metric(
      name: "validation-perplexity", label: "validation perplexity", unit: "", direction: .lower,
      digits: 1, meaning: "exp of the validation loss over the words of a text, read in ten columns"
    ),
    Metric(
      name: "payload-ratio", label: "payload ratio", unit: "×", direction: .higher, digits: 1,
      meaning:
        "bytes of the dense network's non-zero float32 values over bytes of the non-zero values kept, all parameters counted, no positions (Condensa's rule)"
    ),
    Metric(
      name: "indexed-ratio", label: "ratio with positions", unit: "×", direction: .higher,
      digits: 1,
      meaning: "dense bytes over payload plus a bitmap of positions for every pruned tensor"),
    Metric(
      name: "common-ratio", label: "ratio, all told", unit: "×", direction: .higher, digits: 1,
      meaning: "dense bytes over the common payload"),
    Metric(
      name: "common-bytes", label: "common payload", unit: "B", direction: .lower, digits: 0,
      meaning:
        "values of all parameters, codebooks and scales, and positions as the cheaper of bitmap and relative index, tensor by tensor"
    ),
    Metric(
      name: "weight-ratio", label: "ratio of weight bits", unit: "×", direction: .higher, digits: 1,
      meaning:
        "32 bits for every weight over the bits of the non-zero weights; positions, codebooks and biases free (the joint paper's rule)"
    ),
    Metric(
      name: "weight-bits", label: "weight bits", unit: "bit", direction: .lower, digits: 0,
      meaning: "bits of the non-zero weights: Σ b·nnz over the layers"),
    Metric(
      name: "average-bits", label: "bits per weight", unit: "bit", direction: .lower, digits: 2,
      meaning: "bits of the non-zero weights over their number"),
    Metric(
      name: "released-ratio", label: "released report", unit: "×", direction: .higher, digits: 1,
      meaning:
        "what the authors' code prints: log₂ of the number of distinct non-zeros, not rounded up, times the non-zeros left"
    ),
    Metric(
      name: "payload-bytes", label: "payload", unit: "B", direction: .lower, digits: 0,
      meaning: "bytes of the non-zero values of all parameters"),
    Metric(
      name: "indexed-bytes", label: "payload + bitmap", unit: "B", direction: .lower, digits: 0,
      meaning: "payload plus one bit per element of every pruned tensor"),
    Metric(
      name: "row-indexed-bytes", label: "payload + row indices", unit: "B", direction: .lower,
      digits: 0,
      meaning: "payload plus compressed-row indices of every pruned tensor"),
    Metric(
      name: "dense-bytes", label: "dense size", unit: "B", direction: .lower, digits: 0,
      meaning: "four bytes for every parameter"),
    Metric(
      name: "nonzero-weights", label: "non-zero weights", unit: "", direction: .lower, digits: 0,
      meaning: "weights (no biases) that are not zero"),
    Metric(
      name: "weight-density", label: "weight density", unit: "%", direction: .neither, digits: 2,
      meaning: "non-zero weights over all weights"),
    Metric(
      name: "multiply-accumulates", label: "multiply–accumulates", unit: "", direction: .lower,
      digits: 0, meaning: "per image, weights that are zero skipped"),
    Metric(
      name: "arithmetic-ratio", label: "arithmetic saved", unit: "×", direction: .higher,
      digits: 1, meaning: "multiply–accumulates of the dense network over those that remain"),
    Metric(
      name: "stored-values-ratio", label: "ratio of stored values", unit: "×", direction: .higher,
      digits: 2,
      meaning:
        "all weights over the values stored for them: one per unified block, one per kept weight, none for pruned ones; signs and tags free"
    ),
    Metric(
      name: "multiplications", label: "multiplications", unit: "", direction: .lower, digits: 0,
      meaning:
        "per image: a pruned block none, a unified one the smaller of its outputs and inputs per position, a kept one all; outside of blocks weights that are zero are skipped"
    ),
    Metric(
      name: "multiplication-ratio", label: "multiplications saved", unit: "×", direction: .higher,
      digits: 2, meaning: "multiplications of the dense network over those that remain"),
    Metric(
      name: "hard-accuracy", label: "at the projection", unit: "%", direction: .higher, digits: 2,
      meaning: "validation accuracy at the last projection, before retraining"),
    Metric(
      name: "relative-residual", label: "residual", unit: "", direction: .lower, digits: 4,
      meaning:
        "largest ‖W − Z‖/‖W‖ of the compressed layers in the last round, before the hard projection"
    ),
    Metric(
      name: "selection-gap", label: "gap of selection", unit: "", direction: .lower, digits: 4,
      meaning:
        "by what share the last projection costs more because blocks to prune are chosen before blocks to unify, not together with them"
    ),
    Metric(
      name: "scheme-density", label: "density set", unit: "", direction: .neither, digits: 4,
      meaning:
        "the density of the scheme at which the projected dense network has the size that the run matches"
    ),
    Metric(
      name: "updates", label: "updates", unit: "", direction: .neither, digits: 0,
      meaning: "minibatch updates made by this run, without those of the dense network"),
    Metric(
      name: "kept-update", label: "kept update", unit: "", direction: .neither, digits: 0,
      meaning: "the update whose state is returned"),
    Metric(
      name: "emptied-layers", label: "emptied layers", unit: "", direction: .lower, digits: 0,
      meaning: "layers without a non-zero weight"),
    Metric(
      name: "accuracy-sparsity", label: "s_acc", unit: "", direction: .higher, digits: 3,
      meaning: "the largest sparsity sampled whose learned result reaches the level on validation"),
    Metric(
      name: "chosen-sparsity", label: "s*", unit: "", direction: .higher, digits: 3,
      meaning: "the sparsity of the returned network, the best by the search's objective"),
    Metric(
      name: "learned-samples", label: "learned runs", unit: "", direction: .lower, digits: 0,
      meaning: "learned runs that the search evaluated, neighbours of s_acc included"),
    Metric(
      name: "searched-sparsity", label: "median s_acc", unit: "", direction: .higher, digits: 4,
      meaning: "median over the repetitions of a search on a curve"),
    Metric(
      name: "searched-sparsity-low", label: "95 % from", unit: "", direction: .neither, digits: 3,
      meaning: "lower end of the order-statistics interval for that median"),
    Metric(
      name: "searched-sparsity-high", label: "to", unit: "", direction: .neither, digits: 3,
      meaning: "upper end of that interval"),
    Metric(
      name: "searched-sparsity-p10", label: "p10", unit: "", direction: .neither, digits: 3,
      meaning: "tenth percentile of the repetitions"),
    Metric(
      name: "searched-sparsity-p90", label: "p90", unit: "", direction: .neither, digits: 3,
      meaning: "ninetieth percentile of the repetitions"),
    Metric(
      name: "target-sparsity", label: "first crossing", unit: "", direction: .neither, digits: 4,
      meaning: "the smallest sparsity at which the curve falls below the level"),
    Metric(
      name: "found-share", label: "within .01", unit: "%", direction: .higher, digits: 1,
      meaning: "repetitions whose result lies at most .01 below the first crossing"),
    Metric(
      name: "island-share", label: "on an island", unit: "%", direction: .neither, digits: 1,
      meaning: "repetitions whose result reaches the level beyond the first crossing"),
    Metric(
      name: "infeasible-share", label: "infeasible", unit: "%", direction: .lower, digits: 1,
      meaning: "repetitions whose result lies below the level on the curve, or that found nothing"),
    Metric(
      name: "samples-to-target", label: "samples to .01", unit: "", direction: .lower, digits: 1,
      meaning:
        "median number of samples until one lies at most .01 below the first crossing; one more than the budget if never"
    ),
  ]

  /// The metric called `name`.
  public static func named(_ name: String) -> Metric? { all.first { $0.name == name } }
}
