// Sorts 32-bit keys by four passes over their bytes: an order of magnitudes in time linear in their number.
// The bits of a float without its sign order like its magnitude.

/// Sorts `keys` in ascending order.
///
/// - Parameters:
///   - keys: `[n]`, sorted in place.
///   - scratch: `[n]`, overwritten.
/// - Precondition: both have the same size.
public func sortAscending(_ keys: inout MutableSpan<UInt32>, scratch: inout MutableSpan<UInt32>) {
  let size = keys.count
  precondition(
    scratch.count == size, "sortAscending: \(size) keys, scratch for \(scratch.count)")
  if size < 2 { return }
  var starts = [Int](repeating: 0, count: 4 * 256)
  for i in 0..<size {
    let key = keys[i]
    starts[Int(key & 255)] += 1
    starts[256 + Int((key >> 8) & 255)] += 1
    starts[512 + Int((key >> 16) & 255)] += 1
    starts[768 + Int(key >> 24)] += 1
  }
  for digit in 0..<4 {
    var total = 0
    for value in 0..<256 {
      let count = starts[256 * digit + value]
      starts[256 * digit + value] = total
      total += count
    }
  }
  keys.withUnsafeMutableBufferPointer { keys in
    scratch.withUnsafeMutableBufferPointer { scratch in
      starts.withUnsafeMutableBufferPointer { starts in
        for digit in 0..<4 {
          let source = digit & 1 == 0 ? keys : scratch
          let target = digit & 1 == 0 ? scratch : keys
          let shift = UInt32(8 * digit)
          for i in 0..<size {
            let key = source[i]
            let slot = 256 * digit + Int((key >> shift) & 255)
            target[starts[slot]] = key
            starts[slot] += 1
          }
        }
      }
    }
  }
}
