// Tensors, shapes and the patterns that select parameters.

import Reproducibility
import Tensors
import Testing

@Suite struct TensorTests {
  @Test("copies share storage until one is changed")
  func valueSemantics() {
    let first = Tensor([2, 2], elements: [1, 2, 3, 4])
    var second = first
    do {
      var span = second.mutableSpan
      span[0] = 9
    }
    #expect(first.elements == [1, 2, 3, 4])
    #expect(second.elements == [9, 2, 3, 4])
  }

  @Test("non-zeros, distance and finiteness are counted as defined")
  func quantities() {
    let tensor = Tensor([4], elements: [0, -0.0, 2, -1])
    #expect(tensor.nonzeroCount == 2)
    #expect(tensor.squaredDistance(to: Tensor([4], elements: [1, 0, 0, -1])) == 5)
    #expect(!Tensor([1], elements: [.nan]).isFinite)
    #expect(tensor.reshaped([2, 2]).shape == [2, 2])
  }

  @Test("elements that do not fill the shape are refused")
  func wrongCount() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([2, 2], elements: [1, 2, 3]) }
  }

  @Test(
    "patterns select by layer or full name",
    arguments: [
      ("conv1", "conv1.weight", true), ("conv*", "conv12.weight", true),
      ("conv1", "conv12.weight", false), ("*.bias", "fc1.bias", true),
      ("fc1, conv*", "conv2.weight", true), ("shortcut*", "fc1.weight", false),
      ("*", "fc1.weight", true), ("f*1.w*t", "fc1.weight", true), ("", "fc1.weight", false),
    ])
  func patterns(pattern: String, name: String, expected: Bool) {
    #expect(ParameterPattern(pattern).matches(ParameterName(name)) == expected)
  }

  @Test("a name falls into layer and role at its last dot")
  func names() {
    let name = ParameterName("block1.conv2.weight")
    #expect(name.layer == "block1.conv2")
    #expect(name.role == "weight")
  }
}
