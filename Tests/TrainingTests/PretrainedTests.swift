// Networks that others trained, loaded from safetensors files and scored to the image on all 10,000 test images of MNIST.
// The files are on developers' machines only (PARSIMONY_DATA); nothing else needs them.

import Datasets
import Foundation
import Kernels
import ModelFiles
import Networks
import Reproducibility
import Tensors
import Testing
import Training

private let root = ProcessInfo.processInfo.environment["PARSIMONY_DATA"].map {
  URL(fileURLWithPath: $0)
}

private let isHere =
  root.map {
    FileManager.default.fileExists(atPath: $0.appending(path: "pretrained").path)
      && FileManager.default.fileExists(atPath: $0.appending(path: "mnist").path)
  } ?? false

/// The network with the tensors of a file, whose layers have other names there.
private func load(_ choice: NetworkChoice, _ file: String, layers: [String: String]) throws
  -> Network
{
  var network = try choice.build(inputShape: [28, 28, 1], seed: Seed(0))
  let url = try #require(root).appending(path: "pretrained").appending(path: file)
  let stored = try SafetensorsFile(contentsOf: url)
  try network.setParameters(
    network.information.map { parameter in
      let layer = try #require(layers[parameter.name.layer])
      let name = ParameterName(layer: layer, role: parameter.name.role)
      return (parameter.name, try stored.tensor(named: name))
    })
  return network
}

private func correct(_ network: Network, _ normalization: (ImageSet) -> Normalization) throws -> Int
{
  let dataset = try DatasetCatalog(searchRoots: [try #require(root)]).load("mnist")
  return try network.evaluate(
    on: dataset.test, at: Array(0..<dataset.test.count),
    normalization: normalization(dataset.training), workers: Workers(threadCount: 2),
    convolution: .direct
  ).correct
}

@Suite(.enabled(if: isHere, "the pretrained networks are not on this machine"))
struct PretrainedTests {
  @Test("LeNet-5 of the joint paper's authors classifies 9,919 of 10,000")
  func lenet5() throws {
    let network = try load(
      NetworkChoice(LeNet5()), "lenet5-caffe-mnist.safetensors",
      layers: [
        "conv1": "features.0", "conv2": "features.2", "fc1": "classifier.0", "fc2": "classifier.2",
      ])
    let found = try correct(network) { _ in
      .fixed(mean: [0.1307], standardDeviation: [0.3081])
    }
    #expect(found == 9919)
  }

  @Test("LeNet-300-100 with tanh classifies 9,787 of 10,000")
  func lenet300() throws {
    let network = try load(
      NetworkChoice(LeNet300(activation: .tanh)), "lenet300-100-mnist.safetensors",
      layers: ["fc1": "fc1", "fc2": "fc2", "fc3": "fc3"])
    let found = try correct(network) { .meanImage(of: $0, at: Array(0..<$0.count)) }
    #expect(found == 9787)
  }
}
