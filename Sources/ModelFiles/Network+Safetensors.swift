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

  public var description: String {
    let parts = [
      ("missing", missing), ("unexpected", unexpected), ("of another shape", misshaped),
      ("unreadable", unreadable),
    ].filter { !$0.1.isEmpty }.map { "\($0.0): \($0.1.joined(separator: ", "))" }
    return "\(path) is not a file of this network; \(parts.joined(separator: "; "))"
  }

  var isEmpty: Bool {
    missing.isEmpty && unexpected.isEmpty && misshaped.isEmpty && unreadable.isEmpty
  }
}

extension Network {
  /// The network with the values of a file that has exactly its parameters.
  ///
  /// Counters of batches, which PyTorch stores beside running statistics (`num_batches_tracked`), are passed over.
  ///
  /// - Parameter namings: how files name layers that are called otherwise here, part by part of a name; the first naming that
  ///   fits is used, and where none does, the error is about the one that fits best.
  /// - Throws: `NetworkFileError` with all tensors that are missing, unexpected, misshaped or unreadable.
  public func filled(
    from file: SafetensorsFile, path: String, namings: [[String: String]] = []
  ) throws(NetworkFileError) -> Network {
    var closest: NetworkFileError?
    for naming in [[:]] + namings {
      let names = information.map { $0.name.renamed(by: naming) }
      let error = misfits(of: file, path: path, names: names)
      if error.isEmpty { return try filled(from: file, path: path, names: names) }
      if closest.map({ error.missing.count < $0.missing.count }) ?? true { closest = error }
    }
    throw closest ?? NetworkFileError(path: path)
  }

  private func misfits(of file: SafetensorsFile, path: String, names: [String]) -> NetworkFileError
  {
    var result = NetworkFileError(path: path)
    let shapes = Dictionary(file.tensors.map { ($0.name, $0.shape) }) { first, _ in first }
    for (name, parameter) in zip(names, information) {
      guard let shape = shapes[name] else {
        result.missing.append(name)
        continue
      }
      if shape != parameter.shape {
        result.misshaped.append("\(name) (\(shape), expected \(parameter.shape))")
      }
    }
    let expected = Set(names)
    result.unexpected = file.tensors.map { $0.name }.filter {
      !expected.contains($0) && !$0.hasSuffix(".num_batches_tracked")
    }
    return result
  }

  private func filled(
    from file: SafetensorsFile, path: String, names: [String]
  ) throws(NetworkFileError) -> Network {
    var result = self
    var failure = NetworkFileError(path: path)
    for (index, name) in names.enumerated() {
      do throws(ModelFileError) {
        result.parameters[index] = try file.tensor(named: ParameterName(name))
      } catch {
        failure.unreadable.append(error.description)
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
