// The check before a measurement, and a thinned network's way through a file.

import Foundation
import Inference
import Kernels
import ModelFiles
import Networks
import Reproducibility
import Tensors
import TestSupport
import Testing

@Suite struct OutputDifferenceTests {
  private func vectorNetwork(_ weights: [Float]) throws -> Network {
    var network = try Network([Linear(outputs: 2)], inputShape: [2], seed: Seed(1))
    network.parameters = [Tensor([2, 2], elements: weights), Tensor([2])]
    return network
  }

  @Test("the largest difference is relative to the largest output, or to one")
  func limits() throws {
    let workers = Workers(threadCount: 1)
    let input = Tensor([2, 2], elements: [1, 0, 0, 64])
    let first = try vectorNetwork([1, 0, 0, 1])
    let second = try vectorNetwork([1, 0, 0, 1.5])
    let difference = OutputDifference(between: first, and: second, on: input, workers: workers)
    #expect(difference.largest == 32 && difference.largestOutput == 64)
    #expect(difference.limit == 64e-5 && difference.examples == 2)
    #expect(!difference.isWithinTolerance)
    let same = OutputDifference(between: first, and: first, on: input, workers: workers)
    #expect(same.largest == 0 && same.isWithinTolerance)
    let small = OutputDifference(
      between: first, and: second, on: Tensor([1, 2], elements: [0.5, 0]), workers: workers)
    #expect(small.limit == 1e-5 && small.isWithinTolerance)
  }

  @Test("a value that is not a number is never within tolerance")
  func notANumber() throws {
    let difference = OutputDifference(
      between: try vectorNetwork([1, 0, 0, 1]), and: try vectorNetwork([.nan, 0, 0, 1]),
      on: Tensor([1, 2], elements: [1, 1]), workers: Workers(threadCount: 1))
    #expect(!difference.isWithinTolerance)
    let infinite = try vectorNetwork([.infinity, 0, 0, 1])
    let same = OutputDifference(
      between: infinite, and: infinite, on: Tensor([1, 2], elements: [1, 1]),
      workers: Workers(threadCount: 1))
    #expect(!same.isWithinTolerance)
  }

  @Test("a thinned network survives a safetensors file and the layers spelled out, bit by bit")
  func roundTrip() throws {
    var network = try NetworkChoice(LeNet5()).build(inputShape: [28, 28, 1], seed: Seed(3))
    for (index, information) in network.information.enumerated()
    where information.name.layer != "fc2" {
      let width = information.shape.elementCount / information.shape[0]
      for place in 0..<information.shape.elementCount where place / width % 3 == 1 {
        network.parameters[index][place] = 0
      }
    }
    let thinned = try network.thinned().network
    #expect(thinned.parameterCount < network.parameterCount / 2)
    var stream = RandomStream(Seed(4))
    let input = Tensor.normal([3, 28, 28, 1], from: &stream)
    let workers = Workers(threadCount: 1)
    #expect(
      OutputDifference(between: network, and: thinned, on: input, workers: workers)
        .isWithinTolerance)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "thinned.safetensors")
      let layers = try CanonicalJSON.encode(thinned.spelledOut)
      let file = SafetensorsFile(
        zip(thinned.information, thinned.parameters).map { StoredTensor($0.name, $1) },
        metadata: ["network": String(decoding: layers, as: UTF8.self)])
      try file.encoded().write(to: url)

      let read = try SafetensorsFile(contentsOf: url)
      let text = try #require(read.metadata["network"])
      let choice = try CanonicalJSON.decode(NetworkChoice.self, from: Data(text.utf8))
      var built = try choice.build(inputShape: [28, 28, 1], seed: Seed(99))
      try built.setParameters(
        built.information.map { ($0.name, try read.tensor(named: $0.name)) })
      #expect(built.parameters == thinned.parameters)
      let again = OutputDifference(between: thinned, and: built, on: input, workers: workers)
      #expect(again.largest == 0)
    }
  }
}
