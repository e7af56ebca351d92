// What an operator works on: an ordered group of named weight tensors, each with the bias, scale and shift that follow
// its rows. Operators see no network: layers are coupled here because a global threshold or a budget couples them.

public import Tensors

/// What a weight tensor does in its network; operators decide by it whether the tensor concerns them.
public enum WeightKind: String, CaseIterable, Codable, Hashable, Sendable {
  /// `[out, in]`, a fully connected layer.
  case linear
  /// `[out, in, height, width]`, every output channel sees every input channel.
  case convolution
  /// `[channels, 1, height, width]`, every channel has its own filter.
  case depthwise
  /// The stacked gate matrices of a recurrent layer.
  case recurrent
  /// `[words, features]`, a table of vectors.
  case embedding
}

/// A vector that follows the rows (the outputs) of a weight tensor.
public struct Companion: Hashable, Sendable {
  /// What the vector does to the outputs.
  public enum Role: String, CaseIterable, Codable, Hashable, Sendable {
    /// Added to the outputs of the layer itself.
    case bias
    /// Multiplies the normalised outputs.
    case scale
    /// Added to the normalised outputs.
    case shift
  }

  /// What the vector does.
  public let role: Role
  /// The parameter's name in the network.
  public let name: ParameterName
  /// One value per row of the weight tensor.
  public var tensor: Tensor

  public init(role: Role, name: ParameterName, tensor: Tensor) {
    self.role = role
    self.name = name
    self.tensor = tensor
  }
}

/// An ordered list of named weight tensors with their kinds and companions.
public struct WeightGroup: Hashable, Sendable {
  /// One weight tensor and what follows its rows.
  public struct Member: Hashable, Sendable {
    /// The weight's name in the network.
    public let name: ParameterName
    /// The weights, outputs first.
    public var tensor: Tensor
    /// What the tensor does in its network.
    public let kind: WeightKind
    /// The vectors that follow the tensor's rows.
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

  /// The members in the order of the network; ties and indices are counted in this order.
  public private(set) var members: [Member]

  /// A group of the given members.
  ///
  /// - Precondition: no name occurs twice, among members and companions together.
  public init(_ members: [Member]) {
    var seen: Set<ParameterName> = []
    for name in members.flatMap({ [$0.name] + $0.companions.map { $0.name } }) {
      precondition(seen.insert(name).inserted, "the group holds two parameters called \(name)")
    }
    self.members = members
  }

  /// The names of all tensors: each weight, then its companions.
  public var names: [ParameterName] {
    members.flatMap { [$0.name] + $0.companions.map { $0.name } }
  }

  /// The member whose weight is called `name`.
  public func member(_ name: ParameterName) -> Member? { members.first { $0.name == name } }

  /// The tensor called `name`, a weight or a companion.
  public subscript(name: ParameterName) -> Tensor? {
    for member in members {
      if member.name == name { return member.tensor }
      if let companion = member.companions.first(where: { $0.name == name }) {
        return companion.tensor
      }
    }
    return nil
  }

  /// Puts `tensor` in the place of the weight or companion called `name`.
  ///
  /// - Precondition: the group holds `name`, with the same shape.
  public mutating func replace(_ name: ParameterName, with tensor: Tensor) {
    func check(_ old: Tensor) {
      precondition(
        old.shape == tensor.shape, "\(name) has shape \(old.shape), its replacement \(tensor.shape)"
      )
    }
    for place in members.indices {
      if members[place].name == name {
        check(members[place].tensor)
        members[place].tensor = tensor
        return
      }
      for index in members[place].companions.indices
      where members[place].companions[index].name == name {
        check(members[place].companions[index].tensor)
        members[place].companions[index].tensor = tensor
        return
      }
    }
    preconditionFailure("the group holds no parameter called \(name)")
  }

  /// The number of elements over all tensors, companions included.
  public var elementCount: Int {
    members.reduce(0) { sum, member in
      sum + member.tensor.count + member.companions.reduce(0) { $0 + $1.tensor.count }
    }
  }

  /// The number of elements that are not zero over all tensors, companions included.
  public var nonzeroCount: Int {
    members.reduce(0) { sum, member in
      sum + member.tensor.nonzeroCount
        + member.companions.reduce(0) { $0 + $1.tensor.nonzeroCount }
    }
  }

  /// The sum of squared differences from `other` over all tensors, in Double.
  ///
  /// - Precondition: both groups hold the same names and shapes in the same order.
  public func squaredDistance(to other: WeightGroup) -> Double {
    precondition(names == other.names, "the groups hold \(names) and \(other.names)")
    var sum = 0.0
    for (member, rival) in zip(members, other.members) {
      sum += member.tensor.squaredDistance(to: rival.tensor)
      for (companion, opposite) in zip(member.companions, rival.companions) {
        sum += companion.tensor.squaredDistance(to: opposite.tensor)
      }
    }
    return sum
  }
}
