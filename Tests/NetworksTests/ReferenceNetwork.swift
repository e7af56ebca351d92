// A network computed naively in Double, straight from the definitions: the reference for forward passes, and, through
// central differences of its loss, for every layer's backward pass.

import Networks
import Tensors

/// An image or vector in Double, `[height, width, channels]`.
struct ReferenceTensor {
  var shape: [Int]
  var values: [Double]
}

/// The same layers as a network, in Double.
struct ReferenceNetwork {
  let network: Network
  var parameters: [[Double]]

  init(_ network: Network) {
    self.network = network
    parameters = network.parameters.map { $0.elements.map(Double.init) }
  }

  /// The mean softmax cross-entropy of a batch.
  func loss(_ inputs: [[Double]], labels: [UInt16]) -> Double {
    var sum = 0.0
    for (input, label) in zip(inputs, labels) {
      let logits = forward(ReferenceTensor(shape: network.inputShape.sizes, values: input)).values
      let largest = logits.max() ?? 0
      let total = logits.reduce(0) { $0 + _exp($1 - largest) }
      sum += _log(total) + largest - logits[Int(label)]
    }
    return sum / Double(inputs.count)
  }

  /// The output for one example.
  func forward(_ input: ReferenceTensor) -> ReferenceTensor {
    var current = input
    for named in network.layers {
      let values = named.parameterRange.map { parameters[$0] }
      current = Self.apply(named, values, to: current)
    }
    return current
  }

  private static func apply(
    _ named: NamedLayer, _ parameters: [[Double]], to input: ReferenceTensor
  ) -> ReferenceTensor {
    let output = named.outputShape.sizes
    var result = ReferenceTensor(
      shape: output, values: [Double](repeating: 0, count: output.reduce(1, *)))
    switch named.layer {
    case is Linear:
      for row in 0..<output[0] {
        var sum = parameters.count > 1 ? parameters[1][row] : 0
        for column in 0..<input.values.count {
          sum += parameters[0][row * input.values.count + column] * input.values[column]
        }
        result.values[row] = sum
      }
    case let layer as Convolution:
      let (height, width, channels) = (input.shape[0], input.shape[1], input.shape[2])
      let size = layer.kernel
      for y in 0..<output[0] {
        for x in 0..<output[1] {
          for filter in 0..<output[2] {
            var sum = parameters.count > 1 ? parameters[1][filter] : 0
            for channel in 0..<channels {
              for i in 0..<size {
                for j in 0..<size {
                  let (row, column) = (
                    y * layer.stride + i - layer.padding, x * layer.stride + j - layer.padding
                  )
                  guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                  let weight = parameters[0][((filter * channels + channel) * size + i) * size + j]
                  sum += weight * input.values[(row * width + column) * channels + channel]
                }
              }
            }
            result.values[(y * output[1] + x) * output[2] + filter] = sum
          }
        }
      }
    case let layer as MaximumPooling:
      let (width, channels) = (input.shape[1], input.shape[2])
      for y in 0..<output[0] {
        for x in 0..<output[1] {
          for channel in 0..<channels {
            var largest = -Double.infinity
            for i in 0..<layer.window {
              for j in 0..<layer.window {
                let place =
                  ((y * layer.stride + i) * width + x * layer.stride + j) * channels + channel
                largest = max(largest, input.values[place])
              }
            }
            result.values[(y * output[1] + x) * channels + channel] = largest
          }
        }
      }
    case is Rectifier: result.values = input.values.map { max($0, 0) }
    case is HyperbolicTangent: result.values = input.values.map { _tanh($0) }
    case is Flatten:
      let (pixels, channels) = (input.shape[0] * input.shape[1], input.shape[2])
      for pixel in 0..<pixels {
        for channel in 0..<channels {
          result.values[channel * pixels + pixel] = input.values[pixel * channels + channel]
        }
      }
    default: preconditionFailure("the reference does not know \(type(of: named.layer))")
    }
    return result
  }
}
