// A table of vectors, one for each word: rows chosen by their numbers, and the gradient that goes back to them.
// A word may occur many times: its gradients are added in the order of the tokens, by the one task that owns the columns.

/// Copies the chosen rows of a table.
///
/// - Parameters:
///   - table: `[vocabulary, width]`.
///   - indices: one row number per token.
///   - output: `[tokens, width]`.
/// - Precondition: the spans have these sizes and all indices are rows of the table.
public func embeddingForward(
  _ table: Span<Float>, indices: Span<Int32>, output: inout MutableSpan<Float>, vocabulary: Int,
  width: Int, workers: Workers
) {
  requireCount(table.count, vocabulary * width, "embeddingForward", "table")
  requireCount(output.count, indices.count * width, "embeddingForward", "output")
  requireIndices(indices, below: vocabulary, "embeddingForward")
  let (rows, index, y) = (table.pointer, indices.pointer, output.mutablePointer)
  let count = indices.count
  let size = max(1, elementsPerTask / max(width, 1))
  workers.run(ceilingDivision(count, size)) { task, _ in
    for token in task * size..<min(count, (task + 1) * size) {
      (y + token * width).update(from: rows + Int(index[token]) * width, count: width)
    }
  }
}

/// The gradient of the table of `embeddingForward`: each row's is the sum over the tokens that chose it, from the first to the last.
///
/// - Parameters:
///   - outputGradient: `[tokens, width]`.
///   - indices: as in the forward pass.
///   - tableGradient: `[vocabulary, width]`, overwritten.
/// - Precondition: the spans have these sizes and all indices are rows of the table.
public func embeddingBackward(
  _ outputGradient: Span<Float>, indices: Span<Int32>, tableGradient: inout MutableSpan<Float>,
  vocabulary: Int, width: Int, workers: Workers
) {
  requireCount(outputGradient.count, indices.count * width, "embeddingBackward", "outputGradient")
  requireCount(tableGradient.count, vocabulary * width, "embeddingBackward", "tableGradient")
  requireIndices(indices, below: vocabulary, "embeddingBackward")
  let (dy, index, rows) = (outputGradient.pointer, indices.pointer, tableGradient.mutablePointer)
  let count = indices.count
  let (all, size) = (vocabulary * width, 4 * elementsPerTask)
  workers.run(ceilingDivision(all, size)) { task, _ in
    (rows + task * size).update(repeating: 0, count: min(size, all - task * size))
  }
  // An addition to memory costs many times a multiply-add in registers.
  let plan = BlockPlan(width, work: 16 * count * width, multiple: 8)
  workers.run(plan.count) { block, _ in
    let (first, columns) = plan.block(block, of: width)
    for token in 0..<count {
      addElements(
        dy + token * width + first, to: rows + Int(index[token]) * width + first, count: columns)
    }
  }
}

/// Stops unless all numbers are those of rows.
private func requireIndices(_ indices: Span<Int32>, below count: Int, _ kernel: StaticString) {
  // A negative number is a large one without its sign.
  var largest: UInt32 = 0
  for i in indices.indices { largest = max(largest, UInt32(bitPattern: indices[i])) }
  precondition(
    indices.isEmpty || Int(largest) < count,
    "\(kernel): index \(Int32(bitPattern: largest)) in a table of \(count) rows")
}
