// Numbers as the little-endian bytes that model files store, without alignment requirements.
// Lives here because reading raw memory needs pointers, which the rooms above do without.

public import Foundation

#if _endian(big)
  #error("model files are little-endian; a big-endian processor needs swaps here")
#endif

/// Arrays of numbers from and to little-endian bytes.
public enum LittleEndian {
  /// The bytes of `values`.
  public static func data(_ values: [Float]) -> Data { bytes(of: values) }
  /// The bytes of `values`.
  public static func data(_ values: [Double]) -> Data { bytes(of: values) }
  /// The bytes of `values`.
  public static func data(_ values: [Int32]) -> Data { bytes(of: values) }
  /// The bytes of `values`.
  public static func data(_ values: [Int64]) -> Data { bytes(of: values) }
  /// The bytes of `values`.
  public static func data(_ values: [UInt16]) -> Data { bytes(of: values) }

  /// The numbers stored in `data`.
  ///
  /// - Precondition: the size is a multiple of 4.
  public static func floats(_ data: Data) -> [Float] { values(in: data, zero: 0) }
  /// The numbers stored in `data`.
  ///
  /// - Precondition: the size is a multiple of 8.
  public static func doubles(_ data: Data) -> [Double] { values(in: data, zero: 0) }
  /// The numbers stored in `data`.
  ///
  /// - Precondition: the size is a multiple of 4.
  public static func integers32(_ data: Data) -> [Int32] { values(in: data, zero: 0) }
  /// The numbers stored in `data`.
  ///
  /// - Precondition: the size is a multiple of 8.
  public static func integers64(_ data: Data) -> [Int64] { values(in: data, zero: 0) }
  /// The numbers stored in `data`.
  ///
  /// - Precondition: the size is a multiple of 2.
  public static func unsigned16(_ data: Data) -> [UInt16] { values(in: data, zero: 0) }

  private static func bytes<Value: BitwiseCopyable>(of values: [Value]) -> Data {
    values.withUnsafeBytes { Data($0) }
  }

  private static func values<Value: BitwiseCopyable>(in data: Data, zero: Value) -> [Value] {
    let size = MemoryLayout<Value>.stride
    precondition(
      data.count % size == 0, "\(data.count) bytes are not whole values of \(size) bytes each")
    var result = [Value](repeating: zero, count: data.count / size)
    result.withUnsafeMutableBytes { target in _ = data.copyBytes(to: target) }
    return result
  }
}
