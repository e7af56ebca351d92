// Everything a training run needs to go on after it was killed: a checkpoint is this value in a safetensors file.

public import Foundation
public import Tensors
import Files
public import ModelFiles
import Reproducibility

/// One number of a run's history.
public struct HistoryRow: Codable, Hashable, Sendable {
  /// The update after which it was taken, counted from 1 (0: before the first).
  public var step: Int
  /// The name of the metric.
  public var metric: String
  /// Its value.
  public var value: Double

  public init(step: Int, metric: String, value: Double) {
    self.step = step
    self.metric = metric
    self.value = value
  }
}

/// The state of a training run between two updates.
public struct TrainingState: Sendable {
  /// Numbers of the state; tensors are stored beside them.
  public struct Counters: Codable, Sendable {
    /// Updates done.
    public var update = 0
    /// The sum of the batches' losses in the current epoch.
    var epochLossSum = 0.0
    /// The images, or words, seen in the current epoch.
    var epochImageCount = 0
    /// Processor seconds spent so far, in this and earlier processes.
    public var processorSeconds = 0.0
    /// The validation loss of the best epoch so far.
    public var bestLoss = Double.infinity
    /// The update at which it was reached.
    public var bestUpdate = 0
    /// What has been measured so far.
    public var history: [HistoryRow] = []
    /// Learning rounds done, where training is one step of a method that alternates.
    public var round: Int?
    /// Whole numbers that a method keeps, by name.
    public var numbers: [String: [Int]]?
    /// In a file: how many tensors each layer carries from one minibatch to the next; nil if none does.
    fileprivate var carriedCounts: [Int]?

    /// Numbers before the first update.
    public init() {}
  }

  /// The numbers.
  public var counters = Counters()
  /// The values of the parameters.
  public var parameters: [Tensor]
  /// Tensors that belong to each parameter and have its shape: the optimizer's, or a method's copies and multipliers.
  public var buffers: [[Tensor]]
  /// The parameters of the best epoch so far; empty if the last state is kept.
  public var best: [Tensor] = []

  /// What recurrent layers carry from one minibatch of a text to the next, by layer; empty where nothing is carried.
  public var carried: [[Tensor]] = []

  /// The state before the first update.
  public init(parameters: [Tensor], buffers: [[Tensor]]) {
    self.parameters = parameters
    self.buffers = buffers
  }

  /// Updates done.
  public var update: Int { counters.update }
}

/// A file that holds the newest state of one training run.
public struct CheckpointFile: Sendable {
  /// Where it is.
  public let url: URL
  /// What it belongs to; a file with another identity is not used.
  public let identity: String

  public init(url: URL, identity: String) {
    self.url = url
    self.identity = identity
  }

  /// Replaces the stored state, durably.
  public func save(_ state: TrainingState) throws(TrainingError) {
    do {
      var tensors: [(ParameterName, Tensor)] = []
      for (index, tensor) in state.parameters.enumerated() {
        tensors.append((ParameterName("parameters.\(index)"), tensor))
      }
      for (index, buffers) in state.buffers.enumerated() {
        for (number, buffer) in buffers.enumerated() {
          tensors.append((ParameterName("buffers.\(index).\(number)"), buffer))
        }
      }
      for (index, tensor) in state.best.enumerated() {
        tensors.append((ParameterName("best.\(index)"), tensor))
      }
      for (layer, carried) in state.carried.enumerated() {
        for (number, tensor) in carried.enumerated() {
          tensors.append((ParameterName("carried.\(layer).\(number)"), tensor))
        }
      }
      var numbers = state.counters
      if state.carried.contains(where: { !$0.isEmpty }) {
        numbers.carriedCounts = state.carried.map { $0.count }
      }
      let counters = String(decoding: try CanonicalJSON.encode(numbers), as: UTF8.self)
      let file = SafetensorsFile(
        tensors.map { StoredTensor($0.0, $0.1, as: .float32) },
        metadata: ["identity": identity, "counters": counters])
      let data = file.encoded()
      var sealed = data
      sealed.append(Data(Digest(of: data).hexadecimal.utf8))  // a torn or altered file is noticed
      try DurableFile.replace(sealed, at: url)
    } catch {
      throw .checkpoint(path: url.path, problem: "\(error)")
    }
  }

  /// The safetensors file in a checkpoint's bytes; nil if they are no checkpoint, or not whole.
  public static func unsealed(_ sealed: Data, path: String) -> SafetensorsFile? {
    guard sealed.count > 64 else { return nil }
    let data = sealed.dropLast(64)
    guard Digest(of: data).hexadecimal == String(decoding: sealed.suffix(64), as: UTF8.self) else {
      return nil
    }
    return try? SafetensorsFile(data: data, path: path)
  }

  /// The file of one part of the same run, beside this one.
  public func part(_ name: String) -> CheckpointFile {
    CheckpointFile(
      url: url.deletingPathExtension().appendingPathExtension("\(name).safetensors"),
      identity: "\(identity) \(name)")
  }

  /// The stored state; nil if there is none that belongs here and is whole.
  ///
  /// - Parameter state: what its tensors must look like: their number and shapes.
  public func load(like state: TrainingState) -> TrainingState? {
    guard let sealed = try? Data(contentsOf: url),
      let file = Self.unsealed(sealed, path: url.path),
      file.metadata["identity"] == identity, let text = file.metadata["counters"],
      let counters = try? CanonicalJSON.decode(TrainingState.Counters.self, from: Data(text.utf8))
    else { return nil }
    var result = state
    result.counters = counters
    func tensor(_ name: String, _ shape: Shape) -> Tensor? {
      guard let found = try? file.tensor(named: ParameterName(name)), found.shape == shape else {
        return nil
      }
      return found
    }
    for index in state.parameters.indices {
      let shape = state.parameters[index].shape
      guard let parameter = tensor("parameters.\(index)", shape) else { return nil }
      result.parameters[index] = parameter
      for number in state.buffers[index].indices {
        guard let buffer = tensor("buffers.\(index).\(number)", shape) else { return nil }
        result.buffers[index][number] = buffer
      }
    }
    for (layer, count) in (counters.carriedCounts ?? []).enumerated() {
      let names = (0..<count).map { ParameterName("carried.\(layer).\($0)") }
      let tensors = names.compactMap { try? file.tensor(named: $0) }
      guard tensors.count == count else { return nil }
      result.carried.append(tensors)
    }
    result.counters.carriedCounts = nil
    if file.tensors.contains(where: { $0.name == "best.0" }) {
      result.best = []
      for index in state.parameters.indices {
        guard let best = tensor("best.\(index)", state.parameters[index].shape) else { return nil }
        result.best.append(best)
      }
    }
    return result
  }

  /// Removes the file and its parts once what they led to is stored.
  public func remove() {
    let folder = url.deletingLastPathComponent()
    let stem = url.deletingPathExtension().lastPathComponent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(stem + ".") {
      try? FileManager.default.removeItem(at: folder.appending(path: name))
    }
  }
}
