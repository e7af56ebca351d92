// The code Θ of a whole group: for every tensor of the group its compressed form, and what a report needs to say about it.
// Parameters that no operator touched are held unchanged, so that the group decompresses to a complete network.

public import Tensors

/// A weight group in compressed form; its parts are in the order of the group it came from.
public struct CompressedGroup: Hashable, Sendable {
  /// A companion in compressed form.
  public struct CompressedCompanion: Hashable, Sendable {
    /// What the vector does.
    public let role: Companion.Role
    /// The parameter's name in the network.
    public let name: ParameterName
    /// Support and values.
    public internal(set) var code: CompressedTensor
    /// Whether an operator decided about this vector.
    public internal(set) var isCompressed: Bool
  }

  /// A weight tensor in compressed form, with its companions.
  public struct Member: Hashable, Sendable {
    /// The weight's name in the network.
    public let name: ParameterName
    /// What the tensor does in its network.
    public let kind: WeightKind
    /// Support and values.
    public internal(set) var code: CompressedTensor
    /// Whether an operator decided about this weight. Penalties and multipliers exist for these weights only.
    public internal(set) var isCompressed: Bool
    /// The vectors that follow the tensor's rows.
    public internal(set) var companions: [CompressedCompanion]
  }

  /// The members in the order of the group they came from.
  public internal(set) var members: [Member]

  /// The group as it is: every value in single precision, nothing compressed.
  public init(unchanged weights: WeightGroup) {
    members = weights.members.map { member in
      Member(
        name: member.name, kind: member.kind, code: CompressedTensor(member.tensor),
        isCompressed: false,
        companions: member.companions.map {
          CompressedCompanion(
            role: $0.role, name: $0.name, code: CompressedTensor($0.tensor), isCompressed: false)
        })
    }
  }

  /// Δ(Θ): the weights this code stands for, in single precision.
  public func decompressed() -> WeightGroup {
    WeightGroup(
      members.map { member in
        WeightGroup.Member(
          name: member.name, tensor: member.code.decompressed(), kind: member.kind,
          companions: member.companions.map {
            Companion(role: $0.role, name: $0.name, tensor: $0.code.decompressed())
          })
      })
  }

  /// The code of the weight or companion called `name`.
  public subscript(name: ParameterName) -> CompressedTensor? {
    for member in members {
      if member.name == name { return member.code }
      if let companion = member.companions.first(where: { $0.name == name }) {
        return companion.code
      }
    }
    return nil
  }

  /// The names of the weights that an operator decided about, companions not included.
  ///
  /// Source: condensa, section 2.1 (the tagged parameters).
  public var compressedWeightNames: [ParameterName] {
    members.filter { $0.isCompressed }.map { $0.name }
  }

  /// The number of elements that are not zero, over all tensors, companions included.
  public var nonzeroCount: Int { codes.reduce(0) { $0 + $1.nonzeroCount } }

  /// The compressed weights that have elements and no non-zero left: their layers pass nothing on but their bias.
  public var emptiedMembers: [ParameterName] {
    members.filter {
      $0.isCompressed && $0.code.shape.elementCount > 0 && $0.code.nonzeroCount == 0
    }
    .map { $0.name }
  }

  /// How many values that were not zero became zero because their format cannot hold them.
  public var underflowCount: Int { codes.reduce(0) { $0 + $1.underflowCount } }

  /// The codes of all tensors: each weight, then its companions.
  private var codes: [CompressedTensor] {
    members.flatMap { [$0.code] + $0.companions.map { $0.code } }
  }

  /// This code followed by `later`, a code of what this one stands for.
  public func followed(by later: CompressedGroup) -> CompressedGroup {
    var result = self
    for (place, member) in later.members.enumerated() {
      if member.isCompressed {
        result.members[place].code = members[place].code.followed(by: member.code)
        result.members[place].isCompressed = true
      }
      for (index, companion) in member.companions.enumerated() where companion.isCompressed {
        let code = members[place].companions[index].code.followed(by: companion.code)
        result.members[place].companions[index].code = code
        result.members[place].companions[index].isCompressed = true
      }
    }
    return result
  }
}
