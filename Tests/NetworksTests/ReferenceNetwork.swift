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
  func loss(_ inputs: [[Double]], labels: [Int]) -> Double {
    var sum = 0.0
    let outputs = forward(
      inputs.map { ReferenceTensor(shape: network.inputShape.sizes, values: $0) })
    for (output, label) in zip(outputs, labels) {
      let logits = output.values
      let largest = logits.max() ?? 0
      let total = logits.reduce(0) { $0 + _exp($1 - largest) }
      sum += _log(total) + largest - logits[label]
    }
    return sum / Double(inputs.count)
  }

  /// The outputs for a batch, in training mode without dropout.
  func forward(_ inputs: [ReferenceTensor]) -> [ReferenceTensor] {
    var places = [inputs]
    for named in network.layers {
      var values = named.parameterRange.map { parameters[$0] }
      if let borrowed = named.borrowedParameter { values.append(parameters[borrowed]) }
      let source = places[named.source]
      switch named.layer {
      case let layer as BatchNormalization:
        places.append(Self.normalize(source, scale: values[0], shift: values[1], layer))
      case is Addition:
        let addends = places[named.addendSource ?? 0]
        places.append(
          zip(source, addends).map { left, right in
            ReferenceTensor(
              shape: left.shape, values: zip(left.values, right.values).map { $0 + $1 })
          })
      case let layer as LSTM:
        places.append(Self.read(source, values, layer, sequences: sequences))
      default: places.append(source.map { Self.apply(named, values, to: $0) })
      }
    }
    return places[network.layers.count]
  }

  /// How many sequences a batch has side by side.
  var sequences = 1

  /// Every channel less its mean over the batch, over its standard deviation.
  private static func normalize(
    _ batch: [ReferenceTensor], scale: [Double], shift: [Double], _ layer: BatchNormalization
  ) -> [ReferenceTensor] {
    let channels = scale.count
    var result = batch
    for channel in 0..<channels {
      let values = batch.flatMap { image in
        stride(from: channel, to: image.values.count, by: channels).map { image.values[$0] }
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      let factor = scale[channel] / (variance + layer.epsilon).squareRoot()
      for image in result.indices {
        for place in stride(from: channel, to: result[image].values.count, by: channels) {
          result[image].values[place] =
            (batch[image].values[place] - mean) * factor + shift[channel]
        }
      }
    }
    return result
  }

  /// The outputs of LSTM layers for rows of time steps, from states that are zero.
  private static func read(
    _ rows: [ReferenceTensor], _ parameters: [[Double]], _ layer: LSTM, sequences: Int
  ) -> [ReferenceTensor] {
    let units = layer.units
    var inputs = rows.map { $0.values }
    for number in 0..<layer.layers {
      let own = parameters[(4 * number)..<(4 * number + 4)].map { $0 }
      let size = inputs[0].count
      var hidden = [[Double]](repeating: [Double](repeating: 0, count: units), count: sequences)
      var cell = hidden
      var outputs: [[Double]] = []
      for (row, input) in inputs.enumerated() {
        let sequence = row % sequences
        let state = hidden[sequence]
        let gates = (0..<4 * units).map { gate -> Double in
          var sum = own[2][gate] + own[3][gate]
          for place in 0..<size { sum += own[0][gate * size + place] * input[place] }
          for place in 0..<units { sum += own[1][gate * units + place] * state[place] }
          return sum
        }
        func logistic(_ x: Double) -> Double { 1 / (1 + _exp(-x)) }
        for unit in 0..<units {
          let kept = logistic(gates[units + unit]) * cell[sequence][unit]
          cell[sequence][unit] = kept + logistic(gates[unit]) * _tanh(gates[2 * units + unit])
        }
        hidden[sequence] = (0..<units).map {
          logistic(gates[3 * units + $0]) * _tanh(cell[sequence][$0])
        }
        outputs.append(hidden[sequence])
      }
      inputs = outputs
    }
    return inputs.map { ReferenceTensor(shape: [units], values: $0) }
  }

  private static func apply(
    _ named: NamedLayer, _ parameters: [[Double]], to input: ReferenceTensor
  ) -> ReferenceTensor {
    let output = named.outputShape.sizes
    var result = ReferenceTensor(
      shape: output, values: [Double](repeating: 0, count: output.reduce(1, *)))
    switch named.layer {
    case is Linear, is TiedLinear:
      let isTied = named.layer is TiedLinear
      let weights = isTied ? parameters[1] : parameters[0]
      for row in 0..<output[0] {
        var sum = parameters.count > 1 ? parameters[isTied ? 0 : 1][row] : 0
        for column in 0..<input.values.count {
          sum += weights[row * input.values.count + column] * input.values[column]
        }
        result.values[row] = sum
      }
    case let layer as Embedding:
      let word = Int(input.values[0])
      result.values = Array(parameters[0][word * layer.features..<(word + 1) * layer.features])
    case let layer as Convolution:
      let (height, width, channels) = (input.shape[0], input.shape[1], input.shape[2])
      let size = layer.kernel
      let groups = layer.groups ?? 1
      let seen = channels / groups
      for y in 0..<output[0] {
        for x in 0..<output[1] {
          for filter in 0..<output[2] {
            var sum = parameters.count > 1 ? parameters[1][filter] : 0
            let first = filter / (output[2] / groups) * seen
            for channel in 0..<seen {
              for i in 0..<size {
                for j in 0..<size {
                  let (row, column) = (
                    y * layer.stride + i - layer.padding, x * layer.stride + j - layer.padding
                  )
                  guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                  let weight = parameters[0][((filter * seen + channel) * size + i) * size + j]
                  sum += weight * input.values[(row * width + column) * channels + first + channel]
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
                let (row, column) = (
                  y * layer.stride + i - (layer.padding ?? 0),
                  x * layer.stride + j - (layer.padding ?? 0)
                )
                guard (0..<input.shape[0]).contains(row), (0..<width).contains(column) else {
                  continue
                }
                largest = max(largest, input.values[(row * width + column) * channels + channel])
              }
            }
            result.values[(y * output[1] + x) * channels + channel] = largest
          }
        }
      }
    case is AveragePooling, is GlobalAveragePooling:
      let layer = named.layer as? AveragePooling
      let (height, width, channels) = (input.shape[0], input.shape[1], input.shape[2])
      let (rows, columns) = (layer?.window ?? height, layer?.window ?? width)
      let step = layer?.stride ?? 1
      for place in 0..<result.values.count {
        let (pixel, channel) = place.quotientAndRemainder(dividingBy: channels)
        let across = layer == nil ? 1 : output[1]
        let (y, x) = (pixel / across * step, pixel % across * step)
        for i in 0..<rows {
          for j in 0..<columns {
            result.values[place] += input.values[((y + i) * width + x + j) * channels + channel]
          }
        }
        result.values[place] /= Double(rows * columns)
      }
    case let layer as Subsampling:
      let (width, channels) = (input.shape[1], input.shape[2])
      let before = (layer.channels - channels) / 2
      for place in 0..<result.values.count {
        let (pixel, channel) = place.quotientAndRemainder(dividingBy: output[2])
        let source = layer.shown?[channel] ?? channel - before
        guard source >= 0, source < channels else { continue }
        let (y, x) = (pixel / output[1] * layer.stride, pixel % output[1] * layer.stride)
        result.values[place] = input.values[(y * width + x) * channels + source]
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
