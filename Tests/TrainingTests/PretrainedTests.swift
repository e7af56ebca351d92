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

/// The network with the tensors of a file.
private func load(_ choice: NetworkChoice, _ file: String, input: Shape) throws -> Network {
  let url = try #require(root).appending(path: "pretrained").appending(path: file)
  return try choice.build(inputShape: input, seed: Seed(0)).filled(
    from: SafetensorsFile(contentsOf: url), path: url.path, namings: choice.recipe.namings)
}

private func correct(_ network: Network, _ normalization: (ImageSet) -> Normalization) throws -> Int
{
  let dataset = try DatasetCatalog(searchRoots: [try #require(root)]).load("mnist")
  return try network.evaluate(
    on: .images(
      dataset.test, at: Array(0..<dataset.test.count),
      normalization: normalization(dataset.training)),
    workers: Workers(threadCount: 2), convolution: .direct
  ).correct
}

@Suite(.enabled(if: isHere, "the pretrained networks are not on this machine"))
struct PretrainedTests {
  @Test("LeNet-5 of the joint paper's authors classifies 9,919 of 10,000")
  func lenet5() throws {
    let network = try load(
      NetworkChoice(LeNet5()), "lenet5-caffe-mnist.safetensors", input: [28, 28, 1])
    let found = try correct(network) { _ in
      .fixed(mean: [0.1307], standardDeviation: [0.3081])
    }
    #expect(found == 9919)
  }

  @Test("LeNet-300-100 with tanh classifies 9,787 of 10,000")
  func lenet300() throws {
    let network = try load(
      NetworkChoice(LeNet300(activation: .tanh)), "lenet300-100-mnist.safetensors",
      input: [28, 28, 1])
    let found = try correct(network) { .meanImage(of: $0, at: Array(0..<$0.count)) }
    #expect(found == 9787)
  }

  /// A residual network, what its inputs were divided by, and how many of the first 1,000 test images its JSON says it gets right.
  private struct Residual: Sendable, CustomStringConvertible {
    let file: String
    let choice: NetworkChoice
    let mean: [Double]
    let deviation: [Double]
    let correct: Int
    var description: String { file }
  }

  private static let residual = [
    Residual(
      file: "resnet20-cifar10", choice: NetworkChoice(ResNet20()), mean: [0.485, 0.456, 0.406],
      deviation: [0.229, 0.224, 0.225], correct: 915),
    Residual(
      file: "resnet56-cifar10", choice: NetworkChoice(ResNet56()), mean: [0.485, 0.456, 0.406],
      deviation: [0.229, 0.224, 0.225], correct: 926),
    Residual(
      file: "resnet20-cifar10-hyang", choice: NetworkChoice(ResNet20()),
      mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.201], correct: 930),
    Residual(
      file: "resnet20d-cifar10-distiller",
      choice: NetworkChoice(ResNet20(shortcuts: .convolution)), mean: [0.5, 0.5, 0.5],
      deviation: [0.5, 0.5, 0.5], correct: 921),
  ]

  @Test(
    "residual networks of others classify as many images as their files say", arguments: residual)
  private func residualNetworks(example: Residual) throws {
    let network = try load(
      example.choice, "\(example.file).safetensors", input: [32, 32, 3])
    let test = try DatasetCatalog(searchRoots: [try #require(root)])
      .load("cifar10", split: "first-1000").test
    let workers = Workers(threadCount: 2)
    for evaluated in [network, try network.foldingNormalizations()] {
      let result = try evaluated.evaluate(
        on: .images(
          test, at: Array(0..<test.count),
          normalization: .fixed(mean: example.mean, standardDeviation: example.deviation)),
        workers: workers, convolution: .direct)
      #expect(result.correct == example.correct)
    }
  }

  @Test("a file of another network is refused with every tensor that does not fit")
  func misfits() throws {
    let error = #expect(throws: NetworkFileError.self) {
      try load(
        NetworkChoice(ResNet20(shortcuts: .convolution)), "resnet20-cifar10.safetensors",
        input: [32, 32, 3])
    }
    let found = try #require(error)
    #expect(found.missing.count == 10 && found.missing[0] == "layer2.0.shortcut.0.weight")
    #expect(found.unexpected.isEmpty && found.misshaped.isEmpty)
    let other = #expect(throws: NetworkFileError.self) {
      try load(NetworkChoice(ResNet56()), "resnet20-cifar10.safetensors", input: [32, 32, 3])
    }
    #expect(try #require(other).missing.count == 180)
  }
}
