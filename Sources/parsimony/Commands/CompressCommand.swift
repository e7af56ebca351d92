// parsimony compress: someone's trained network made small, as a container.

import ArgumentParser
import Compression
import Datasets
import Experiments
import Files
import Foundation
import Kernels
import Methods
import Networks
import Training

struct CompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Makes someone's trained network small: weights in, a container (.pars) out.",
    discussion: """
      The scheme is written as in a spec; one of --ratio, --bytes and --tolerance finds its density instead:
        parsimony compress resnet20.safetensors --network resnet20 --ratio 16 -o small.pars \\
          --dataset cifar10 --mean 0.485,0.456,0.406 --deviation 0.229,0.224,0.225 --retrain 5
      Ratio and bytes are those of the file. What is retrained keeps its zeros and its codebooks' indices.
      """)

  @Argument(help: "The safetensors file, or a container.") var file: String

  @Option(help: "The network of a safetensors file, as a spec names it.") var network: String?

  @Option(help: "What it is projected on, as a spec says it.")
  var scheme = "{chain: [prune: {density: 0.1}, k-means: {bits: 4}]}"

  @Option(help: "How many times smaller the file is to be than all parameters in float32.")
  var ratio: Double?

  @Option(help: "How many bytes the file may have.") var bytes: Int?

  @Option(help: "How many points of validation accuracy may be lost; needs --training this-split.")
  var tolerance: Double?

  @Option(name: .shortAndLong, help: "The file to be written.") var output: String

  @Option(help: "The data set that it is evaluated and retrained on.") var dataset: String?

  @Option(help: "The split of the data set; its publisher's if none is given.") var split: String?

  @OptionGroup var normalization: NormalizationOptions

  @Option(help: "Epochs of retraining what is left.") var retrain = 0

  @Option(help: "The first learning rate of the retraining, which falls along a cosine.")
  var rate = 0.01

  @Option(help: "How training images are varied, as a spec says it: '{crop: 4, flip: true}'.")
  var augmentation: String?

  @Option(help: "What the network has seen of the data: unknown, or this-split.")
  var training = "unknown"

  @Flag(help: "Leave out units that cannot matter; the outputs stay the same up to 1e-4.")
  var thinned = false

  @Option(help: "The precision of biases, scales and codebooks: float32 or float16.")
  var sideValues = "float32"

  @Option(help: "Threads; the result does not depend on them.") var threads = 2

  @OptionGroup var workplace: Workplace

  func validate() throws {
    guard [ratio != nil, bytes != nil, tolerance != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("give only one of --ratio, --bytes and --tolerance")
    }
    if let ratio, !(ratio > 1 && ratio.isFinite) {
      throw ValidationError("--ratio \(ratio): expected more than 1")
    }
    if let bytes, bytes < 1 { throw ValidationError("--bytes \(bytes): expected 1 or more") }
    if let tolerance, !(tolerance > 0 && tolerance < 100) {
      throw ValidationError("--tolerance \(tolerance): expected points above 0 and below 100")
    }
    guard (0...10_000).contains(retrain) else {
      throw ValidationError("--retrain \(retrain): expected 0 to 10000")
    }
    guard rate > 0, rate.isFinite else {
      throw ValidationError("--rate \(rate): expected a positive number")
    }
    guard ["unknown", "this-split"].contains(training) else {
      throw ValidationError("--training \(training): expected unknown or this-split")
    }
    guard ["float32", "float16"].contains(sideValues) else {
      throw ValidationError("--side-values \(sideValues): expected float32 or float16")
    }
    guard (1...64).contains(threads) else {
      throw ValidationError("--threads \(threads): expected 1 to 64")
    }
    _ = try normalization.inputs()
  }

  func run() throws {
    let url = URL(fileURLWithPath: file)
    let source = ForeignNetwork(
      network: try chosenNetwork(network, for: url), file: url,
      inputs: try normalization.inputs(of: url))
    var compression = GivenCompression(
      source: source, scheme: try Scheme(option: scheme), goal: goal)
    if retrain > 0 { compression.retraining = retraining }
    compression.augmentation = try augmentation.map { try Augmentation(option: $0) }
    compression.knowsSplit = training == "this-split"
    compression.thins = thinned
    compression.halvesSideValues = sideValues == "float16"
    let result = try compression.run(
      dataset: dataset, split: split, catalog: workplace.catalog,
      workers: Workers(threadCount: threads)
    ) { progress in
      complain("retraining: update \(progress.update) of \(progress.total)")
    }
    try DurableFile.replace(result.file, at: URL(fileURLWithPath: output))
    show(result)
  }

  private var goal: CompressionGoal {
    if let ratio { return .ratio(ratio) }
    if let bytes { return .bytes(bytes) }
    if let tolerance { return .tolerance(tolerance) }
    return .scheme
  }

  private var retraining: TrainingRecipe {
    var recipe = TrainingRecipe()
    recipe.optimizer = OptimizerChoice(SGD(momentum: 0.9))
    recipe.schedule = ScheduleChoice(CosineSchedule(peak: rate))
    recipe.epochs = retrain
    return recipe
  }

  private func show(_ result: GivenCompression.Result) {
    if let density = result.density { print(String(format: "density %.5f, found", density)) }
    if let before = result.before, let after = result.after {
      print(
        String(format: "accuracy %.2f %% before, %.2f %% after", before.accuracy, after.accuracy)
          + ", on \(after.count) test examples, from the written file")
    }
    let cost = result.cost
    func row(_ name: String, _ bytes: Int, _ meaning: String) -> [String] {
      let ratio = Double(cost.denseBytes) / Double(max(1, bytes))
      return [name, "\(bytes)", String(format: "%.1f×", ratio), meaning]
    }
    print(
      TextTable.render([
        ["size", "bytes", "ratio", "what it counts"],
        row("dense", cost.denseBytes, "every weight, bias and scale in float32"),
        row("payload", cost.payloadBytes, "values that are not zero, positions free: papers' rule"),
        row(
          "common", cost.commonBytes,
          "a formula: values, codebooks, and the cheaper of bitmap and relative index"),
        row("container", result.file.count, "the file \(output): graph, all parameters, checksums"),
      ]))
    let (before, after) = (result.multiplyAccumulatesBefore, result.multiplyAccumulatesAfter)
    print(
      "multiply–accumulates per example: \(before) dense, \(after) with zeros skipped, "
        + String(format: "%.1f× fewer", Double(before) / Double(max(1, after))))
  }
}
