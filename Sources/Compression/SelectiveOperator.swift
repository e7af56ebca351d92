// Which weights an operator works on: the released kinds by default, others when a spec names them or their kind.
// A pattern with a part that selects nothing is a mistake of the spec and is refused.

import Reproducibility
public import Tensors

/// An operator that works on a choice of weights: by kind, by name, without the skipped ones.
public protocol SelectiveOperator: CompressionOperator {
  /// The kinds the operator works on when a spec names neither kinds nor layers.
  static var defaultKinds: Set<WeightKind> { get }
  /// Layers to leave as they are.
  var skip: ParameterPattern? { get }
  /// The layers to work on, of whatever kind they are; nil for all.
  var only: ParameterPattern? { get }
  /// The kinds to work on; nil for the default kinds, or for every kind where `only` names the layers.
  var kinds: [WeightKind]? { get }
}

extension SelectiveOperator {
  /// The places of the members that the operator works on, in the order of the group.
  ///
  /// - Throws: `patternMatchesNothing` for a part of a pattern that selects no member, `nothingEligible` if none is left.
  func places(in weights: WeightGroup) throws(CompressionError) -> [Int] {
    try requireMatches(only, field: "only", in: weights)
    try requireMatches(skip, field: "skip", in: weights)
    let allowed = kinds.map { Set($0) } ?? (only == nil ? Self.defaultKinds : nil)
    let places = weights.members.indices.filter { place in
      let member = weights.members[place]
      return allowed?.contains(member.kind) != false && only?.matches(member.name) != false
        && skip?.matches(member.name) != true
    }
    guard !places.isEmpty else { throw .nothingEligible(operator: Self.name, skip: skip?.text) }
    return places
  }

  /// Refuses an empty list of kinds.
  func requireKinds() throws(CompressionError) {
    guard kinds?.isEmpty != true else {
      let known = WeightKind.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw .impossibleValue(field: "kinds", value: "an empty list", allowed: known)
    }
  }

  /// Refuses a pattern if one of its alternatives selects no member of any kind.
  private func requireMatches(
    _ pattern: ParameterPattern?, field: String, in weights: WeightGroup
  ) throws(CompressionError) {
    guard let pattern else { return }
    for part in pattern.text.split(separator: ",", omittingEmptySubsequences: false) {
      let alternative = ParameterPattern(String(part))
      guard weights.members.contains(where: { alternative.matches($0.name) }) else {
        throw .patternMatchesNothing(
          field: field, pattern: part.trimmed, names: weights.members.map { $0.name })
      }
    }
  }
}

extension Substring {
  /// The text without spaces at its ends.
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
