// What records say about networks in blocks: stored values and multiplications (micro-structured-unification, section 4). Networks
// without blocks have none of these metrics, so their records stay as they are.

public import Compression
import Methods
import Networks
import Tensors

extension BlockRow {
  /// The counts of a tensor in blocks.
  public init(_ values: UnifiedValues) {
    self.init(
      block: values.partition.block, order: values.partition.order.rawValue,
      pruned: values.count(.prune), unified: values.count(.unify), kept: values.count(.keep),
      storedValues: values.storedCount, signAndTagBits: values.signBits + values.tagBits)
  }
}

extension RunExecutor {
  /// Stored values and multiplications of the returned network; empty if none of its weights is in blocks.
  func blockMetrics(_ outcome: CompressionOutcome) -> [String: Double] {
    let code = code(outcome)
    var blocks: [String: UnifiedValues] = [:]
    var (weightCount, storedCount) = (0, 0)
    for member in code.members {
      weightCount += member.code.shape.elementCount
      blocks[member.name.layer] = member.code.unified
      storedCount += member.code.unified?.storedCount ?? member.code.values.count
    }
    guard !blocks.isEmpty else { return [:] }
    var (dense, made) = (0, 0)
    for cost in outcome.network.costs {
      dense += cost.denseMultiplyAccumulates
      if let values = blocks[cost.name] {
        // Every weight is used once per output position.
        let positions = cost.denseMultiplyAccumulates / max(1, values.partition.shape.elementCount)
        made += positions * values.multiplications
      } else {
        made += cost.multiplyAccumulates
      }
    }
    return [
      "stored-values-ratio": Double(weightCount) / Double(max(1, storedCount)),
      "multiplications": Double(made),
      "multiplication-ratio": Double(dense) / Double(max(1, made)),
    ]
  }
}
