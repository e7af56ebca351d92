// Containers in: the header first, then one tensor after the other. Every block is checked before
// anything in it is believed, and memory is given for what is there: a block of n bytes may not
// claim more than 4,096 (n + 16) elements.

import Files
public import Foundation
public import Networks
public import Tensors

/// Reads a container tensor by tensor; beside the file, memory holds one tensor at a time.
public struct ContainerReader: Sendable {
  /// Whether all tensors are there.
  public let mode: NetworkContainer.Mode
  /// What the file says about itself.
  public let about: [String: String]
  /// The network, without values.
  public let network: Network
  /// The bytes of the header's block.
  public let headerByteCount: Int

  private let data: Data
  private let path: String
  private let layouts: [CodedTensor.Layout]
  private var position: Int
  private var nextParameter = 0
  private var block: Block?

  /// The block being read.
  private struct Block {
    var coder: TensorCoder<RangeDecoder>
    var elementCount = 0
    var elementLimit: Int
    /// Where its payload begins.
    var start: Int
  }

  /// Opens a container and reads its header.
  ///
  /// - Parameters:
  ///   - data: the whole file; it is not copied.
  ///   - path: where it comes from, for errors.
  public init(data: Data, path: String) throws(ModelFileError) {
    self.data = data
    self.path = path
    position = data.startIndex
    func fail(_ problem: ModelFileError.Problem) -> ModelFileError {
      ModelFileError(path: path, problem: problem)
    }
    guard data.count >= 5 else {
      throw fail(.truncated(offset: data.count, expected: "a container's signature and version"))
    }
    guard data.prefix(4).elementsEqual(ContainerFormat.signature) else {
      throw fail(.damaged(offset: 0, expected: "‘PARS’"))
    }
    let version = data[data.startIndex + 4]
    guard version <= ContainerFormat.version else {
      throw fail(.newerVersion(found: Int(version), known: Int(ContainerFormat.version)))
    }
    guard version == ContainerFormat.version else {
      throw fail(.damaged(offset: 4, expected: "version \(ContainerFormat.version)"))
    }
    position += 5
    let payload = try Self.takeBlock(
      ContainerFormat.headerBlock, from: data, at: &position, path: path)
    headerByteCount = position - data.startIndex - 5
    let start = payload.startIndex - data.startIndex
    var coder = RangeDecoder(payload)
    var text = TextCoder()
    let bytes = text.code([], with: &coder)
    guard !coder.isExhausted else {
      throw fail(.truncated(offset: start + payload.count, expected: "more of the header's text"))
    }
    let header: ContainerHeader
    do {
      header = try ContainerHeader(decoding: Data(bytes))
    } catch {
      throw fail(
        .damaged(offset: start, expected: "a header that can be read: \(Self.wording(error))"))
    }
    mode = header.mode
    about = header.about
    do throws(NetworkError) {
      network = try header.network()
    } catch {
      throw fail(.network(error))
    }
    layouts = network.layouts
  }

  /// The next tensor in the order of the network, with the blocks it is cut into; nil after the
  /// last one.
  ///
  /// - Throws: `ModelFileError` with the offset of what is missing or damaged, also for bytes after
  ///   the last tensor.
  public mutating func next() throws(ModelFileError) -> (
    name: ParameterName, tensor: Tensor, cut: TensorCut?
  )? {
    guard nextParameter < layouts.count else {
      guard position == data.endIndex else {
        throw fail(
          .trailingBytes(expected: position - data.startIndex, found: data.count))
      }
      return nil
    }
    let (layout, information) = (layouts[nextParameter], network.information[nextParameter])
    var block: Block
    if let open = self.block { block = open } else { block = try openBlock() }
    block.elementCount += layout.count
    guard block.elementCount <= block.elementLimit else {
      throw fail(
        .damaged(
          offset: block.start, expected: "at most \(block.elementLimit) elements in this block"),
        of: information.name)
    }
    var coded = CodedTensor(layout: layout, patterns: Array(repeating: 0, count: layout.count))
    guard block.coder.code(&coded), !block.coder.coder.isExhausted else {
      throw fail(
        .truncated(offset: position - data.startIndex, expected: "more of the tensor’s elements"),
        of: information.name)
    }
    nextParameter += 1
    let isFull = block.elementCount >= ContainerFormat.blockElements
    if isFull || nextParameter == layouts.count {
      guard block.coder.coder.onlyZerosAreLeft else {
        throw fail(
          .damaged(
            offset: position - data.startIndex - 4 - block.coder.coder.unreadCount,
            expected: "the end of the block"))
      }
      self.block = nil
    } else {
      self.block = block
    }
    let elements = coded.patterns.map { Float(bitPattern: $0) }
    return (
      information.name, Tensor(information.shape, elements: elements),
      coded.cut.map { TensorCut($0) }
    )
  }

  private mutating func openBlock() throws(ModelFileError) -> Block {
    let payload = try Self.takeBlock(
      ContainerFormat.tensorBlock, from: data, at: &position, path: path)
    return Block(
      coder: TensorCoder(RangeDecoder(payload)),
      elementLimit: ContainerFormat.elementLimit(bytes: payload.count),
      start: payload.startIndex - data.startIndex)
  }

  /// The payload of the block at `position`, which moves behind it.
  private static func takeBlock(
    _ kind: UInt8, from data: Data, at position: inout Int, path: String
  ) throws(ModelFileError) -> Data {
    let start = position
    func fail(_ problem: ModelFileError.Problem) -> ModelFileError {
      ModelFileError(path: path, problem: problem)
    }
    func offset(_ index: Int) -> Int { index - data.startIndex }
    let name = "‘\(Character(Unicode.Scalar(kind)))’"
    guard position < data.endIndex else {
      throw fail(.truncated(offset: offset(position), expected: "a block of kind \(name)"))
    }
    guard data[position] == kind else {
      throw fail(.damaged(offset: offset(position), expected: "a block of kind \(name)"))
    }
    position += 1
    var size = 0
    var shift = 0
    while true {
      guard position < data.endIndex else {
        throw fail(.truncated(offset: offset(position), expected: "the size of the block"))
      }
      let byte = data[position]
      position += 1
      size |= Int(byte & 0x7F) << shift
      if byte < 0x80 { break }
      shift += 7
      guard shift < 49 else {
        throw fail(.damaged(offset: offset(start + 1), expected: "a size below 2^49"))
      }
    }
    guard data.endIndex - position >= size + 4 else {
      throw fail(
        .truncated(
          offset: data.count, expected: "\(size) bytes and a checksum from byte \(offset(position))"
        ))
    }
    let payload = data[position..<position + size]
    let sum = data[position + size..<position + size + 4].reversed().reduce(UInt32(0)) {
      $0 << 8 | UInt32($1)
    }
    guard Checksum.crc32(data[start..<position + size]) == sum else {
      throw fail(
        .damaged(offset: offset(start), expected: "a block whose checksum is \(sum)"))
    }
    position += size + 4
    return payload
  }

  private func fail(
    _ problem: ModelFileError.Problem, of tensor: ParameterName? = nil
  ) -> ModelFileError {
    ModelFileError(path: path, tensor: tensor?.text, problem: problem)
  }

  private static func wording(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
      return context.debugDescription
    case .keyNotFound(let key, _): return "‘\(key.stringValue)’ is missing"
    @unknown default: return "\(error)"
    }
  }
}
