// Linear maps in Double as lists of connections: pooling by averages, subsampling, and rows chosen from a table.
// Forward and backward pass read the same list, so that one is the other's transpose by construction.

public import Kernels

/// A linear map: output ← output + weight · input for each connection, in order.
public struct ConnectionReference: Sendable {
  public var inputCount: Int
  public var outputCount: Int
  public private(set) var connections: [(input: Int, output: Int, weight: Double)] = []

  /// A map without connections.
  public init(inputCount: Int, outputCount: Int) {
    self.inputCount = inputCount
    self.outputCount = outputCount
  }

  /// Adds a connection.
  public mutating func connect(_ input: Int, to output: Int, weight: Double = 1) {
    connections.append((input, output, weight))
  }

  /// The outputs.
  public func forward(_ x: [Float]) -> [ReferenceSum] {
    var y = [ReferenceSum](repeating: ReferenceSum(), count: outputCount)
    for (input, output, weight) in connections { y[output].add(weight * Double(x[input])) }
    return y
  }

  /// The gradient of Σ dy·y by the inputs.
  public func backward(_ dy: [Float]) -> [ReferenceSum] {
    var dx = [ReferenceSum](repeating: ReferenceSum(), count: inputCount)
    for (input, output, weight) in connections { dx[input].add(weight * Double(dy[output])) }
    return dx
  }

  /// The mean of each window of `geometry`.
  public static func averagePooling(_ g: PoolingGeometry) -> ConnectionReference {
    var map = ConnectionReference(inputCount: g.inputCount, outputCount: g.outputCount)
    for n in 0..<g.batch {
      for row in 0..<g.outputHeight {
        for column in 0..<g.outputWidth {
          for cell in 0..<g.window * g.window {
            let y = row * g.stride + cell / g.window
            let x = column * g.stride + cell % g.window
            for c in 0..<g.channels {
              map.connect(
                ((n * g.height + y) * g.width + x) * g.channels + c,
                to: ((n * g.outputHeight + row) * g.outputWidth + column) * g.channels + c,
                weight: 1 / Double(g.window * g.window))
            }
          }
        }
      }
    }
    return map
  }

  /// Every `stride`-th pixel, between channels of zeros.
  public static func subsampling(_ g: SubsamplingGeometry) -> ConnectionReference {
    var map = ConnectionReference(inputCount: g.inputCount, outputCount: g.outputCount)
    let zeros = (g.outputChannels - g.channels) / 2
    for n in 0..<g.batch {
      for y in stride(from: 0, to: g.height, by: g.stride) {
        for x in stride(from: 0, to: g.width, by: g.stride) {
          let pixel = (n * g.outputHeight + y / g.stride) * g.outputWidth + x / g.stride
          for c in 0..<g.channels {
            map.connect(
              ((n * g.height + y) * g.width + x) * g.channels + c,
              to: pixel * g.outputChannels + zeros + c)
          }
        }
      }
    }
    return map
  }
}
