// What operators see: an ordered list of named tensors with their kind, and the companions that follow their rows.

public import Tensors

/// What a weight tensor does in its network; operators choose by it.
public enum WeightKind: String, Codable, Hashable, Sendable, CaseIterable {
  case linear
  case convolution
  case depthwise
  case recurrent
  case embedding
}

/// Named weight tensors that are compressed together.
public struct WeightGroup: Hashable, Sendable {
  /// A parameter that belongs to the rows (outputs) of a weight tensor.
  public struct Companion: Hashable, Sendable {
    /// What the parameter does.
    public enum Role: String, Codable, Hashable, Sendable { case bias, scale, shift }

    /// What the parameter does.
    public var role: Role
    /// Its name.
    public var name: ParameterName
    /// One element per row of the weight tensor.
    public var tensor: Tensor

    public init(role: Role, name: ParameterName, tensor: Tensor) {
      self.role = role
      self.name = name
      self.tensor = tensor
    }
  }

  /// One weight tensor with its companions.
  public struct Member: Hashable, Sendable {
    /// The name of the weight tensor.
    public var name: ParameterName
    /// `[out, in]` or `[out, in, height, width]`.
    public var tensor: Tensor
    /// What it does.
    public var kind: WeightKind
    /// The parameters that follow its rows.
    public var companions: [Companion]

    public init(
      name: ParameterName, tensor: Tensor, kind: WeightKind, companions: [Companion] = []
    ) {
      self.name = name
      self.tensor = tensor
      self.kind = kind
      self.companions = companions
    }
  }

  /// The members, in the order of the network.
  public var members: [Member]

  public init(_ members: [Member]) { self.members = members }

  /// The tensor called `name`, a weight or a companion.
  public func tensor(named name: ParameterName) -> Tensor? {
    for member in members {
      if member.name == name { return member.tensor }
      for companion in member.companions where companion.name == name { return companion.tensor }
    }
    return nil
  }

  /// Elements of the weight tensors that are not zero; companions are not counted.
  public var nonzeroCount: Int { members.reduce(0) { $0 + $1.tensor.nonzeroCount } }

  /// The group with every tensor replaced by `transform` of its name and values.
  func mapped<Failure: Error>(
    _ transform: (ParameterName, Tensor) throws(Failure) -> Tensor
  ) throws(Failure) -> WeightGroup {
    var result = self
    for index in members.indices {
      result.members[index].tensor = try transform(members[index].name, members[index].tensor)
      for number in members[index].companions.indices {
        let companion = members[index].companions[number]
        result.members[index].companions[number].tensor = try transform(
          companion.name, companion.tensor)
      }
    }
    return result
  }
}
