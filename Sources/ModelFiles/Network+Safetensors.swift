// Networks from safetensors files: every tensor must be there, under a name that the network's kind is known by, with its shape.
// Files of other projects name some layers differently; which names are known stands with each network in `Networks/Zoo`.

public import Networks
import Tensors

/// Why a file does not hold a network's parameters; every tensor that does not fit is listed.
public struct NetworkFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// Parameters without a tensor, by the names they should have in the file.
  public var missing: [String] = []
  /// Tensors that no parameter takes.
  public var unexpected: [String] = []
  /// Tensors of another shape than their parameter's.
  public var misshaped: [String] = []
  /// Tensors whose elements cannot be read.
  public var unreadable: [String] = []
  /// Tensors with an element that is not a finite number, or a variance below 0: name, index and value of the first.
  public var invalid: [String] = []

  public var description: String {
    let parts = [
      ("missing", missing), ("unexpected", unexpected), ("of another shape", misshaped),
      ("unreadable", unreadable), ("with impossible values", invalid),
    ].filter { !$0.1.isEmpty }.map { "\($0.0): \($0.1.joined(separator: ", "))" }
    return "\(path) is not a file of this network; \(parts.joined(separator: "; "))"
  }

  var isEmpty: Bool {
    [missing, unexpected, misshaped, unreadable, invalid].allSatisfy { $0.isEmpty }
  }
}

extension Network {
  /// The network with the values of a file that has exactly its parameters.
  ///
  /// What PyTorch stores beside parameters is passed over: counters of the batches behind running statistics
  /// (`num_batches_tracked`), and weights of a tied layer that are those of the layer it is tied to.
  ///
  /// - Parameter namings: how files name layers that are called otherwise here, part by part of a name; the first naming that
  ///   fits is used, and where none does, the error is about the one that fits best.
  /// - Throws: `NetworkFileError` with all tensors that are missing, unexpected, misshaped or unreadable, or hold values that no network
  ///   computes with: a rectifier would turn NaN into 0, so that no loss tells.
  public func filled(
    from file: SafetensorsFile, path: String, namings: [[String: String]] = []
  ) throws(NetworkFileError) -> Network {
    var closest: NetworkFileError?
    for naming in [[:]] + namings {
      let error = misfits(of: file, path: path, naming: naming)
      if error.isEmpty { return try filled(from: file, path: path, naming: naming) }
      if closest.map({ error.missing.count < $0.missing.count }) ?? true { closest = error }
    }
    throw closest ?? NetworkFileError(path: path)
  }

  private func misfits(
    of file: SafetensorsFile, path: String, naming: [String: String]
  ) -> NetworkFileError {
    var result = NetworkFileError(path: path)
    let stored = Dictionary(file.tensors.map { ($0.name, $0) }) { first, _ in first }
    var expected = repetitions(in: stored, naming: naming)
    for parameter in information {
      let name = parameter.name.renamed(by: naming)
      expected.insert(name)
      guard let tensor = stored[name] else {
        result.missing.append(name)
        continue
      }
      if tensor.shape != parameter.shape {
        result.misshaped.append("\(name) (\(tensor.shape), expected \(parameter.shape))")
      }
      if !ElementType.floats.contains(tensor.type) {
        result.unreadable.append("\(name) (elements of type \(tensor.type.rawValue))")
      }
    }
    result.unexpected = file.tensors.map { $0.name }.filter { !expected.contains($0) }
    return result
  }

  /// The names of tensors that say nothing new: counters of batches, and the weights of tied layers.
  private func repetitions(
    in stored: [String: StoredTensor], naming: [String: String]
  ) -> Set<String> {
    var result: Set<String> = []
    for named in layers {
      func name(_ role: String) -> String {
        ParameterName(layer: named.name, role: role).renamed(by: naming)
      }
      if named.parameterRange.contains(where: { information[$0].name.role == "running_mean" }) {
        result.insert(name("num_batches_tracked"))
      }
      if let borrowed = named.borrowedParameter, let copy = stored[name("weight")],
        let original = stored[information[borrowed].name.renamed(by: naming)],
        (copy.type, copy.shape, copy.bytes) == (original.type, original.shape, original.bytes)
      {
        result.insert(copy.name)
      }
    }
    return result
  }

  private func filled(
    from file: SafetensorsFile, path: String, naming: [String: String]
  ) throws(NetworkFileError) -> Network {
    var result = self
    var failure = NetworkFileError(path: path)
    result.parameters = information.map { parameter in
      let name = parameter.name.renamed(by: naming)
      do throws(ModelFileError) {
        let tensor = try file.tensor(named: ParameterName(name))
        let isVariance = parameter.name.role == "running_var"
        let wrong =
          tensor.firstNonFiniteIndex
          ?? (isVariance ? tensor.elements.firstIndex { $0 < 0 } : nil)
        if let wrong { failure.invalid.append("\(name)[\(wrong)] is \(tensor[wrong])") }
        return tensor
      } catch {
        failure.unreadable.append(error.description)
        return .empty
      }
    }
    guard failure.isEmpty else { throw failure }
    return result
  }
}

extension ParameterName {
  /// The name with the layer, or the parts of its name between dots, called otherwise.
  fileprivate func renamed(by naming: [String: String]) -> String {
    let renamed = layer.split(separator: ".").map { naming[String($0)] ?? String($0) }
    return "\(naming[layer] ?? renamed.joined(separator: ".")).\(role)"
  }
}
