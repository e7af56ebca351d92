// Long short-term memory in Double, one sum after the other, and its gradients by the chain rule, step by step backwards.

import Glibc
public import Kernels

/// One layer of long short-term memory.
public struct SequenceReference: Sendable {
  /// The numbers a layer computes from, and their gradients.
  public struct Values: Sendable {
    public var input: [Double]
    public var inputWeights: [Double]
    public var recurrentWeights: [Double]
    public var inputBias: [Double]
    public var recurrentBias: [Double]

    public init(
      input: [Double], inputWeights: [Double], recurrentWeights: [Double], inputBias: [Double],
      recurrentBias: [Double]
    ) {
      self.input = input
      self.inputWeights = inputWeights
      self.recurrentWeights = recurrentWeights
      self.inputBias = inputBias
      self.recurrentBias = recurrentBias
    }
  }

  public var geometry: SequenceGeometry
  public var initialHidden: [Double]
  public var initialCell: [Double]

  public init(_ geometry: SequenceGeometry, initialHidden: [Double], initialCell: [Double]) {
    self.geometry = geometry
    self.initialHidden = initialHidden
    self.initialCell = initialCell
  }

  /// Outputs `[T, N, H]`, gates `[T, N, 4H]` and cells `[T, N, H]`.
  public func forward(_ v: Values) -> (output: [Double], gates: [Double], cells: [Double]) {
    let g = geometry
    let h = g.hidden
    var output = [Double](repeating: 0, count: g.outputCount)
    var gates = [Double](repeating: 0, count: 4 * g.outputCount)
    var cells = output
    for place in 0..<g.steps * g.batch {
      let before = place - g.batch
      for gate in 0..<4 * h {
        var sum = v.inputBias[gate] + v.recurrentBias[gate]
        for i in 0..<g.inputs {
          sum += v.inputWeights[gate * g.inputs + i] * v.input[place * g.inputs + i]
        }
        for u in 0..<h {
          let state = before < 0 ? initialHidden[place * h + u] : output[before * h + u]
          sum += v.recurrentWeights[gate * h + u] * state
        }
        gates[place * 4 * h + gate] = gate / h == 2 ? tanh(sum) : 1 / (1 + exp(-sum))
      }
      for u in 0..<h {
        let own = place * 4 * h + u
        let old = before < 0 ? initialCell[place * h + u] : cells[before * h + u]
        cells[place * h + u] = gates[own + h] * old + gates[own] * gates[own + 2 * h]
        output[place * h + u] = gates[own + 3 * h] * tanh(cells[place * h + u])
      }
    }
    return (output, gates, cells)
  }

  /// The gradients of Σ dy·output by everything in `v`.
  public func backward(_ dy: [Double], _ v: Values) -> Values {
    let g = geometry
    let h = g.hidden
    let (output, gates, cells) = forward(v)
    var result = Values(
      input: v.input.map { _ in 0 }, inputWeights: v.inputWeights.map { _ in 0 },
      recurrentWeights: v.recurrentWeights.map { _ in 0 }, inputBias: v.inputBias.map { _ in 0 },
      recurrentBias: v.recurrentBias.map { _ in 0 })
    var hiddenSlope = dy
    var cellSlope = [Double](repeating: 0, count: g.outputCount)
    for place in (0..<g.steps * g.batch).reversed() {
      let before = place - g.batch
      for u in 0..<h {
        let own = place * 4 * h + u
        let (i, f) = (gates[own], gates[own + h])
        let (c, o) = (gates[own + 2 * h], gates[own + 3 * h])
        let t = tanh(cells[place * h + u])
        let old = before < 0 ? initialCell[place * h + u] : cells[before * h + u]
        let dh = hiddenSlope[place * h + u]
        let dc = cellSlope[place * h + u] + dh * o * (1 - t * t)
        if before >= 0 { cellSlope[before * h + u] += dc * f }
        let slopes = [
          dc * c * i * (1 - i), dc * old * f * (1 - f), dc * i * (1 - c * c), dh * t * o * (1 - o),
        ]
        for (block, slope) in slopes.enumerated() {
          let gate = block * h + u
          result.inputBias[gate] += slope
          result.recurrentBias[gate] += slope
          for k in 0..<g.inputs {
            result.inputWeights[gate * g.inputs + k] += slope * v.input[place * g.inputs + k]
            result.input[place * g.inputs + k] += slope * v.inputWeights[gate * g.inputs + k]
          }
          for k in 0..<h {
            let state = before < 0 ? initialHidden[place * h + k] : output[before * h + k]
            result.recurrentWeights[gate * h + k] += slope * state
            if before >= 0 {
              hiddenSlope[before * h + k] += slope * v.recurrentWeights[gate * h + k]
            }
          }
        }
      }
    }
    return result
  }
}
