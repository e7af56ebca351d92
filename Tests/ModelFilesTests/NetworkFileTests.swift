// Networks from safetensors files: names of others, what PyTorch stores twice, and errors that list everything that does not fit.

import Foundation
import ModelFiles
import Networks
import Reproducibility
import Tensors
import Testing

@Suite struct NetworkFileTests {
  /// A network's parameters under the names that a naming gives their layers.
  private func stored(_ network: Network, naming: [String: String] = [:]) -> [StoredTensor] {
    zip(network.information, network.parameters).map { parameter, tensor in
      let layer = parameter.name.layer
      return StoredTensor(
        ParameterName(layer: naming[layer] ?? layer, role: parameter.name.role), tensor)
    }
  }

  private func error(_ network: Network, _ tensors: [StoredTensor]) throws -> NetworkFileError {
    try #require(
      #expect(throws: NetworkFileError.self) {
        try network.filled(from: SafetensorsFile(tensors), path: "a file")
      })
  }

  private func normalized() throws -> Network {
    try Network(
      [Convolution(filters: 2, kernel: 3, bias: false), BatchNormalization()],
      inputShape: [4, 4, 1], seed: Seed(3))
  }

  @Test("counters of batches are passed over behind a normalisation, and nowhere else")
  func counters() throws {
    let network = try normalized()
    func counter(_ name: String) -> StoredTensor {
      StoredTensor(name: name, type: .int64, shape: [1], bytes: Data(count: 8))
    }
    let right = stored(network) + [counter("bn1.num_batches_tracked")]
    #expect(
      try network.filled(from: SafetensorsFile(right), path: "a file").parameters
        == network.parameters)
    let wrong = stored(network) + [counter("conv1.num_batches_tracked")]
    #expect(try error(network, wrong).unexpected == ["conv1.num_batches_tracked"])
  }

  @Test("tensors that are missing, unexpected, misshaped and unreadable are listed together")
  func everything() throws {
    let network = try normalized()
    var tensors = stored(network).filter { $0.name != "bn1.bias" && $0.name != "bn1.weight" }
    tensors[0] = StoredTensor(name: "conv1.weight", integers: [1, 2, 3])
    tensors.append(StoredTensor("bn1.weight", Tensor([3])))
    tensors.append(StoredTensor("fc1.weight", Tensor([2])))
    let found = try error(network, tensors)
    #expect(found.missing == ["bn1.bias"] && found.unexpected == ["fc1.weight"])
    #expect(
      found.misshaped == [
        "conv1.weight ([3], expected [2, 1, 3, 3])", "bn1.weight ([3], expected [2])",
      ])
    #expect(found.unreadable == ["conv1.weight (elements of type I32)"])
  }

  @Test("values that are no numbers, and variances below 0, are named by tensor and index")
  func impossibleValues() throws {
    let network = try normalized()
    for (name, index, value) in [
      ("conv1.weight", 4, Float.nan), ("bn1.running_mean", 1, .infinity),
      ("bn1.bias", 0, -.infinity), ("bn1.running_var", 1, -0.25),
    ] {
      var tensors = stored(network)
      let place = try #require(tensors.firstIndex { $0.name == name })
      var tensor = try #require(network.parameter(ParameterName(name)))
      tensor[index] = value
      tensors[place] = StoredTensor(ParameterName(name), tensor)
      let found = try error(network, tensors)
      #expect(found.invalid == ["\(name)[\(index)] is \(value)"])
      #expect(found.description.contains("\(name)[\(index)]"))
    }
  }

  @Test("the weights of a tied layer may be stored twice, if they are the same")
  func tied() throws {
    let network = try Network(
      [
        Embedding(words: 3, features: 2, label: "encoder"),
        TiedLinear(to: "encoder", words: 3, label: "decoder"),
      ], inputShape: [1], seed: Seed(3))
    let table = try #require(network.parameter("encoder.weight"))
    let same = stored(network) + [StoredTensor("decoder.weight", table)]
    #expect(
      try network.filled(from: SafetensorsFile(same), path: "a file").parameters
        == network.parameters)
    let other = stored(network) + [StoredTensor("decoder.weight", Tensor([3, 2]))]
    #expect(try error(network, other).unexpected == ["decoder.weight"])
  }

  @Test("MobileNet is read under the names of marvis/pytorch-mobilenet")
  func mobileNet() throws {
    let choice = NetworkChoice(MobileNet())
    let namings = choice.recipe.namings
    let network = try choice.build(inputShape: [32, 32, 3], seed: Seed(3))
    let tensors = stored(network, naming: try #require(namings.first))
    let names = Set(tensors.map { $0.name })
    for name in [
      "model.0.0.weight", "model.0.1.running_var", "model.1.0.weight", "model.13.3.weight",
      "model.13.4.bias", "fc.bias",
    ] {
      #expect(names.contains(name))
    }
    let empty = try choice.build(inputShape: [32, 32, 3], seed: Seed(4))
    let filled = try empty.filled(
      from: SafetensorsFile(tensors), path: "a file", namings: namings)
    #expect(filled.parameters == network.parameters)
  }
}
