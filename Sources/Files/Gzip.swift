// Gzip (RFC 1952) through zlib: deterministic packing, and unpacking that says where a file is damaged.

import CZlib
public import Foundation

/// Packs and unpacks gzip data.
public enum Gzip {
  /// Whether the data begins with gzip's two magic bytes.
  public static func isCompressed(_ data: Data) -> Bool {
    data.count >= 2 && data[data.startIndex] == 0x1f && data[data.startIndex + 1] == 0x8b
  }

  /// The data as one gzip member whose header has no time, no name and no operating system, so that the same data gives
  /// the same bytes wherever zlib is the same version.
  ///
  /// - Parameter level: 0 (stored) to 9 (smallest).
  /// - Precondition: `level` is 0 to 9.
  public static func compress(_ data: Data, level: Int = 9) throws(FileError) -> Data {
    precondition((0...9).contains(level), "gzip levels are 0 to 9, not \(level)")
    let stream = ZStream()
    guard parsimony_deflateInit2(stream.pointer, Int32(level), 15 + 16, 8) == Z_OK else {
      throw .system(path: "gzip", operation: "compress", errorNumber: ENOMEM)
    }
    defer { deflateEnd(stream.pointer) }
    stream.header.pointee.os = 255  // unknown: the same bytes on every system
    deflateSetHeader(stream.pointer, stream.header)
    let result = stream.pump(data, capacity: data.count / 4 + 1024, limit: .max) { pointer in
      deflate(pointer, pointer.pointee.avail_in == 0 ? Z_FINISH : Z_NO_FLUSH)
    }
    guard case .finished(let packed) = result else {
      throw .system(path: "gzip", operation: "compress", errorNumber: ENOMEM)
    }
    return packed
  }

  /// The contents of one or more gzip members.
  ///
  /// - Parameters:
  ///   - path: the file the data comes from, for errors; their offsets count packed bytes.
  ///   - sizeLimit: the most bytes that may come out.
  public static func decompress(_ data: Data, path: String, sizeLimit: Int) throws(FileError)
    -> Data
  {
    guard data.count >= 2 else {
      throw .truncated(path: path, offset: data.count, expected: "a gzip header")
    }
    guard isCompressed(data) else {
      throw .corrupt(path: path, offset: 0, expected: "the gzip magic bytes 1f 8b")
    }
    let stream = ZStream()
    guard parsimony_inflateInit2(stream.pointer, 15 + 16) == Z_OK else {
      throw .system(path: path, operation: "decompress", errorNumber: ENOMEM)
    }
    defer { inflateEnd(stream.pointer) }
    // The last four bytes say how much the last member holds; deflate never packs better than 1:1032.
    let claim = data.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let capacity = min(claim, data.count * 1032, sizeLimit) + 64
    let result = stream.pump(
      data, capacity: capacity, limit: sizeLimit, next: { inflateReset($0) },
      step: { inflate($0, Z_NO_FLUSH) })
    switch result {
    case .finished(let unpacked): return unpacked
    case .exceeded: throw .tooLarge(path: path, limit: sizeLimit)
    case .starved:
      throw .truncated(path: path, offset: data.count, expected: "more compressed data")
    case .failed(Z_MEM_ERROR, _, _):
      throw .system(path: path, operation: "decompress", errorNumber: ENOMEM)
    case .failed(_, let message, let offset):
      throw .corrupt(path: path, offset: offset, expected: "valid gzip data (zlib: \(message))")
    }
  }
}

/// What became of a stream.
private enum PumpResult {
  /// All input was used up and the stream has ended.
  case finished(Data)
  /// The input ended before the stream.
  case starved
  /// The output would have exceeded the limit.
  case exceeded
  /// zlib answered an error after `offset` bytes of input.
  case failed(code: Int32, message: String, offset: Int)
}

/// A zlib stream at an address that stays the same, which zlib checks at every call; a class so that it is freed.
private final class ZStream {
  let pointer = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  let header = UnsafeMutablePointer<gz_header>.allocate(capacity: 1)

  init() {
    pointer.initialize(to: z_stream())
    header.initialize(to: gz_header())
  }

  deinit {
    pointer.deallocate()
    header.deallocate()
  }

  /// Feeds `data` to the stream in portions, growing the output as needed, until `step` says that the stream has ended.
  ///
  /// - Parameter next: what begins another stream if input is left then; nil if none may follow.
  func pump(
    _ data: Data, capacity: Int, limit: Int,
    next: ((UnsafeMutablePointer<z_stream>) -> Int32)? = nil,
    step: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> PumpResult {
    let portion = 1 << 30  // zlib counts in 32 bits
    var output = Data(count: capacity)
    var written = 0
    let failure: PumpResult? = data.withUnsafeBytes { input -> PumpResult? in
      var handedOver = 0
      while true {
        if pointer.pointee.avail_in == 0, handedOver < input.count, let base = input.baseAddress {
          let size = min(portion, input.count - handedOver)
          pointer.pointee.next_in = UnsafeMutablePointer(
            mutating: (base + handedOver).assumingMemoryBound(to: UInt8.self))
          pointer.pointee.avail_in = UInt32(size)
          handedOver += size
        }
        if written == output.count { output.count += output.count / 2 }
        let room = min(portion, output.count - written)
        let availableBefore = pointer.pointee.avail_in
        let code = output.withUnsafeMutableBytes { buffer -> Int32 in
          guard let base = buffer.baseAddress else { return Z_MEM_ERROR }
          pointer.pointee.next_out = (base + written).assumingMemoryBound(to: UInt8.self)
          pointer.pointee.avail_out = UInt32(room)
          return step(pointer)
        }
        let produced = room - Int(pointer.pointee.avail_out)
        let offset = handedOver - Int(pointer.pointee.avail_in)
        written += produced
        if written > limit { return .exceeded }
        switch code {
        case Z_STREAM_END:
          guard let next, offset < input.count else { return nil }
          let status = next(pointer)
          if status != Z_OK { return failed(status, offset: offset) }
        case Z_OK, Z_BUF_ERROR:
          let isStuck = produced == 0 && pointer.pointee.avail_in == availableBefore
          if isStuck, offset == input.count { return .starved }
        default: return failed(code, offset: offset)
        }
      }
    }
    if let failure { return failure }
    output.count = written
    return .finished(output)
  }

  private func failed(_ code: Int32, offset: Int) -> PumpResult {
    let message = pointer.pointee.msg.map { String(cString: $0) } ?? "code \(code)"
    return .failed(code: code, message: message, offset: offset)
  }
}
