// The numbers of a code in blocks in narrower formats, and new values on old blocks. What is rounded are the stored numbers, one
// for a whole unified block, so that ties and signs stay exact under every quantizer (micro-structured-unification, section 4).

import Tensors

/// An operator that rounds weights to a number format, one by one.
protocol NumberFormat: SelectiveOperator {
  /// Whether biases are rounded as well.
  var includesBiases: Bool { get }

  /// The code of a tensor that is not in blocks.
  func code(of tensor: Tensor, named name: ParameterName) throws(CompressionError)
    -> CompressedTensor

  /// The code of a tensor in blocks: the same blocks and signs, rounded numbers.
  func code(of values: UnifiedValues, named name: ParameterName) throws(CompressionError)
    -> CompressedTensor
}

extension NumberFormat {
  var includesBiases: Bool { false }

  /// The code of `weights`; where `earlier`, a code of the same weights, is in blocks, it stays so.
  func compress(
    _ weights: WeightGroup, codedAs earlier: CompressedGroup?
  ) throws(CompressionError) -> CompressedGroup {
    try validate()
    var result = CompressedGroup(unchanged: weights)
    for place in try places(in: weights) {
      let member = weights.members[place]
      if let blocks = earlier?.members[place].code.unified {
        result.members[place].code = try code(of: blocks, named: member.name)
      } else {
        result.members[place].code = try code(of: member.tensor, named: member.name)
      }
      result.members[place].isCompressed = true
      guard includesBiases else { continue }
      for (index, companion) in member.companions.enumerated() where companion.role == .bias {
        let code = try code(of: companion.tensor, named: companion.name)
        result.members[place].companions[index].code = code
        result.members[place].companions[index].isCompressed = true
      }
    }
    return result
  }
}

extension UnifiedValues {
  /// The numbers in half precision.
  ///
  /// - Throws: `notFinite` or `overflow` for the first element whose number has no finite half-precision neighbour.
  func halved(named name: ParameterName) throws(CompressionError) -> CompressedTensor {
    let stored = floats
    try requireFinite(stored, named: name)
    let halves = stored.map { Float16($0) }
    for (index, half) in halves.enumerated() where !half.isFinite {
      throw .overflow(name: name, index: place(ofNumber: index), value: stored[index])
    }
    return CompressedTensor(
      with(.float16(halves)), underflowCount: lost(stored, halves.map { $0 == 0 }))
  }

  /// The numbers in fixed point, with one scale.
  ///
  /// - Throws: `notFinite` for the first element whose number is not.
  func fixed(bits: Int, named name: ParameterName) throws(CompressionError) -> CompressedTensor {
    let stored = floats
    try requireFinite(stored, named: name)
    var maximum: Float = 0
    for value in stored { maximum = max(maximum, abs(value)) }
    let scale = FixedPointValues.scale(maximum: maximum, bits: bits)
    let codes = stored.map { FixedPointValues.code($0, scale: scale, bits: bits) }
    let values = FixedPointValues(
      bits: bits, granularity: .perTensor, codes: codes, scales: [scale])
    return CompressedTensor(
      with(.fixedPoint(values)), underflowCount: lost(stored, codes.map { $0 == 0 }))
  }

  /// The numbers on 2^`bits` levels in all, found for the squared error of the whole tensor: a magnitude counts as often as its
  /// block has elements. Zero is no free level here, because tags do not say where single zeros are.
  ///
  /// A magnitude takes no level below zero. Where there is no other, the level nearest to zero moves to the mean magnitude.
  ///
  /// - Throws: `notFinite` for the first element whose number is not.
  func quantized(
    bits: Int, quantizer: Quantizer, named name: ParameterName
  ) throws(CompressionError) -> CompressedTensor {
    let stored = floats
    try requireFinite(stored, named: name)
    let (multiplicities, areMagnitudes) = (multiplicities, areMagnitudes)
    var all: [Float] = []
    all.reserveCapacity(heldCount)
    var sum = 0.0
    var count = 0
    for (index, value) in stored.enumerated() {
      all.append(contentsOf: repeatElement(value, count: Int(multiplicities[index])))
      guard areMagnitudes[index] else { continue }
      sum += Double(value) * Double(multiplicities[index])
      count += Int(multiplicities[index])
    }
    var codebook = QuantizationTable(
      all, quantizer: quantizer, maximumBits: bits, reservesZero: false
    ).codebook(bits: bits)
    if count > 0, codebook.levels.allSatisfy({ $0 < 0 }) {
      codebook = Codebook(
        levels: codebook.levels.dropLast() + [Float(sum / Double(count))], reservesZero: false)
    }
    let leastMagnitude = codebook.levels.firstIndex { $0 >= 0 } ?? 0
    let nearest = codebook.codes(for: stored.span)
    var codes: [UInt8] = []
    codes.reserveCapacity(nearest.count)
    for index in nearest.indices {
      let code = max(Int(nearest[index]), areMagnitudes[index] ? leastMagnitude : 0)
      codes.append(UInt8(code))
    }
    return CompressedTensor(
      with(.codebook(CodebookValues(bits: bits, levels: codebook.levels, codes: codes))))
  }

  /// The same blocks, tags and number format with the values of `tensor`: a unified block gets the mean of s·w, s its signs, kept
  /// blocks get their elements, pruned ones stay zero. Scales and levels are chosen anew; assignments to levels stay.
  ///
  /// Signs stay, too, unless that mean is negative: then the whole block changes its signs, so that a block which was trained with
  /// its tie is held exactly.
  ///
  /// - Throws: `notFinite` or `overflow` for an element that the format cannot hold.
  /// - Precondition: the tensor has the partition's shape.
  func refitted(to tensor: Tensor, named name: ParameterName) throws(CompressionError)
    -> CompressedTensor
  {
    precondition(tensor.shape == partition.shape, "\(partition.shape), not \(tensor.shape)")
    var newSigns = signs
    var stored: [Float] = []
    stored.reserveCapacity(numbers.count)
    var cursor = BlockCursor(partition)
    var sign = 0
    for block in tags.indices where tags[block] != .prune {
      cursor.move(to: block)
      var sum = 0.0
      for t in 0..<cursor.count {
        let value = tensor[cursor.places[t]]
        guard value.isFinite else { throw .notFinite(name: name, index: cursor.places[t]) }
        if tags[block] == .keep {
          stored.append(value)
        } else {
          sum += signs?[sign + t] == true ? -Double(value) : Double(value)
        }
      }
      guard tags[block] == .unify else { continue }
      let mean = Float(sum / Double(cursor.count))
      if mean < 0, signs != nil {
        for t in 0..<cursor.count { newSigns?[sign + t].toggle() }
      }
      stored.append(signs == nil ? mean : abs(mean))
      sign += cursor.count
    }
    let values = UnifiedValues(
      partition: partition, tags: tags, signs: newSigns, numbers: .float32(stored))
    switch numbers {
    case .float32, .unified: return CompressedTensor(values)
    case .float16: return try values.halved(named: name)
    case .fixedPoint(let format): return try values.fixed(bits: format.bits, named: name)
    case .codebook(let format): return CompressedTensor(values.assigned(as: format))
    }
  }

  /// The numbers on the levels of `format`, each level at the mean of the elements that stand for it.
  private func assigned(as format: CodebookValues) -> UnifiedValues {
    let stored = floats
    let multiplicities = multiplicities
    var sums = [Double](repeating: 0, count: format.levels.count)
    var counts = sums
    for (index, code) in format.codes.enumerated() {
      sums[Int(code)] += Double(stored[index]) * Double(multiplicities[index])
      counts[Int(code)] += Double(multiplicities[index])
    }
    var levels = format.levels.indices.map {
      counts[$0] == 0 ? format.levels[$0] : Float(sums[$0] / counts[$0])
    }
    // Kept elements may have drawn the level of a magnitude below zero, where no magnitude can follow.
    for (index, isMagnitude) in areMagnitudes.enumerated() where isMagnitude {
      let code = Int(format.codes[index])
      levels[code] = max(0, levels[code])
    }
    return with(
      .codebook(CodebookValues(bits: format.bits, levels: levels, codes: format.codes)))
  }

  /// How many elements that were not zero stand for a number that became zero.
  private func lost(_ stored: [Float], _ areZero: [Bool]) -> Int {
    var count = 0
    for (index, multiplicity) in multiplicities.enumerated()
    where areZero[index] && stored[index] != 0 { count += Int(multiplicity) }
    return count
  }

  private func requireFinite(
    _ stored: [Float], named name: ParameterName
  ) throws(CompressionError) {
    if let index = stored.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(name: name, index: place(ofNumber: index))
    }
  }

  /// The place of the first element that stored number `index` stands for.
  private func place(ofNumber index: Int) -> Int {
    var rest = index
    let sizes = partition.sizes
    for block in tags.indices where tags[block] != .prune {
      let size = tags[block] == .unify ? 1 : Int(sizes[block])
      if rest < size { return partition.places(of: block)[rest] }
      rest -= size
    }
    preconditionFailure("number \(index) of \(numbers.count)")
  }
}
